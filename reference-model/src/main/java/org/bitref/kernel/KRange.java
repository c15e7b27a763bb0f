package org.bitref.kernel;

/** The terms k in [from, to). A fused step does not reach over the end of a range. */
record KRange(int from, int to) {
  int length() {
    return to - from;
  }
}

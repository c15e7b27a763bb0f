package org.bitref.kernel.spec;

/** The terms k in [from, to). A fused step does not reach over the end of a range. */
public record KRange(int from, int to) {
  /** How many terms. */
  public int length() {
    return to - from;
  }
}

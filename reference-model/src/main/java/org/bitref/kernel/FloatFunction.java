package org.bitref.kernel;

/** A function of one float, for many at a time. */
@FunctionalInterface
public interface FloatFunction {
  /** Replaces the first {@code n} arguments by their results. */
  void replace(float[] x, int n);
}

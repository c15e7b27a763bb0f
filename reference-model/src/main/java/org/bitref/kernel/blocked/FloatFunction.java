package org.bitref.kernel.blocked;

/** A function of one float, for many at a time. */
@FunctionalInterface
public interface FloatFunction {
  /** Replaces the first {@code n} arguments by their results. */
  void replace(float[] x, int n);

  /** One argument and its result. */
  @FunctionalInterface
  interface OfOne {
    float apply(float x);
  }

  /** One argument after another. */
  static FloatFunction each(OfOne function) {
    return (x, n) -> {
      for (int i = 0; i < n; i++) {
        x[i] = function.apply(x[i]);
      }
    };
  }
}

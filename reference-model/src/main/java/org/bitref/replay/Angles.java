package org.bitref.replay;

import java.util.function.IntUnaryOperator;

/**
 * How heads are rotated.
 *
 * @param frequency of each pair
 * @param axis which of three positions the frequency of a pair follows
 * @param positions of each token, [3][tokens]
 * @param form of the rotation
 * @param share of the elements of a head that are rotated
 */
record Angles(
    Frequency frequency, IntUnaryOperator axis, double[][] positions, Form form, double share) {
  /** The frequency of pair {@code i} where so many of d elements are rotated. */
  @FunctionalInterface
  interface Frequency {
    double of(int i, int rotated, int d);
  }

  /** The powers of a base. */
  static Frequency powers(double base) {
    return (i, rotated, _) -> Math.pow(base, -2.0 * i / rotated);
  }

  Angles with(Frequency other) {
    return new Angles(other, axis, positions, form, share);
  }

  Angles with(IntUnaryOperator other) {
    return new Angles(frequency, other, positions, form, share);
  }

  Angles at(double[][] other) {
    return new Angles(frequency, axis, other, form, share);
  }

  Angles in(Form other) {
    return new Angles(frequency, axis, positions, other, share);
  }

  Angles partly(double part) {
    return new Angles(frequency, axis, positions, form, part);
  }

  /** Which elements are rotated together, and which way. */
  enum Form {
    /** Element i with element i + D / 2. */
    HALVES,
    /** Element 2i with element 2i + 1. */
    PAIRS,
    /** Halves, the other way round. */
    BACKWARDS,
    /** Halves, twice. */
    TWICE,
    /** Halves, by the sine for the cosine and the reverse. */
    EXCHANGED
  }

  /**
   * @param x [tokens][heads · d]
   * @param stored how cosines and sines are kept
   */
  Rows rotate(Rows x, int d, Storage stored) {
    int rotated = (int) (d * share) / 2 * 2;
    Rows cos = Rows.zeros(x.tokens(), rotated / 2);
    Rows sin = Rows.zeros(x.tokens(), rotated / 2);
    for (int i = 0; i < rotated / 2; i++) {
      double turn = frequency.of(i, rotated, d);
      for (int t = 0; t < x.tokens(); t++) {
        double angle = positions[axis.applyAsInt(i)][t] * turn;
        cos.values()[t * cos.width() + i] = Math.cos(angle);
        sin.values()[t * sin.width() + i] = Math.sin(angle);
      }
    }
    return rotate(x, d, stored.round(cos, "cos"), stored.round(sin, "sin"), form);
  }

  /**
   * By cosines and sines of each token.
   *
   * @param cos [tokens][at least half of what is rotated]
   */
  static Rows rotate(Rows x, int d, Rows cos, Rows sin, Form form) {
    if (form == Form.EXCHANGED) {
      return once(x, d, sin, cos, Form.HALVES);
    }
    Rows once = once(x, d, cos, sin, form);
    return form == Form.TWICE ? once(once, d, cos, sin, form) : once;
  }

  private static Rows once(Rows x, int d, Rows cos, Rows sin, Form form) {
    int half = cos.width();
    double[] out = x.values().clone();
    for (int from = 0; from < out.length; from += d) {
      int t = from / x.width();
      for (int i = 0; i < half; i++) {
        int a = from + (form == Form.PAIRS ? 2 * i : i);
        int b = form == Form.PAIRS ? a + 1 : a + half;
        double s = form == Form.BACKWARDS ? -sin.get(t, i) : sin.get(t, i);
        double left = x.values()[a];
        double right = x.values()[b];
        out[a] = left * cos.get(t, i) - right * s;
        out[b] = right * cos.get(t, i) + left * s;
      }
    }
    return new Rows(x.tokens(), x.width(), out);
  }
}

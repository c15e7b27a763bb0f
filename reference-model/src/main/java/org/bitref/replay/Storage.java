package org.bitref.replay;

import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;

/**
 * How results of a replay are kept.
 *
 * @param format what they are rounded to; F64 for the exact result
 * @param draw 0 to round to nearest; another number for a draw of roundings, in which a value
 *     between two neighbours goes to either, to the nearer more often
 */
record Storage(Format format, int draw) {
  static final Storage EXACT = new Storage(Format.F64, 0);

  boolean isExact() {
    return format == Format.F64;
  }

  /**
   * @param place tells values apart in a draw
   */
  double round(double x, long place) {
    if (isExact() || draw == 0 || !Double.isFinite(x)) {
      return isExact() ? x : format.round(x, Rounding.RNE);
    }
    double inner = format.round(x, Rounding.RZ);
    double outer = inner + Math.copySign(format.ulp(inner), x);
    boolean stays = chance(place) >= Math.abs(x - inner) / Math.abs(outer - inner);
    return stays ? inner : format.round(outer, Rounding.RNE);
  }

  Rows round(Rows rows, String stage) {
    if (isExact()) {
      return rows;
    }
    double[] rounded = new double[rows.values().length];
    long salt = (long) stage.hashCode() << 32;
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = round(rows.values()[i], salt + i);
    }
    return new Rows(rows.tokens(), rows.width(), rounded);
  }

  /** From 0 to 1, the same for the same draw and place: the mixing function of SplitMix64. */
  private double chance(long place) {
    long z = place + draw * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return ((z ^ (z >>> 31)) >>> 11) * 0x1p-53;
  }
}

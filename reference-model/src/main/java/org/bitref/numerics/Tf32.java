package org.bitref.numerics;

/**
 * A float with 10 fraction bits. A tensor core ignores the 13 low bits of the float it is given.
 */
public final class Tf32 {
  private static final int LOW = 0x1FFF;

  private Tf32() {}

  /** Rounds a float to 11 significant bits; subnormals are kept, NaN stays NaN. */
  public static float round(float x, Rounding rounding) {
    int bits = Float.floatToRawIntBits(x);
    if ((bits & 0x7F80_0000) == 0x7F80_0000) {
      return Float.isNaN(x) ? Float.intBitsToFloat(bits | 0x0040_0000) : x;
    }
    int up =
        switch (rounding) {
          case RZ -> 0;
          case RNA -> 0x1000;
          case RNE -> 0x0FFF + ((bits >>> 13) & 1);
        };
    return Float.intBitsToFloat((bits + up) & ~LOW);
  }
}

package org.bitref.functions;

/**
 * The unit's squarer: 17 bits in, 15 out. It adds the partial products of x·x only from bit 18 up,
 * so what the dropped columns would have carried is lost.
 */
final class Squarer {
  private static final int INPUT_BITS = 17;
  private static final char[] TABLE = table();

  private Squarer() {}

  /** About {@code x * x / 2^19}, for {@code x} below 2^17. */
  static int square(int x) {
    return TABLE[x];
  }

  private static char[] table() {
    char[] table = new char[1 << INPUT_BITS];
    for (int x = 0; x < table.length; x++) {
      int sum = 0;
      for (int bit = 0; bit < INPUT_BITS; bit++) {
        if (((x >>> bit) & 1) != 0) {
          sum += x >>> (18 - bit);
        }
      }
      table[x] = (char) (sum >>> 1);
    }
    return table;
  }
}

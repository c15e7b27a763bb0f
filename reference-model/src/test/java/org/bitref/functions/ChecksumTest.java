package org.bitref.functions;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.LongBuffer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * A binade, and all 2^32 inputs, by checksum against the results of an H100. A binade's number is
 * its floats' sign and exponent field.
 */
class ChecksumTest {
  private static final int BINADES = 512;
  private static final int TWO_TO_FOUR = 128;
  private static final int SUBNORMAL_DIVISORS = 1;
  // Has a quotient that is flushed although rounding would lift it to 2^-126.
  private static final int ROUNDED_FLUSH = 47;
  private static final LongBuffer SUMS = Measured.resource("checksums.bin.gz").asLongBuffer();

  @ParameterizedTest
  @FieldSource("org.bitref.functions.Measured#FUNCTIONS")
  void oneBinadeMatches(Measured.Function function) {
    check(function, IntStream.of(TWO_TO_FOUR));
  }

  @Tag("long")
  @ParameterizedTest
  @FieldSource("org.bitref.functions.Measured#FUNCTIONS")
  void allInputsMatch(Measured.Function function) {
    check(function, IntStream.range(0, BINADES));
  }

  @ParameterizedTest
  @FieldSource("org.bitref.functions.Measured#DIVISIONS")
  void oneBlockOfDivisionsMatches(Measured.Division division) {
    check(division, IntStream.of(SUBNORMAL_DIVISORS, ROUNDED_FLUSH));
  }

  @Tag("long")
  @ParameterizedTest
  @FieldSource("org.bitref.functions.Measured#DIVISIONS")
  void allDivisionsMatch(Measured.Division division) {
    check(division, IntStream.range(0, BINADES));
  }

  private static void check(Measured.Function function, IntStream binades) {
    int at = Measured.FUNCTIONS.indexOf(function) * BINADES;
    binades.forEach(
        k -> {
          long sum = 0;
          for (int m = 0; m < 1 << 23; m++) {
            sum += (function.bits((k << 23) | m) & 0xffffffffL) * (2L * m + 1);
          }
          assertEquals(SUMS.get(at + k), sum, () -> function + " of binade " + k);
        });
  }

  private static void check(Measured.Division division, IntStream blocks) {
    int at = (Measured.FUNCTIONS.size() + Measured.DIVISIONS.indexOf(division)) * BINADES;
    blocks.forEach(
        k -> {
          long sum = 0;
          for (int m = 0; m < 1 << 23; m++) {
            int a = mix((k << 23) | m);
            int b = mix(a ^ 0x9e3779b9);
            int bits =
                switch (k & 7) {
                  case 1 -> division.bits(a, b & 0x807fffff);
                  case 2 -> division.bits(a, b | 0x7e000000);
                  case 3 -> division.bits(a & 0x80ffffff, b);
                  case 4 -> division.bits(a | 0x7f000000, b);
                  default -> division.bits(a, b);
                };
            sum += (bits & 0xffffffffL) * (2L * m + 1);
          }
          assertEquals(SUMS.get(at + k), sum, () -> division + " of block " + k);
        });
  }

  /** A scrambler of 32 bits that loses none. */
  private static int mix(int s) {
    int t = (s ^ (s >>> 16)) * 0x7feb352d;
    t = (t ^ (t >>> 15)) * 0x846ca68b;
    return t ^ (t >>> 16);
  }
}

package org.bitref.functions;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.IntBuffer;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Special and random inputs against the results of an H100. */
class GoldenTest {
  private static final int INPUTS = 3000;
  private static final IntBuffer GOLDEN = Measured.resource("golden.bin.gz").asIntBuffer();

  @ParameterizedTest
  @FieldSource("org.bitref.functions.Measured#FUNCTIONS")
  void matchesTheDevice(Measured.Function function) {
    int at = (1 + Measured.FUNCTIONS.indexOf(function)) * INPUTS;
    for (int i = 0; i < INPUTS; i++) {
      int input = GOLDEN.get(i);
      int wanted = GOLDEN.get(at + i);
      int got = function.bits(input);
      assertEquals(wanted, got, () -> String.format(Locale.ROOT, "%s of %08x", function, input));
    }
  }
}

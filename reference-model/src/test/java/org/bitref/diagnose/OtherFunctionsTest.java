package org.bitref.diagnose;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OtherFunctionsTest {
  /**
   * Tables of the error function give 15 digits. A GELU is looked for within 2^-22 of its size at
   * least, 2^-40 is nothing beside that.
   */
  @ParameterizedTest
  @CsvSource({
    "0.5, 0.520499877813047",
    "1, 0.842700792949715",
    "2, 0.995322265018953",
    "2.5, 0.999593047982555",
    "3, 0.999977909503001"
  })
  void theErrorFunction(double x, double erf) {
    assertEquals(erf, OtherFunctions.erf(x), 0x1p-40);
    assertEquals(-erf, OtherFunctions.erf(-x), 0x1p-40);
  }
}

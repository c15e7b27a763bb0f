package org.bitref.search;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import org.bitref.numerics.Format;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What follows from functions that fit all outputs of a product. */
class OutcomeTest {
  @ParameterizedTest
  @CsvSource({
    "1,   F32,     0,  false, IDENTIFIED",
    "1,   F32,     0,  true,  IDENTIFIED",
    "2,   F32,     64, false, IDENTIFIED",
    "128, F32 F64, 64, false, IDENTIFIED",
    "128, F64,     64, false, IDENTIFIED",
    // Of too few outputs, or of none that tell.
    "2,   F32,     63, false, AMBIGUOUS",
    "128, F32 F64, 63, false, INCONCLUSIVE",
    "2,   F16,     0,  false, AMBIGUOUS",
    // The accumulator is what is asked for.
    "2,   F16 F32, 64, false, INCONCLUSIVE",
    "2,   F32 E8M13 F64, 64, false, INCONCLUSIVE",
    // Only another machine has any of them.
    "2,   F32,     64, true,  AMBIGUOUS",
    "2,   F32 F64, 64, true,  INCONCLUSIVE",
  })
  void functionsThatFit(
      int found, String accumulators, int telling, boolean foreign, Verdict verdict) {
    List<Format> formats = Arrays.stream(accumulators.split(" ")).map(Format::valueOf).toList();
    assertEquals(
        verdict, new Outcome.Functions(found, found == 128, formats, telling, foreign).verdict());
  }
}

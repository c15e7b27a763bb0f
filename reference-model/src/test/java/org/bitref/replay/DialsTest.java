package org.bitref.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import org.bitref.diagnose.OtherFunction;
import org.bitref.replay.Replays.Tried;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The number of a change is where errors are smallest. */
final class DialsTest {
  private static final Rows NONE = Rows.zeros(1, 1);

  /** A change whose number its errors tell. */
  private static Tried tried(double value, double mean) {
    Variant variant = new Variant(new OtherFunction.Clamped(value), Set.of("hidden"), Step::normal);
    return new Tried(List.of(variant), 0, NONE, NONE, mean, 1);
  }

  private static double number(Optional<Tried> found) {
    return ((OtherFunction.Clamped) found.orElseThrow().last().function().orElseThrow()).at();
  }

  private static double finest(double around, DoubleUnaryOperator mean) {
    return number(
        Dials.finest(
            2, dial(around), value -> Optional.of(tried(value, mean.applyAsDouble(value)))));
  }

  /** Rounding has mean squares of 1; a number that is off by a thousandth is told. */
  private static DoubleUnaryOperator around(double true_) {
    return value -> 1 + 1e5 * Math.pow(Math.log(value / true_), 2);
  }

  @ParameterizedTest
  @CsvSource({
    "0.11,0.17677",
    "37,30",
    "13,9",
    "123000,100000",
    "123000,250000",
    "1.37,3",
    "1.37,0.5",
    "3e-4,1e-4",
    "3e-4,1e-3",
    "40,50",
    "0.5,0.51"
  })
  void aRoundNumberIsFoundFromEitherSide(double due, double tried) {
    assertEquals(due, finest(tried, around(due)), 0);
  }

  @Test
  void theNumberThatWasTriedStaysIfNoOtherIsBetter() {
    assertEquals(0.123456, finest(0.123456, around(0.123456)), 0);
    assertEquals(0.1, finest(0.123456, _ -> 3), 0.1, "of numbers alike one of few digits");
    // The model leaves 2: a tenth of what is explained does not part with the number that was
    // tried,
    // which is a usual one.
    assertEquals(7.0, finest(7, value -> value == 7 ? 1.09 : 1), 0);
    assertTrue(finest(7, value -> value == 7 ? 1.11 : 1) != 7);
    assertEquals(0x1p-7, finest(0x1p-7, value -> value == 0x1p-7 ? 1.09 : 1), 0);
  }

  /** Three digits are not enough for it: the number itself is told, as near as the steps come. */
  @Test
  void aNumberThatIsNotRoundIsToldAsItIs() {
    double found = finest(2, value -> 1 + 1e9 * Math.pow(Math.log(value / 1.2345678), 2));
    // Sixteen golden sections of a reach of 2 ln 5 leave 2 ln 5 · 0.618^16 = 0.0015.
    assertEquals(1.2345678, found, 1.2345678 * 0.0015);
    assertTrue(found != 1.23 && found != 1.2 && found != 1.0, Double.toString(found));
  }

  @Test
  void numbersOutOfReachAreNotTried() {
    Map<Double, Integer> asked = new HashMap<>();
    double found =
        finest(
            2,
            value -> {
              asked.merge(value, 1, Integer::sum);
              return Math.abs(Math.log(value / 100));
            });
    assertTrue(found > 9 && found <= 10.1, Double.toString(found));
    asked.forEach((value, times) -> assertEquals(1, times, "asked again for " + value));
    assertTrue(asked.keySet().stream().allMatch(value -> value > 0.39 && value < 10.1));
    assertTrue(asked.size() < 40, asked.toString());
  }

  /** Where the change explains nothing its errors count as endless. */
  @Test
  void whatExplainsNothingIsNotChosen() {
    assertEquals(
        1.37,
        number(
            Dials.finest(
                2,
                dial(1),
                value ->
                    value < 1.2
                        ? Optional.empty()
                        : Optional.of(tried(value, around(1.37).applyAsDouble(value))))),
        0);
    assertEquals(Optional.empty(), Dials.finest(2, dial(1), _ -> Optional.empty()));
  }

  private static Variant.Dial dial(double value) {
    return new Variant.Dial(
        value,
        _ -> {
          throw new AssertionError("numbers are tried by the function that is given");
        },
        false);
  }
}

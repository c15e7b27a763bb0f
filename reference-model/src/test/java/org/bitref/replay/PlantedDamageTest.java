package org.bitref.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.Held;
import org.bitref.diagnose.OtherFunction.LowRank;
import org.bitref.diagnose.OtherFunction.WeightElement;
import org.bitref.replay.Replayed.Follows;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights and caches that are right but for a part. */
final class PlantedDamageTest {
  private static final RecordedModel HALVES = new RecordedModel("hf-f16-eager", 0.3);
  private static final RecordedModel BFLOATS = new RecordedModel("hf-bf16-eager", 0.3);
  private static final String DOWN = "layers.0.mlp_down";
  private static final String KEYS = "kv.0.k";
  private static final int WIDTH = RecordedModel.HIDDEN;
  private static final int D = RecordedModel.HEAD;
  private static final int TOKENS = RecordedModel.TOKENS;

  private static List<OtherFunction> named(RecordedModel run, String stage, double[] y) {
    RecordedModel model = run.copy();
    model.put(stage, y);
    return List.copyOf(assertInstanceOf(Follows.class, model.replay(stage), stage).others());
  }

  @Test
  void oneWrongElementOfAWeightIsNamed() {
    for (RecordedModel run : List.of(HALVES, BFLOATS)) {
      double[] w = run.weights.get(DOWN).toDoubles();
      int columns = w.length / WIDTH;
      double model = w[17 * columns + 5];
      w[17 * columns + 5] = 3;
      double[] y = Plain.product(run.values("layers.0.mlp_mul"), w, WIDTH);
      WeightElement found = assertInstanceOf(WeightElement.class, named(run, DOWN, y).getFirst());
      assertEquals(17, found.row());
      assertEquals(5, found.column());
      assertEquals(3, found.used(), 0.05);
      assertEquals(model, found.model());
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "3"})
  void aLowRankDeltaIsNamed(int rank) {
    for (RecordedModel run : List.of(HALVES, BFLOATS)) {
      double[] w = run.weights.get(DOWN).toDoubles();
      int columns = w.length / WIDTH;
      double[] a = normal(rank * WIDTH, 1);
      double[] b = normal(rank * columns, 2);
      for (int i = 0; i < w.length; i++) {
        for (int r = 0; r < rank; r++) {
          w[i] += 0.1 * a[i / columns * rank + r] * b[i % columns * rank + r];
        }
      }
      double[] y = Plain.product(run.values("layers.0.mlp_mul"), w, WIDTH);
      assertEquals(List.of(new LowRank(rank)), named(run, DOWN, y));
    }
  }

  private static double[] normal(int n, long seed) {
    Random random = new Random(seed);
    return Plain.each(n, _ -> random.nextGaussian());
  }

  /** A delta of every rank is another weight, and no low-rank one. */
  @Test
  void anotherWeightIsNoLowRankDelta() {
    double[] w = HALVES.weights.get(DOWN).toDoubles();
    double[] delta = normal(w.length, 3);
    double[] y =
        Plain.product(
            HALVES.values("layers.0.mlp_mul"),
            Plain.each(w.length, i -> w[i] + 0.1 * delta[i]),
            WIDTH);
    RecordedModel model = HALVES.copy();
    model.put(DOWN, y);
    assertInstanceOf(Replayed.Open.class, model.replay(DOWN));
  }

  @Test
  void pagesThatWereLostOrAreStaleAreNamed() {
    double[] keys = HALVES.values(KEYS);
    assertEquals(TOKENS * D, keys.length);
    int page = 8 * D;
    double[] lost = keys.clone();
    double[] stale = keys.clone();
    for (int i = page; i < page + 4 * D; i++) {
      lost[i] = 0;
      stale[i] = keys[i - 6 * D];
    }
    assertEquals(List.of(new Held(8, 4, Optional.empty(), 1, 1)), named(HALVES, KEYS, lost));
    assertEquals(List.of(new Held(8, 4, Optional.of(2), 1, 1)), named(HALVES, KEYS, stale));
  }
}

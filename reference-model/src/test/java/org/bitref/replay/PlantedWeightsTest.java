package org.bitref.replay;

import static org.bitref.replay.Plain.each;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.List;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.FusedOtherwise;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.diagnose.OtherFunction.NormWeight;
import org.bitref.diagnose.OtherFunction.NormWeightMoved;
import org.bitref.numerics.Format;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights of the right numbers in other places, and norms with one that is not theirs. */
final class PlantedWeightsTest {
  private static final RecordedModel HALVES = new RecordedModel("hf-f16-eager", 0.3);
  private static final RecordedModel BFLOATS = new RecordedModel("hf-bf16-eager", 0.3);
  private static final int WIDTH = RecordedModel.HIDDEN;
  private static final String LN = "layers.0.post_attn_ln";
  private static final String HEADS = "layers.1.q_norm";
  private static final String GATE = "layers.0.gate_proj";
  private static final String UP = "layers.0.up_proj";

  private static OtherFunction named(RecordedModel run, String stage, double[] y) {
    RecordedModel model = run.copy();
    model.put(stage, y);
    List<OtherFunction> others =
        List.copyOf(assertInstanceOf(Replayed.Follows.class, model.replay(stage), stage).others());
    assertEquals(1, others.size());
    return others.getFirst();
  }

  private static OtherFunction normed(RecordedModel run, String norm, double[] weight) {
    String input = norm.equals(LN) ? "layers.0.post_attn_hidden" : "layers.1.q_proj";
    Tensor other = Tensor.ofDoubles(Shape.of(weight.length), weight);
    return named(run, norm, Plain.norm(run.values(input), other, RecordedModel.EPS));
  }

  @ParameterizedTest
  @ValueSource(strings = {LN, HEADS})
  void anotherOrderOfANormsWeightIsNamed(String norm) {
    for (RecordedModel run : List.of(HALVES, BFLOATS)) {
      double[] w = run.weights.get(norm).toDoubles();
      int n = w.length;
      for (int by : List.of(1, n / 2, n - 1)) {
        assertEquals(new NormWeightMoved(by), normed(run, norm, each(n, i -> w[(i + n - by) % n])));
      }
      assertEquals(Known.NORM_WEIGHT_REVERSED, normed(run, norm, each(n, i -> w[n - 1 - i])));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 3})
  void elementsOfANormsWeightAreNamed(double value) {
    for (RecordedModel run : List.of(HALVES, BFLOATS)) {
      double[] w = run.weights.get(LN).toDoubles();
      double[] other = w.clone();
      other[7] = value;
      assertElements(new NormWeight(7, value, w[7], 1, WIDTH), normed(run, LN, other));
      other[40] = -1;
      assertElements(new NormWeight(7, value, w[7], 2, WIDTH), normed(run, LN, other));
    }
  }

  /** A weight is told as exactly as the mean of some roundings. */
  private static void assertElements(NormWeight due, OtherFunction found) {
    NormWeight is = assertInstanceOf(NormWeight.class, found);
    assertEquals(due.used(), is.used(), 0x1p-8 * due.used());
    assertEquals(due, new NormWeight(is.channel(), due.used(), is.model(), is.count(), is.all()));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void weightsThatWereTakenApartOtherwiseAreNamed(boolean dealt) {
    double[] gate = HALVES.weights.get(GATE).toDoubles();
    double[] up = HALVES.weights.get(UP).toDoubles();
    double[] x = HALVES.values("layers.0.post_attn_ln");
    int rows = gate.length / WIDTH;
    double[] both =
        each(
            2 * gate.length,
            i -> {
              int row = i / WIDTH;
              boolean upper = dealt ? row < rows : row % 2 == 0;
              int from = dealt ? row % rows : row / 2;
              return (upper ? gate : up)[from * WIDTH + i % WIDTH];
            });
    double[] first = new double[gate.length];
    double[] second = new double[gate.length];
    for (int i = 0; i < gate.length; i++) {
      int row = i / WIDTH;
      first[i] = both[(dealt ? 2 * row : row) * WIDTH + i % WIDTH];
      second[i] = both[(dealt ? 2 * row + 1 : rows + row) * WIDTH + i % WIDTH];
    }
    OtherFunction due = new FusedOtherwise("gate_proj", "up_proj", 1, dealt);
    assertEquals(due, named(HALVES, GATE, Plain.product(x, first, rows)));
    assertEquals(due, named(HALVES, UP, Plain.product(x, second, rows)));
  }

  /** Of four elements a, b, c, d the larger two. */
  @Test
  void aWeightOfWhichHalfIsZeroIsNamed() {
    double[] w = HALVES.weights.get(GATE).toDoubles();
    double[] pruned =
        each(
            w.length,
            i -> {
              int larger = 0;
              for (int j = i - i % 4; j < i - i % 4 + 4; j++) {
                larger += Math.abs(w[j]) > Math.abs(w[i]) ? 1 : 0;
              }
              return larger < 2 ? w[i] : 0;
            });
    double[] y = Plain.product(HALVES.values(LN), pruned, w.length / WIDTH);
    assertEquals(Known.WEIGHT_HALF_ZERO, named(HALVES, GATE, y));
  }

  /** Blocks of two rows and two columns, the last one narrower, each with another largest value. */
  @Test
  void eachBlockOfAGridHasItsScale() {
    double[] most = {3, 5, 7, 11, 13, 17};
    double[] values = each(15, i -> largest(i) ? most[block(i)] : 0.1 * most[block(i)]);
    Matrix matrix = Matrix.of(Tensor.ofDoubles(Shape.of(3, 5), values));
    Matrix blocks = Quantised.byBlock(matrix, Format.E4M3, 2);
    double[] row = new double[5];
    for (int i = 0; i < values.length; i++) {
      blocks.row(i / 5, row);
      // A tenth of 448 lies between 44 and 48.
      double due = largest(i) ? most[block(i)] : most[block(i)] * 44 / 448;
      assertEquals(due, row[i % 5], 1e-6 * due);
    }
  }

  private static boolean largest(int i) {
    return i / 5 % 2 == 0 && i % 5 % 2 == 0;
  }

  private static int block(int i) {
    return i / 10 * 3 + i % 5 / 2;
  }
}

package org.bitref.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.Set;
import org.bitref.diagnose.OtherFunction;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The model's function, rounded where the model does not round: no other function is claimed. */
final class RoundedInOtherPlacesTest {
  private static final RecordedModel BFLOATS = new RecordedModel("hf-bf16-eager", 0.3);

  private static Set<OtherFunction> others(RecordedModel model, String stage) {
    return assertInstanceOf(Replayed.Follows.class, model.replay(stage, true), stage).others();
  }

  private static double bfloat(double x) {
    return Format.BF16.round(x, Rounding.RNE);
  }

  /**
   * A norm whose every step is rounded, of rows whose mean squares are all near one number. The
   * rounded reciprocal root is off by the same part in every row, as another epsilon makes it.
   */
  @ParameterizedTest
  @CsvSource({
    "layers.0.input_ln, layers.0.input_hidden, 1.01",
    "layers.0.input_ln, layers.0.input_hidden, 0.93",
    "layers.1.post_attn_ln, layers.1.post_attn_hidden, 1.03",
  })
  void everyStepOfANorm(String stage, String input, double meanSquare) {
    RecordedModel model = BFLOATS.copy();
    Tensor weight = model.weights.get(stage);
    int n = (int) weight.elements();
    double[] x = model.values(input);
    for (int from = 0; from < x.length; from += n) {
      double root = Math.sqrt(meanSquare / squares(x, from, n) * n);
      for (int i = from; i < from + n; i++) {
        x[i] = bfloat(x[i] * root);
      }
    }
    model.put(input, x);
    model.put(stage, stepwise(x, weight));
    assertEquals(Set.of(), others(model, stage));
  }

  private static double squares(double[] x, int from, int n) {
    double sum = 0;
    for (int i = from; i < from + n; i++) {
      sum += x[i] * x[i];
    }
    return sum;
  }

  private static double[] stepwise(double[] x, Tensor weight) {
    int n = (int) weight.elements();
    double[] y = new double[x.length];
    for (int from = 0; from < x.length; from += n) {
      float sum = 0;
      for (int i = from; i < from + n; i++) {
        sum += (float) bfloat(x[i] * x[i]);
      }
      double root = bfloat(1 / Math.sqrt(bfloat(bfloat(sum / n) + RecordedModel.EPS)));
      for (int i = from; i < from + n; i++) {
        y[i] = bfloat(x[i] * root) * weight.get(i - from);
      }
    }
    return y;
  }

  /** Tables are captured in bfloat16; a kernel that computes its angles itself has not rounded. */
  @ParameterizedTest
  @ValueSource(strings = {"layers.0.q_", "layers.1.k_"})
  void tablesOfARotation(String heads) {
    RecordedModel model = BFLOATS.copy();
    double[] x = model.values(heads + "norm");
    int half = RecordedModel.HEAD / 2;
    Plain.Angle angle =
        (token, pair) ->
            position(pair > 14 ? 0 : pair % 3, token)
                * Math.pow(RecordedModel.THETA, -pair / (double) half);
    model.put(heads + "rope", Plain.rotate(x, half, angle));
    assertEquals(Set.of(), others(model, heads + "rope"));
  }

  private static double position(int axis, int token) {
    return BFLOATS.given.get("position_ids").getLong((long) axis * RecordedModel.TOKENS + token);
  }
}

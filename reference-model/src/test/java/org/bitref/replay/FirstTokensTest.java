package org.bitref.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.Test;

/**
 * Of a large model the first tokens are replayed: 2^33 multiply-adds over 2^24 of each token are
 * 512. The weight that makes the model large is of a stage that nothing asks for.
 */
final class FirstTokensTest {
  private static final int FIRST = 512;
  private static final int ALL = 530;
  private static final int WIDTH = 6;

  private static RecordedModel large(int all, DoubleUnaryOperator early, DoubleUnaryOperator late) {
    RecordedModel model = new RecordedModel("hf-f16-eager", 0.3).keeping(_ -> false);
    Tensor x = model.random(0, 1, Shape.of(1, all, WIDTH)).cast(DType.F16);
    double[] y = x.toDoubles();
    for (int i = 0; i < y.length; i++) {
      y[i] = (i / WIDTH < FIRST ? early : late).applyAsDouble(y[i]);
    }
    model.captured.put("layers.0.gate_proj", x);
    model.captured.put("layers.0.mlp_act", Tensor.ofDoubles(x.shape(), y).cast(DType.F16));
    model.weights.keySet().removeIf(name -> name.endsWith("proj") || name.endsWith("down"));
    model.weights.put(
        "layers.0.up_proj", new TensorBuilder(DType.BF16, Shape.of(1 << 12, 1 << 12)).build());
    return model;
  }

  private static Replayed.Follows follows(RecordedModel model) {
    return assertInstanceOf(Replayed.Follows.class, model.replay("layers.0.mlp_act"));
  }

  private static double silu(double x) {
    return x / (1 + Math.exp(-x));
  }

  @Test
  void whatTheFirstTokensShowIsFound() {
    DoubleUnaryOperator mish = x -> x * Math.tanh(Math.log(1 + Math.exp(x)));
    Replayed.Follows found = follows(large(ALL, mish, mish));
    assertEquals(Set.of(Known.MISH), found.others());
    assertEquals(Optional.empty(), found.exact());
    Replayed.Follows numbered =
        follows(large(ALL, x -> x / (1 + Math.exp(-2.9 * x)), FirstTokensTest::silu));
    assertEquals(Set.of(new OtherFunction.Swish(2.9)), numbered.others());
    assertEquals(Set.of(), follows(large(ALL, FirstTokensTest::silu, x -> -x)).others());
  }

  /** Of as many tokens as are replayed none is left out. */
  @Test
  void ofFewTokensAllAreReplayed() {
    Replayed.Follows found = follows(large(FIRST, FirstTokensTest::silu, x -> -x));
    assertEquals(FIRST * WIDTH, found.exact().orElseThrow().elements());
  }
}

package org.bitref.replay;

import static org.bitref.replay.Plain.each;
import static org.bitref.replay.Plain.product;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.Set;
import java.util.function.DoubleBinaryOperator;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.In;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.replay.Plain.Score;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several stages that were not captured, with one change in some of them or two at once. */
final class PlantedBlocksTest {
  private static final RecordedModel RIGHT = new RecordedModel("hf-f16-eager", 0.3);
  private static final String HIDDEN = "layers.0.hidden";
  private static final String MUL = "layers.0.mlp_mul";

  private static void assertNamed(
      Set<OtherFunction> due, RecordedModel left, String stage, double[] y) {
    left.put(stage, y);
    assertEquals(due, assertInstanceOf(Replayed.Follows.class, left.replay(stage)).others());
  }

  private static double silu(double x) {
    return x / (1 + Math.exp(-x));
  }

  private static double cut(double x, double limit) {
    return Math.max(-limit, Math.min(limit, x));
  }

  /** The activation is not captured. */
  private static void assertGate(Set<OtherFunction> due, DoubleBinaryOperator function) {
    double[] gate = RIGHT.values("layers.0.gate_proj");
    double[] up = RIGHT.values("layers.0.up_proj");
    assertNamed(
        due,
        RIGHT.copy().keeping(name -> !name.endsWith(".mlp_act")),
        MUL,
        each(gate.length, i -> function.applyAsDouble(gate[i], up[i])));
  }

  @ParameterizedTest
  @ValueSource(doubles = {1.9, 2.7})
  void aLimitOfBothFactorsIsNamed(double limit) {
    assertGate(
        Set.of(new In(new OtherFunction.InputClamped(limit), Set.of("mlp_act", "mlp_mul"))),
        (gate, up) -> silu(Math.min(gate, limit)) * cut(up, limit));
    assertGate(Set.of(), (gate, up) -> silu(gate) * up);
  }

  @Test
  void twoChangesAtOnceAreNamed() {
    assertGate(
        Set.of(
            new In(Known.RELU, Set.of("mlp_act")),
            new In(Known.ONE_PLUS_FACTOR, Set.of("mlp_mul"))),
        (gate, up) -> Math.max(0, gate) * (1 + up));
    assertGate(
        Set.of(
            new In(Known.MISH, Set.of("mlp_act")), new In(Known.SUM_OF_FACTORS, Set.of("mlp_mul"))),
        (gate, up) -> gate * Math.tanh(Math.log(1 + Math.exp(gate))) + up);
  }

  /** Besides two changes a term that no list has. */
  @Test
  void threeChangesAreOpen() {
    RecordedModel model = RIGHT.copy().keeping(name -> !name.endsWith(".mlp_act"));
    double[] gate = model.values("layers.0.gate_proj");
    double[] up = model.values("layers.0.up_proj");
    model.put(MUL, each(up.length, i -> Math.max(0, gate[i]) * (1 + up[i]) + Math.sin(up[i])));
    assertInstanceOf(Replayed.Open.class, model.replay(MUL));
  }

  @ParameterizedTest
  @ValueSource(doubles = {1.4, 2.9})
  void aLimitOfAProductThatIsNotCapturedIsNamed(double limit) {
    double[] before = RIGHT.values("layers.0.post_attn_hidden");
    double[] down = product(RIGHT.values(MUL), weight("mlp_down"));
    assertNamed(
        Set.of(new In(new OtherFunction.Clamped(limit), Set.of("mlp_down"))),
        RIGHT.copy().keeping(name -> !name.endsWith(".mlp_down")),
        HIDDEN,
        each(before.length, i -> before[i] + cut(down[i], limit)));
  }

  private static Tensor weight(String last) {
    return RIGHT.weights.get("layers.0." + last);
  }

  /** What stands before and behind attention and MLP. */
  private record Wiring(boolean before, boolean behind, boolean parallel) {
    double[] layer(double[] x) {
      double[] attended = attention(before ? normed(x, "input_ln") : x);
      double[] o = product(attended, weight("o_proj"));
      double[] post = sum(x, behind ? normed(o, "input_ln") : o);
      double[] start = parallel ? x : post;
      double[] h = before ? normed(start, "post_attn_ln") : start;
      double[] gate = product(h, weight("gate_proj"));
      double[] up = product(h, weight("up_proj"));
      double[] mul = each(up.length, i -> silu(gate[i]) * up[i]);
      double[] down = product(mul, weight("mlp_down"));
      return sum(post, behind ? normed(down, "post_attn_ln") : down);
    }

    private static double[] normed(double[] x, String norm) {
      return Plain.norm(x, weight(norm), RecordedModel.EPS);
    }

    private static double[] sum(double[] a, double[] b) {
      return each(a.length, i -> a[i] + b[i]);
    }

    private static double[] attention(double[] x) {
      return Plain.attend(
          rotated(normed(product(x, weight("q_proj")), "q_norm")),
          rotated(normed(product(x, weight("k_proj")), "k_norm")),
          product(x, weight("v_proj")),
          _ -> 0,
          Score::causal,
          0);
    }

    private static double[] rotated(double[] x) {
      Tensor ids = RIGHT.given.get("position_ids");
      return Plain.rotate(
          x,
          RecordedModel.HEAD / 2,
          (token, i) -> {
            int axis = i == 15 ? 0 : i % 3;
            long position = ids.getLong((long) axis * RecordedModel.TOKENS + token);
            return position * Math.pow(RecordedModel.THETA, -i / 16.0);
          });
    }
  }

  private static void assertLayer(Set<OtherFunction> due, Wiring wiring) {
    assertNamed(
        due,
        RIGHT.copy().keeping(name -> name.endsWith("hidden") && !name.contains("post_attn")),
        HIDDEN,
        wiring.layer(RIGHT.values("layers.0.input_hidden")));
  }

  @Test
  void theWiringOfALayerIsNamed() {
    assertLayer(Set.of(), new Wiring(true, false, false));
    assertLayer(
        Set.of(new In(Known.PARALLEL_BLOCK, Set.of("post_attn_ln"))),
        new Wiring(true, false, true));
    assertLayer(
        Set.of(
            new In(
                Known.NORMS_BEHIND,
                Set.of(
                    "q_proj",
                    "k_proj",
                    "v_proj",
                    "post_attn_hidden",
                    "gate_proj",
                    "up_proj",
                    "hidden"))),
        new Wiring(false, true, false));
  }
}

package org.bitref.replay;

import static org.bitref.replay.Plain.each;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.Grid;
import org.bitref.diagnose.OtherFunction.InputOf;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.diagnose.OtherFunction.Narrowed;
import org.bitref.diagnose.OtherFunction.Operand;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Products, caches and norms of other operands, with numbers that no list has. */
final class PlantedProductsTest {
  private static final RecordedModel HALVES = new RecordedModel("hf-f16-eager", 0.3);
  private static final RecordedModel BFLOATS = new RecordedModel("hf-bf16-eager", 0.3);
  private static final String DOWN = "layers.0.mlp_down";
  private static final String O = "layers.0.o_proj";
  private static final int WIDTH = RecordedModel.HIDDEN;

  private static Replayed.Follows follows(RecordedModel run, String stage, double[] y) {
    RecordedModel model = run.copy();
    model.put(stage, y);
    return assertInstanceOf(Replayed.Follows.class, model.replay(stage), stage);
  }

  private static void assertNamed(
      Set<OtherFunction> due, RecordedModel run, String stage, double[] y) {
    assertEquals(due, follows(run, stage, y).others());
  }

  /** 64 rows of 96 columns are no more than a group of 128, so that has the name of the whole. */
  private static Grid named(Grid grid) {
    return switch (grid) {
      case INT4_BY_128 -> Grid.INT4_BY_ROW;
      case E4M3_BY_BLOCK -> Grid.E4M3_SCALED;
      default -> grid;
    };
  }

  @ParameterizedTest
  @EnumSource(Grid.class)
  void operandsInFewerBitsAreNamed(Grid grid) {
    for (RecordedModel run : List.of(HALVES, BFLOATS)) {
      double[] x = run.values("layers.0.mlp_mul");
      Tensor weight = run.weights.get(DOWN);
      double[] w = weight.toDoubles();
      int columns = w.length / WIDTH;
      assertNamed(
          Set.of(new Narrowed(Operand.WEIGHT, named(grid))),
          run,
          DOWN,
          Plain.product(x, PlainGrids.of(w, columns, grid), WIDTH));
      assertNamed(
          Set.of(new Narrowed(Operand.INPUT, named(grid))),
          run,
          DOWN,
          Plain.product(PlainGrids.of(x, columns, grid), w, WIDTH));
    }
  }

  /**
   * Weights that are rounded to bfloat16 again after their steps, which doubles the errors of the
   * rounded result: without these they are of one rounding.
   */
  @ParameterizedTest
  @EnumSource(names = {"INT8_BY_ROW", "INT4_BY_ROW", "INT4_BY_32", "E4M3_SCALED"})
  void weightsOfFewerBitsInTheModelsTypeAreNamed(Grid grid) {
    Tensor weight = BFLOATS.weights.get(DOWN);
    double[] w = PlainGrids.of(weight.toDoubles(), (int) weight.elements() / WIDTH, grid);
    double[] again = Tensor.ofDoubles(weight.shape(), w).cast(DType.BF16).toDoubles();
    double[] y = Plain.product(BFLOATS.values("layers.0.mlp_mul"), again, WIDTH);
    Replayed.Follows found = follows(BFLOATS, DOWN, y);
    assertEquals(Set.of(new Narrowed(Operand.WEIGHT, grid)), found.others());
    assertTrue(found.size() < 1.2, Double.toString(found.size()));
  }

  @ParameterizedTest
  @EnumSource(Grid.class)
  void cachesInFewerBitsAreNamed(Grid grid) {
    for (String cache : List.of("kv.0.k", "kv.1.v")) {
      double[] x = HALVES.values(cache);
      // A token of a head has 32 elements: all steps are by row.
      Grid due =
          switch (grid) {
            case INT4_BY_32, INT4_BY_64 -> Grid.INT4_BY_ROW;
            case INT4_ZERO_BY_64, INT4_ZERO_BY_128 -> Grid.INT4_ZERO_BY_32;
            default -> named(grid);
          };
      assertNamed(
          Set.of(new Narrowed(Operand.RESULT, due)),
          HALVES,
          cache,
          PlainGrids.of(x, RecordedModel.HEAD, grid));
    }
  }

  /** The first token has zeros, or its own. */
  @ParameterizedTest
  @CsvSource({"kv.0.k,KEYS_LATE", "kv.1.v,VALUES_LATE"})
  void lateCachesAreNamed(String cache, Known due) {
    double[] x = HALVES.values(cache);
    int width = x.length / RecordedModel.TOKENS;
    assertNamed(Set.of(due), HALVES, cache, each(x.length, i -> i < width ? 0 : x[i - width]));
    assertNamed(Set.of(due), HALVES, cache, each(x.length, i -> x[i < width ? i : i - width]));
    assertNamed(Set.of(), HALVES, cache, x);
  }

  @Test
  void headsOfACacheInAnotherOrderAreNamed() {
    int heads = 4;
    RecordedModel model = HALVES.copy();
    Shape shape = Shape.of(1, heads, RecordedModel.TOKENS, RecordedModel.HEAD);
    model.captured.put("kv.0.k", model.random(0, 1, shape).cast(DType.F16));
    double[] x = model.values("kv.0.k");
    model.captured.put("layers.0.k_rope", model.captured.get("kv.0.k"));
    assertNamed(Set.of(), model, "kv.0.k", x);
    assertOrder(Known.HEADS_REVERSED, model, x, 3, 2, 1, 0);
    assertOrder(Known.HEADS_TURNED, model, x, 3, 0, 1, 2);
    assertOrder(Known.HEADS_SWAPPED, model, x, 1, 0, 3, 2);
  }

  private static void assertOrder(Known due, RecordedModel model, double[] x, int... order) {
    int d = RecordedModel.HEAD;
    assertNamed(
        Set.of(due),
        model,
        "kv.0.k",
        each(x.length, i -> x[(i / d / 4 * 4 + order[i / d % 4]) * d + i % d]));
  }

  private static double[] product(String input, String weight) {
    return Plain.product(HALVES.values(input), HALVES.weights.get(weight));
  }

  @Test
  void otherInputsOfAProductAreNamed() {
    assertNamed(Set.of(), HALVES, O, product("layers.0.attn_out", O));
    assertNamed(Set.of(new InputOf("mlp_act")), HALVES, DOWN, product("layers.0.mlp_act", DOWN));
    String gate = "layers.1.gate_proj";
    assertNamed(
        Set.of(new InputOf("post_attn_hidden")),
        HALVES,
        gate,
        product("layers.1.post_attn_hidden", gate));
    assertNamed(Set.of(new InputOf("input_ln")), HALVES, gate, product("layers.1.input_ln", gate));
    // Stages that no list has.
    assertNamed(Set.of(new InputOf("o_proj")), HALVES, gate, product("layers.1.o_proj", gate));
    assertNamed(Set.of(new InputOf("hidden")), HALVES, O, product("layers.0.hidden", O));
  }

  @Test
  void otherWeightsAreNamed() {
    assertNamed(
        Set.of(new OtherFunction.WeightOf("inputs_embeds")),
        HALVES,
        "logits",
        product("final_norm", "inputs_embeds"));
    assertNamed(
        Set.of(new OtherFunction.LayerOf(1)),
        HALVES,
        DOWN,
        product("layers.0.mlp_mul", "layers.1.mlp_down"));
    String ln = "layers.0.post_attn_ln";
    assertNamed(
        Set.of(new OtherFunction.WeightOf("layers.0.input_ln")),
        HALVES,
        ln,
        normed("layers.0.post_attn_hidden", "layers.0.input_ln"));
    assertNamed(
        Set.of(new OtherFunction.WeightOf("layers.1.o_proj")),
        HALVES,
        "layers.1.q_proj",
        product("layers.1.input_ln", "layers.1.o_proj"));
  }

  private static double[] normed(String input, String weight) {
    return Plain.norm(HALVES.values(input), HALVES.weights.get(weight), RecordedModel.EPS);
  }

  @Test
  void anotherInputOfANormIsNamed() {
    String ln = "layers.0.post_attn_ln";
    assertNamed(Set.of(), HALVES, ln, normed("layers.0.post_attn_hidden", ln));
    assertNamed(Set.of(Known.PARALLEL_BLOCK), HALVES, ln, normed("layers.0.input_hidden", ln));
    assertNamed(Set.of(new InputOf("o_proj")), HALVES, ln, normed("layers.0.o_proj", ln));
  }

  /** Logits are up to ten here: of a cap of 37 they lose a fortieth, of one of 11 more. */
  @ParameterizedTest
  @ValueSource(doubles = {37, 11})
  void aSoftcapOfLogitsIsNamed(double cap) {
    double[] y = product("final_norm", "logits");
    assertNamed(
        Set.of(new OtherFunction.Softcap(cap)),
        HALVES,
        "logits",
        each(y.length, i -> cap * Math.tanh(y[i] / cap)));
  }

  /** The largest magnitude tells the limit of what is cut off, rounded as it is stored. */
  @ParameterizedTest
  @ValueSource(strings = {"layers.0.o_proj", "layers.1.mlp_down", "layers.0.v_proj"})
  void resultsThatAreCutOffAreNamed(String stage) {
    double[] y = HALVES.values(stage);
    double limit = 1.375;
    assertNamed(
        Set.of(new OtherFunction.Clamped(limit)),
        HALVES,
        stage,
        each(y.length, i -> Math.max(-limit, Math.min(limit, y[i]))));
  }

  /** States of 0.01: mean squares of 1e-4 and less. */
  private static RecordedModel small(DType dtype) {
    RecordedModel model = HALVES.copy();
    Shape shape = Shape.of(1, RecordedModel.TOKENS, WIDTH);
    model.captured.put("layers.0.input_hidden", model.random(0, 0.01, shape).cast(dtype));
    model.captured.put("layers.0.input_ln", model.captured.get("layers.0.input_ln").cast(dtype));
    return model;
  }

  private static void assertNorm(OtherFunction due, DoubleUnaryOperator divisor) {
    String ln = "layers.0.input_ln";
    for (DType dtype : List.of(DType.F16, DType.BF16)) {
      RecordedModel model = small(dtype);
      double[] y =
          Plain.norm(
              model.values("layers.0.input_hidden"),
              model.weights.get(ln),
              (squares, n) -> divisor.applyAsDouble(squares / n));
      assertNamed(Set.of(due), model, ln, y);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {3e-4, 2e-3, 1e-2, 4e-2})
  void anEpsilonIsNamed(double eps) {
    double model = RecordedModel.EPS;
    assertNorm(new OtherFunction.Epsilon(eps, model), mean -> Math.sqrt(mean + eps));
    assertNorm(new OtherFunction.EpsilonOutside(eps, model), mean -> Math.sqrt(mean) + eps);
  }
}

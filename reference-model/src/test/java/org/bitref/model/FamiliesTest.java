package org.bitref.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bitref.BadInputException;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.Frequencies;
import org.bitref.kernel.row.Frequencies.Axes;
import org.bitref.kernel.row.Frequencies.Linear;
import org.bitref.kernel.row.Frequencies.Llama3;
import org.bitref.kernel.row.Frequencies.Unscaled;
import org.bitref.model.ModelConfig.VisionTokens;
import org.bitref.recipe.Recipes;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What families other than Qwen3-VL's own compute, stage by stage in double. */
final class FamiliesTest {
  private static final int TOKENS = 5;
  private static final int HIDDEN = 8;
  private static final int D = 4;
  private static final double EPS = 1e-6;

  private static ModelConfig config(Family family, Frequencies rope) {
    return new ModelConfig(family, 20, HIDDEN, 2, 2, 1, D, 6, EPS, rope, false, VisionTokens.NONE);
  }

  private static final ModelConfig GEMMA =
      config(new Gemma3(2, 2, 9, 100), Frequencies.ofText(1e4, D, new Linear(8)));
  private static final ModelConfig QWEN =
      config(new Qwen25Vl(), new Frequencies(1e4, List.of(1, 1, 0), Axes.BLOCKS, new Unscaled()));

  private static Map<String, Tensor> weights(ModelConfig config) {
    Random random = new Random(7);
    Map<String, Tensor> all = new HashMap<>();
    for (Stage.Parameter parameter : config.plan(0).parameters()) {
      long[] dims = parameter.shape(config).dims();
      all.put(parameter.name(), TinyModel.gaussian(random, DType.F32, 0, 0.5, dims));
    }
    return all;
  }

  /** Every stage under the exact recipe. */
  private static Map<String, double[]> run(ModelConfig config) {
    Map<String, Tensor> ids =
        Map.of("input_ids", Tensor.ofLongs(Shape.of(1, TOKENS), 3, 1, 11, 5, 9));
    PrefillInputs inputs = PrefillInputs.read(TinyModel.source(ids), config);
    Map<String, double[]> results = new LinkedHashMap<>();
    try (Workers workers = new Workers(1)) {
      new Executor(
              inputs,
              TinyModel.of(weights(config)),
              Recipes.model("exact"),
              CacheOptions.FRESH,
              workers)
          .run(
              StageFilter.ALL.select(inputs.plan()),
              Executor.Sources.NONE,
              (stage, result) -> results.put(stage.id().name(), result.toDoubles()));
    }
    return results;
  }

  private static void assertNear(double expected, double actual, String what) {
    assertEquals(expected, actual, 1e-12 * (1 + Math.abs(expected)), what);
  }

  @Test
  void gemmaScalesLookedUpRowsByTheRootOfTheirWidth() {
    double[] embeds = run(GEMMA).get("inputs_embeds");
    double[] table = weights(GEMMA).get("embed_tokens.weight").toDoubles();
    for (int i = 0; i < HIDDEN; i++) {
      assertNear(table[11 * HIDDEN + i] * Math.sqrt(HIDDEN), embeds[2 * HIDDEN + i], "row " + i);
    }
  }

  @Test
  void weightsOfGemmasNormsCountFromOne() {
    Map<String, double[]> all = run(GEMMA);
    assertNorm(all, "input_hidden", "input_ln", "input_layernorm", HIDDEN);
    assertNorm(all, "o_proj", "post_attn_norm", "post_attention_layernorm", HIDDEN);
    assertNorm(all, "post_attn_hidden", "pre_ff_ln", "pre_feedforward_layernorm", HIDDEN);
    assertNorm(all, "mlp_down", "post_ff_ln", "post_feedforward_layernorm", HIDDEN);
    assertNorm(all, "q_proj", "q_norm", "self_attn.q_norm", D);
  }

  private static void assertNorm(
      Map<String, double[]> all, String input, String stage, String module, int width) {
    double[] x = all.get("layers.1." + input);
    double[] y = all.get("layers.1." + stage);
    double[] w = weights(GEMMA).get("layers.1." + module + ".weight").toDoubles();
    for (int row = 0; row < x.length; row += width) {
      double squares = 0;
      for (int i = 0; i < width; i++) {
        squares += x[row + i] * x[row + i];
      }
      for (int i = 0; i < width; i++) {
        double due = (1 + w[i]) * x[row + i] / Math.sqrt(squares / width + EPS);
        assertNear(due, y[row + i], stage + " " + (row + i));
      }
    }
  }

  @Test
  void gemmasActivationIsTheGeluOfTheTangent() {
    Map<String, double[]> all = run(GEMMA);
    double[] x = all.get("layers.0.gate_proj");
    double[] y = all.get("layers.0.mlp_act");
    for (int i = 0; i < x.length; i++) {
      double inner = Math.sqrt(2 / Math.PI) * (x[i] + 0.044715 * x[i] * x[i] * x[i]);
      assertNear(x[i] / 2 * (1 + Math.tanh(inner)), y[i], "element " + i);
    }
  }

  /** Layer 0 sees a window of two keys, layer 1 all; both divide scores by 3. */
  @Test
  void gemmasLayersSeeAWindowOrAllKeys() {
    Map<String, double[]> all = run(GEMMA);
    for (int layer = 0; layer < 2; layer++) {
      double[] q = all.get("layers." + layer + ".q_rope");
      double[] k = all.get("kv." + layer + ".k");
      double[] v = all.get("kv." + layer + ".v");
      double[] out = all.get("layers." + layer + ".attn_out");
      for (int head = 0; head < 2; head++) {
        for (int t = 0; t < TOKENS; t++) {
          int from = layer == 0 ? Math.max(0, t - 1) : 0;
          double[] due = attended(q, (head * TOKENS + t) * D, k, v, from, t);
          for (int i = 0; i < D; i++) {
            String what = "layer %s head %s token %s".formatted(layer, head, t);
            assertNear(due[i], out[t * 2 * D + head * D + i], what);
          }
        }
      }
    }
  }

  private static double[] attended(double[] q, int at, double[] k, double[] v, int from, int last) {
    double[] sum = new double[D];
    double total = 0;
    for (int key = from; key <= last; key++) {
      double score = 0;
      for (int i = 0; i < D; i++) {
        score += q[at + i] * k[key * D + i];
      }
      double weight = Math.exp(score / 3);
      total += weight;
      for (int i = 0; i < D; i++) {
        sum[i] += weight * v[key * D + i];
      }
    }
    for (int i = 0; i < D; i++) {
      sum[i] /= total;
    }
    return sum;
  }

  @Test
  void gemmaHasARotaryTableForEachKindOfLayer() {
    Map<String, double[]> all = run(GEMMA);
    assertNear(Math.cos(3 * Math.pow(1e4, -0.5) / 8), all.get("rope.cos")[3 * D + 1], "global");
    assertNear(Math.sin(3 * Math.pow(100, -0.5)), all.get("rope_local.sin")[3 * D + 1], "local");
    Plan plan = GEMMA.plan(0);
    assertEquals("rope_local.cos", table(plan, "layers.0.q_rope"));
    assertEquals("rope.cos", table(plan, "layers.1.k_rope"));
  }

  private static String table(Plan plan, String stage) {
    return plan.find(stage).orElseThrow().inputs().get(1).name();
  }

  @Test
  void biasesAreAddedToQueriesKeysAndValuesAlone() {
    Map<String, double[]> all = run(QWEN);
    Map<String, Tensor> weights = weights(QWEN);
    double[] x = all.get("layers.1.input_ln");
    for (String stage : List.of("q_proj", "k_proj", "v_proj")) {
      double[] w = weights.get("layers.1.self_attn." + stage + ".weight").toDoubles();
      double[] bias = weights.get("layers.1.self_attn." + stage + ".bias").toDoubles();
      double[] y = all.get("layers.1." + stage);
      for (int i = 0; i < y.length; i++) {
        double sum = bias[i % bias.length];
        for (int k = 0; k < HIDDEN; k++) {
          sum += x[i / bias.length * HIDDEN + k] * w[i % bias.length * HIDDEN + k];
        }
        assertNear(sum, y[i], stage + " " + i);
      }
    }
    assertEquals(3 * 2, weights.keySet().stream().filter(name -> name.endsWith(".bias")).count());
  }

  @Test
  void llamaRotatesTheProducts() {
    Plan plan = config(new Llama(), Frequencies.ofText(1e4, D, new Unscaled())).plan(0);
    assertEquals(
        "layers.0.q_proj", plan.find("layers.0.q_rope").orElseThrow().inputs().getFirst().name());
    assertTrue(plan.find("layers.0.q_norm").isEmpty());
  }

  /** The worked example of {@link Llama3}, and one wavelength on either side of the mixed ones. */
  @Test
  void frequenciesAreScaledAsLlamaDoes() {
    Llama3 scaling = new Llama3(8, 1, 4, 8192);
    double mixed = scaling.of(0x1p-9, x -> (float) x);
    assertEquals(0x3A93786E, Float.floatToRawIntBits((float) mixed));
    assertEquals(0x1p-5, scaling.of(0x1p-5, x -> (float) x));
    assertEquals(0x1p-17, scaling.of(0x1p-14, x -> (float) x));
  }

  @Test
  void sectionsLieInBlocks() {
    Frequencies blocks = QWEN.rope().withSection(List.of(2, 3, 3));
    int[] axes = new int[8];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = blocks.axis(i);
    }
    assertArrayEquals(new int[] {0, 0, 1, 1, 1, 2, 2, 2}, axes);
  }

  @Test
  void deepstackFeaturesAreRefusedWhereNoLayerTakesThem() {
    Map<String, Tensor> prompt =
        Map.of(
            "input_ids", Tensor.ofLongs(Shape.of(1, 2), 3, 1),
            "visual_mask", Tensor.ofLongs(Shape.of(1, 2), 0, 1),
            "deepstack.0", TinyModel.random(1, 1, HIDDEN));
    BadInputException e =
        assertThrows(
            BadInputException.class, () -> PrefillInputs.read(TinyModel.source(prompt), QWEN));
    assertTrue(e.getMessage().contains("has no deepstack features"), e.getMessage());
  }
}

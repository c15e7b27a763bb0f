package org.bitref.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bitref.kernel.Workers;
import org.bitref.model.Executor.Sources;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.Recipes;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;

/** Norms that are fused with the residual sum before them, against plain loops. */
final class FusedNormTest {
  private static final Weights WEIGHTS = TinyModel.weights(1);
  private static final float EPS = (float) TinyModel.CONFIG.rmsNormEps();
  private static final ModelRecipe FUSED =
      ModelRecipe.parse(
          "mine",
          ".*_(ln|norm) = norm(form=hf,sum=seq,rsqrt=divsqrt,fused,out=f16)\n"
              + Recipes.text("hf-f16-eager"));

  private static Map<String, Tensor> run(int deepstack) {
    return TinyModel.run(FUSED, TinyModel.prompt(21, 9, deepstack), CacheOptions.FRESH, WEIGHTS, 1);
  }

  private static float half(float x) {
    return Float.float16ToFloat(Float.floatToFloat16(x));
  }

  /** The norm of rows of the weight's width. */
  private static Tensor norm(float[] x, String weight) {
    float[] w = WEIGHTS.weight(weight).cast(DType.F16).toFloats();
    float[] y = new float[x.length];
    for (int row = 0; row < x.length; row += w.length) {
      float sum = 0;
      for (int i = row; i < row + w.length; i++) {
        sum += x[i] * x[i];
      }
      float root = (float) Math.sqrt(sum / w.length + EPS);
      for (int i = row; i < row + w.length; i++) {
        y[i] = half(w[i - row] * half(x[i] * (1 / root)));
      }
    }
    return Tensor.ofFloats(Shape.of(x.length), y);
  }

  private static float[] sum(Tensor a, Tensor b) {
    float[] sum = a.toFloats();
    float[] other = b.toFloats();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += other[i];
    }
    return sum;
  }

  private static void assertNorm(float[] x, String weight, Tensor actual) {
    TinyModel.assertSame(norm(x, weight).cast(DType.F16).reshape(actual.shape()), actual, weight);
  }

  @Test
  void readsTheTermsOfTheResidualSum() {
    Map<String, Tensor> all = run(0);
    for (String layer : List.of("layers.0.", "layers.1.")) {
      float[] attended = sum(all.get(layer + "input_hidden"), all.get(layer + "o_proj"));
      String weight = layer + "post_attention_layernorm.weight";
      assertNorm(attended, weight, all.get(layer + "post_attn_ln"));
      float[] stored = all.get(layer + "post_attn_hidden").toFloats();
      for (int i = 0; i < stored.length; i++) {
        assertEquals(half(attended[i]), stored[i]);
      }
      Tensor unfused = norm(stored, weight).cast(DType.F16);
      assertNotEquals(
          Arrays.toString(unfused.toFloats()),
          Arrays.toString(all.get(layer + "post_attn_ln").toFloats()));
    }
    float[] first = sum(all.get("layers.0.post_attn_hidden"), all.get("layers.0.mlp_down"));
    assertNorm(first, "layers.1.input_layernorm.weight", all.get("layers.1.input_ln"));
    float[] last = sum(all.get("layers.1.post_attn_hidden"), all.get("layers.1.mlp_down"));
    assertNorm(last, "norm.weight", all.get("final_norm"));
  }

  @Test
  void readsWhatIsNoResidualSumAsItIs() {
    Map<String, Tensor> all = run(2);
    assertNorm(
        all.get("layers.0.input_hidden").toFloats(),
        "layers.0.input_layernorm.weight",
        all.get("layers.0.input_ln"));
    // A feature was added to these.
    assertNorm(
        all.get("layers.1.input_hidden").toFloats(),
        "layers.1.input_layernorm.weight",
        all.get("layers.1.input_ln"));
    assertNorm(all.get("layers.2.input_hidden").toFloats(), "norm.weight", all.get("final_norm"));
    assertNorm(
        all.get("layers.1.q_proj").toFloats(),
        "layers.1.self_attn.q_norm.weight",
        all.get("layers.1.q_norm"));
  }

  @Test
  void anAnchorGivesTheTerms() {
    PrefillInputs inputs =
        PrefillInputs.read(TinyModel.source(TinyModel.prompt(21, 9, 0)), TinyModel.CONFIG);
    Map<String, Tensor> all = run(0);
    TensorSource anchor =
        TensorSource.of(
            "capture",
            Map.of(
                "layers.0.input_hidden", all.get("layers.0.input_hidden"),
                "layers.0.o_proj", all.get("layers.0.o_proj")));
    StageId norm = StageId.layer(0, "post_attn_ln");
    try (Workers workers = new Workers(1)) {
      Executor executor = new Executor(inputs, WEIGHTS, FUSED, CacheOptions.FRESH, workers);
      assertEquals(Set.of(norm), executor.needed(Set.of(norm), Sources.anchoredOn(anchor)));
      assertEquals(
          List.of(StageId.layer(0, "input_hidden"), StageId.layer(0, "o_proj")),
          executor.stage(norm).inputs());
    }
  }
}

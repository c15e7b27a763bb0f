package org.bitref.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.bitref.BadInputException;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.Frequencies;
import org.bitref.model.ModelConfig.VisionTokens;
import org.bitref.recipe.ModelRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;

/** A model of two layers with random weights, and how it is run. */
final class TinyModel {
  static final int IMAGE = 40;
  static final int VIDEO = 41;
  static final VisionTokens TOKENS = new VisionTokens(IMAGE, VIDEO, 42, 43, 2);

  /** Theta is a power of two whose roots are exact: the tables do not hang on a power function. */
  static final ModelConfig CONFIG =
      new ModelConfig(
          new Qwen3Vl(),
          50,
          32,
          2,
          4,
          2,
          8,
          24,
          1e-6,
          Frequencies.interleaved(0x1p16, List.of(2, 1, 1)),
          false,
          TOKENS);

  private TinyModel() {}

  static Weights weights(long seed) {
    Random random = new Random(seed);
    Map<String, Tensor> all = new HashMap<>();
    int h = CONFIG.hiddenSize();
    int wide = CONFIG.intermediateSize();
    for (int i = 0; i < CONFIG.layers(); i++) {
      String s = "layers." + i + ".";
      String a = s + "self_attn.";
      all.put(s + "input_layernorm.weight", norm(random, h));
      all.put(a + "q_proj.weight", linear(random, CONFIG.queryWidth(), h));
      all.put(a + "k_proj.weight", linear(random, CONFIG.kvWidth(), h));
      all.put(a + "v_proj.weight", linear(random, CONFIG.kvWidth(), h));
      all.put(a + "q_norm.weight", norm(random, CONFIG.headDim()));
      all.put(a + "k_norm.weight", norm(random, CONFIG.headDim()));
      all.put(a + "o_proj.weight", linear(random, h, CONFIG.queryWidth()));
      all.put(s + "post_attention_layernorm.weight", norm(random, h));
      all.put(s + "mlp.gate_proj.weight", linear(random, wide, h));
      all.put(s + "mlp.up_proj.weight", linear(random, wide, h));
      all.put(s + "mlp.down_proj.weight", linear(random, h, wide));
    }
    all.put("embed_tokens.weight", linear(random, CONFIG.vocabSize(), h));
    all.put("norm.weight", norm(random, h));
    all.put("lm_head.weight", linear(random, CONFIG.vocabSize(), h));
    return of(all);
  }

  static Weights of(Map<String, Tensor> all) {
    return name -> {
      if (!all.containsKey(name)) {
        throw new BadInputException("test", "no weight " + name, "Add it.");
      }
      return all.get(name);
    };
  }

  private static Tensor linear(Random random, int out, int in) {
    return gaussian(random, DType.BF16, 0, 0.4, out, in);
  }

  private static Tensor norm(Random random, int width) {
    return gaussian(random, DType.BF16, 1, 0.3, width);
  }

  static Tensor gaussian(Random random, DType dtype, double mean, double spread, long... dims) {
    TensorBuilder out = new TensorBuilder(dtype, Shape.of(dims));
    for (long i = 0; i < Shape.of(dims).elements(); i++) {
      out.set(i, mean + spread * random.nextGaussian());
    }
    return out.build();
  }

  /** An F32 tensor of normally distributed numbers. */
  static Tensor random(long seed, long... dims) {
    return gaussian(new Random(seed), DType.F32, 0, 1, dims);
  }

  /**
   * A prompt with embeddings, one image of 2 x 3 tokens from token 2 on, and deepstack features.
   */
  static Map<String, Tensor> prompt(long seed, int tokens, int deepstack) {
    int h = CONFIG.hiddenSize();
    long[] ids = new long[tokens];
    long[] mask = new long[tokens];
    for (int i = 0; i < tokens; i++) {
      mask[i] = i >= 2 && i < 8 ? 1 : 0;
      ids[i] = mask[i] == 1 ? IMAGE : i;
    }
    Map<String, Tensor> prompt = new LinkedHashMap<>();
    prompt.put("inputs_embeds", random(seed, 1, tokens, h));
    prompt.put("input_ids", Tensor.ofLongs(Shape.of(1, tokens), ids));
    prompt.put("image_grid_thw", Tensor.ofLongs(Shape.of(1, 3), 1, 4, 6));
    prompt.put("visual_mask", Tensor.ofLongs(Shape.of(1, tokens), mask));
    for (int i = 0; i < deepstack; i++) {
      prompt.put("deepstack." + i, random(seed + 100 + i, 6, h));
    }
    return prompt;
  }

  static TensorSource source(Map<String, Tensor> tensors) {
    return TensorSource.of("prompt", tensors);
  }

  /** Every stage of a run with everything computed. */
  static Map<String, Tensor> run(Casts casts, Map<String, Tensor> prompt) {
    return run(casts, prompt, CacheOptions.FRESH);
  }

  static Map<String, Tensor> run(Casts casts, Map<String, Tensor> prompt, CacheOptions cache) {
    return run(casts.recipe(), prompt, cache, weights(1), 1);
  }

  static Map<String, Tensor> run(
      ModelRecipe recipe,
      Map<String, Tensor> prompt,
      CacheOptions cache,
      Weights weights,
      int threads) {
    PrefillInputs inputs = PrefillInputs.read(source(prompt), CONFIG);
    Plan plan = inputs.plan();
    Map<String, Tensor> results = new LinkedHashMap<>();
    try (Workers workers = new Workers(threads)) {
      Set<StageId> bridged =
          new Executor(inputs, weights, recipe, cache, workers)
              .run(
                  StageFilter.ALL.select(plan),
                  Executor.Sources.NONE,
                  (stage, result) -> {
                    assertEquals(inputs.shape(stage), result.shape(), stage.id().name());
                    results.put(stage.id().name(), result);
                  });
      assertEquals(Set.of(), bridged);
    }
    assertEquals(
        plan.stages().stream().map(stage -> stage.id().name()).toList(),
        List.copyOf(results.keySet()));
    return results;
  }

  static void assertSame(Tensor expected, Tensor actual, String what) {
    assertEquals(expected.dtype(), actual.dtype(), what);
    assertEquals(expected.shape(), actual.shape(), what);
    for (long i = 0; i < expected.elements(); i++) {
      if (expected.bits(i) != actual.bits(i)) {
        assertEquals(expected.get(i), actual.get(i), what + " element " + i);
        assertEquals(expected.bits(i), actual.bits(i), what + " element " + i);
      }
    }
  }

  static void assertSame(Map<String, Tensor> expected, Map<String, Tensor> actual, String what) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((name, tensor) -> assertSame(tensor, actual.get(name), what + " " + name));
  }

  /** Tokens [from, to) of a tensor [B, S, ...] or [B, heads, S, D] as one block of its rows. */
  static Tensor tokens(Tensor x, int axis, int from, int to) {
    long[] dims = x.shape().dims();
    long outer = 1;
    long inner = 1;
    for (int i = 0; i < dims.length; i++) {
      outer *= i < axis ? dims[i] : 1;
      inner *= i > axis ? dims[i] : 1;
    }
    long length = dims[axis];
    dims[axis] = (long) to - from;
    TensorBuilder part = new TensorBuilder(x.dtype(), Shape.of(dims));
    for (long i = 0; i < outer; i++) {
      part.copy(i * (to - from) * inner, x, (i * length + from) * inner, (to - from) * inner);
    }
    return part.build();
  }

  /** The axis that counts tokens in the results of a stage. */
  static int tokenAxis(String stage) {
    return stage.startsWith("kv.") || stage.endsWith("_rope") ? 2 : 1;
  }
}

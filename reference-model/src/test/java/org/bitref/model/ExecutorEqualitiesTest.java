package org.bitref.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.recipe.Recipes;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Different ways to the same forward pass: the same bits. */
final class ExecutorEqualitiesTest {
  private static final int TOKENS = 12;

  /** The positions that image and text have when the whole prompt is known. */
  private static Map<String, Tensor> positioned(long seed) {
    Map<String, Tensor> prompt = TinyModel.prompt(seed, TOKENS, 0);
    long[][] positions = PrefillInputs.read(TinyModel.source(prompt), TinyModel.CONFIG).positions();
    long[] flat = new long[3 * TOKENS];
    for (int axis = 0; axis < 3; axis++) {
      System.arraycopy(positions[axis], 0, flat, axis * TOKENS, TOKENS);
    }
    return new LinkedHashMap<>(
        Map.of(
            "inputs_embeds",
            prompt.get("inputs_embeds"),
            "position_ids",
            Tensor.ofLongs(Shape.of(3, 1, TOKENS), flat)));
  }

  /** Tokens [from, to) of a prompt; its cache is that of the results of the tokens before. */
  private static Map<String, Tensor> part(
      Map<String, Tensor> prompt, int from, int to, Map<String, Tensor> earlier) {
    Map<String, Tensor> part = new LinkedHashMap<>();
    part.put("inputs_embeds", TinyModel.tokens(prompt.get("inputs_embeds"), 1, from, to));
    long[] positions = new long[3 * (to - from)];
    for (int i = 0; i < positions.length; i++) {
      int axis = i / (to - from);
      long at = (long) axis * TOKENS + from + i % (to - from);
      positions[i] = prompt.get("position_ids").getLong(at);
    }
    part.put("position_ids", Tensor.ofLongs(Shape.of(3, 1, to - from), positions));
    earlier.forEach(
        (stage, tensor) -> {
          if (stage.startsWith("kv.")) {
            part.put("past." + stage.substring(3), tensor);
          }
        });
    return part;
  }

  @ParameterizedTest
  @EnumSource
  void twoCallsWithACacheEqualOne(Casts casts) {
    Map<String, Tensor> prompt = positioned(5);
    Map<String, Tensor> whole = TinyModel.run(casts, prompt);
    for (int cut : new int[] {1, 7, TOKENS - 1}) {
      Map<String, Tensor> first = TinyModel.run(casts, part(prompt, 0, cut, Map.of()));
      Map<String, Tensor> second = TinyModel.run(casts, part(prompt, cut, TOKENS, first));
      whole.forEach(
          (stage, tensor) -> {
            String what = casts + " cut at " + cut + " " + stage;
            int axis = TinyModel.tokenAxis(stage);
            boolean cached = stage.startsWith("kv.");
            TinyModel.assertSame(
                TinyModel.tokens(tensor, axis, 0, cut), first.get(stage), what + " first");
            TinyModel.assertSame(
                TinyModel.tokens(tensor, axis, cached ? 0 : cut, TOKENS),
                second.get(stage),
                what + " second");
          });
    }
  }

  @ParameterizedTest
  @EnumSource
  void chunksOfAnySizeEqualTheWholePrompt(Casts casts) {
    Map<String, Tensor> prompt = TinyModel.prompt(6, TOKENS, 1);
    Map<String, Tensor> whole = TinyModel.run(casts, prompt);
    for (int chunk : new int[] {1, 3, 5, TOKENS, TOKENS + 1, Integer.MAX_VALUE}) {
      CacheOptions options = new CacheOptions(Optional.of(chunk), Optional.empty());
      TinyModel.assertSame(whole, TinyModel.run(casts, prompt, options), casts + " " + chunk);
    }
  }

  @Test
  void aChunkHasAtLeastOneQuery() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new CacheOptions(Optional.of(0), Optional.empty()));
    assertEquals("chunk must be at least 1, not 0", e.getMessage());
  }

  @ParameterizedTest
  @EnumSource
  void paddingOnTheLeftChangesNoRealRow(Casts casts) {
    int pad = 3;
    Map<String, Tensor> prompt = TinyModel.prompt(7, TOKENS, 2);
    Map<String, Tensor> padded = new LinkedHashMap<>(prompt);
    int h = TinyModel.CONFIG.hiddenSize();
    TensorBuilder embeds = new TensorBuilder(DType.F32, Shape.of(1, pad + TOKENS, h));
    embeds.copy(0, TinyModel.random(70, pad, h), 0, (long) pad * h);
    embeds.copy((long) pad * h, prompt.get("inputs_embeds"), 0, (long) TOKENS * h);
    padded.put("inputs_embeds", embeds.build());
    padded.put("input_ids", shifted(prompt.get("input_ids"), pad));
    padded.put("visual_mask", shifted(prompt.get("visual_mask"), pad));
    long[] ones = new long[TOKENS];
    java.util.Arrays.fill(ones, 1);
    padded.put("attention_mask", shifted(Tensor.ofLongs(Shape.of(1, TOKENS), ones), pad));
    Map<String, Tensor> expected = TinyModel.run(casts, prompt);
    Map<String, Tensor> actual = TinyModel.run(casts, padded);
    expected.forEach(
        (stage, tensor) ->
            TinyModel.assertSame(
                tensor,
                TinyModel.tokens(actual.get(stage), TinyModel.tokenAxis(stage), pad, pad + TOKENS),
                casts + " " + stage));
  }

  private static Tensor shifted(Tensor row, int by) {
    long[] values = new long[(int) row.elements() + by];
    for (int i = by; i < values.length; i++) {
      values[i] = row.getLong(i - by);
    }
    return Tensor.ofLongs(Shape.of(1, values.length), values);
  }

  @ParameterizedTest
  @EnumSource
  void aBatchOfTwoEqualsTwoRuns(Casts casts) {
    List<Map<String, Tensor>> prompts =
        List.of(TinyModel.prompt(8, TOKENS, 1), TinyModel.prompt(9, TOKENS, 1));
    Map<String, Tensor> both = new LinkedHashMap<>();
    for (String name : List.of("inputs_embeds", "input_ids", "visual_mask")) {
      both.put(name, joined(prompts, name));
    }
    both.put("image_grid_thw", Tensor.ofLongs(Shape.of(2, 3), 1, 4, 6, 1, 4, 6));
    both.put("deepstack.0", joined(prompts, "deepstack.0"));
    Map<String, Tensor> actual = TinyModel.run(casts, both);
    for (int b = 0; b < 2; b++) {
      int row = b;
      TinyModel.run(casts, prompts.get(b))
          .forEach(
              (stage, tensor) ->
                  TinyModel.assertSame(
                      tensor, actual.get(stage).rows(row, row + 1), casts + " " + stage));
    }
  }

  private static Tensor joined(List<Map<String, Tensor>> prompts, String name) {
    Tensor a = prompts.get(0).get(name);
    Tensor b = prompts.get(1).get(name);
    long[] dims = a.shape().dims();
    dims[0] *= 2;
    if (!a.dtype().isFloat()) {
      long[] values = new long[2 * (int) a.elements()];
      for (int i = 0; i < values.length / 2; i++) {
        values[i] = a.getLong(i);
        values[values.length / 2 + i] = b.getLong(i);
      }
      return Tensor.ofLongs(Shape.of(dims), values);
    }
    TensorBuilder out = new TensorBuilder(a.dtype(), Shape.of(dims));
    out.copy(0, a, 0, a.elements());
    out.copy(a.elements(), b, 0, b.elements());
    return out.build();
  }

  @ParameterizedTest
  @EnumSource
  void anyNumberOfThreadsGivesTheSameBits(Casts casts) {
    Map<String, Tensor> prompt = TinyModel.prompt(10, TOKENS, 2);
    Map<String, Tensor> one = TinyModel.run(casts, prompt);
    for (int threads = 2; threads <= 3; threads++) {
      Map<String, Tensor> more =
          TinyModel.run(casts.recipe(), prompt, CacheOptions.FRESH, TinyModel.weights(1), threads);
      TinyModel.assertSame(one, more, casts + " with " + threads + " threads");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"inputs_embeds", "input_ids"})
  void visualEmbedsReplaceTheVisualRows(String from) {
    Map<String, Tensor> prompt = TinyModel.prompt(12, TOKENS, 0);
    Tensor features = TinyModel.random(120, 6, TinyModel.CONFIG.hiddenSize());
    prompt.put("visual_embeds", features);
    if (from.equals("input_ids")) {
      prompt.remove("inputs_embeds");
    }
    Tensor embeds = prompt.get("inputs_embeds");
    Tensor table = TinyModel.weights(1).weight("embed_tokens.weight");
    int h = TinyModel.CONFIG.hiddenSize();
    for (Casts casts : Casts.values()) {
      Tensor actual = TinyModel.run(casts, prompt).get("inputs_embeds");
      DType dtype = actual.dtype();
      for (int t = 0; t < TOKENS; t++) {
        Shape row = Shape.of(h);
        Tensor expected =
            t >= 2 && t < 8
                ? features.slice((long) (t - 2) * h, row)
                : embeds != null ? embeds.slice((long) t * h, row) : table.slice((long) t * h, row);
        String what = casts + " token " + t;
        TinyModel.assertSame(expected.cast(dtype), actual.slice((long) t * h, row), what);
      }
    }
  }

  @Test
  void embeddingsWinOverIds() {
    Map<String, Tensor> prompt = TinyModel.prompt(13, TOKENS, 0);
    Tensor actual = TinyModel.run(Casts.F32, prompt).get("inputs_embeds");
    TinyModel.assertSame(prompt.get("inputs_embeds"), actual, "inputs_embeds");
  }

  /** A loader answers {@code lm_head.weight} with the table; the last product then uses it. */
  @Test
  void theHeadMayBeTheEmbeddingTable() {
    Weights own = TinyModel.weights(1);
    Weights tied = name -> own.weight(name.equals("lm_head.weight") ? "embed_tokens.weight" : name);
    Map<String, Tensor> prompt = TinyModel.prompt(14, TOKENS, 0);
    Map<String, Tensor> results =
        TinyModel.run(Recipes.model("hf-f32"), prompt, CacheOptions.FRESH, tied, 1);
    float[] x = results.get("final_norm").toFloats();
    float[] w = own.weight("embed_tokens.weight").toFloats();
    int h = TinyModel.CONFIG.hiddenSize();
    int vocab = TinyModel.CONFIG.vocabSize();
    float[] expected = new float[TOKENS * vocab];
    for (int i = 0; i < expected.length; i++) {
      for (int k = 0; k < h; k++) {
        expected[i] = Math.fma(x[i / vocab * h + k], w[i % vocab * h + k], expected[i]);
      }
    }
    assertArrayEquals(expected, results.get("logits").toFloats());
  }

  /** Two sequences whose images differ in size: features go to rows in order of the mask. */
  @Test
  void featuresGoToTheRowsOfTheMaskInOrder() {
    Map<String, Tensor> prompt = new LinkedHashMap<>();
    int h = TinyModel.CONFIG.hiddenSize();
    prompt.put("inputs_embeds", TinyModel.random(15, 2, 3, h));
    prompt.put("position_ids", Tensor.ofLongs(Shape.of(2, 3), 0, 1, 2, 0, 1, 2));
    prompt.put(
        "visual_mask", Tensor.ofBytes(DType.BOOL, Shape.of(2, 3), new byte[] {0, 1, 0, 1, 1, 0}));
    prompt.put("deepstack.0", TinyModel.random(16, 3, h));
    Map<String, Tensor> results = TinyModel.run(Casts.F32, prompt);
    float[] before = results.get("layers.0.hidden").toFloats();
    float[] after = results.get("layers.1.input_hidden").toFloats();
    float[] features = prompt.get("deepstack.0").toFloats();
    List<Float> expected = new ArrayList<>();
    int[] feature = {-1, 0, -1, 1, 2, -1};
    for (int i = 0; i < before.length; i++) {
      int row = feature[i / h];
      expected.add(row < 0 ? before[i] : before[i] + features[row * h + i % h]);
    }
    List<Float> actual = new ArrayList<>();
    for (float x : after) {
      actual.add(x);
    }
    assertEquals(expected, actual);
  }
}

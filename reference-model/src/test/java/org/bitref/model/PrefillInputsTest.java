package org.bitref.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What a prefill's inputs may look like, and the messages for the rest. */
final class PrefillInputsTest {
  private static final int H = TinyModel.CONFIG.hiddenSize();

  /** Embeddings of {@code batch} sequences of {@code tokens} tokens, with positions. */
  static Map<String, Tensor> prompt(int batch, int tokens) {
    Map<String, Tensor> prompt = new LinkedHashMap<>();
    prompt.put("inputs_embeds", TinyModel.random(1, batch, tokens, H));
    prompt.put("position_ids", counting(3, batch, tokens));
    return prompt;
  }

  /** An I64 tensor of 0, 1, 2 and so on. */
  static Tensor counting(long... dims) {
    long[] values = new long[(int) Shape.of(dims).elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return Tensor.ofLongs(Shape.of(dims), values);
  }

  static PrefillInputs read(Map<String, Tensor> prompt) {
    return PrefillInputs.read(TinyModel.source(prompt), TinyModel.CONFIG);
  }

  static void assertRefused(String tensor, String rest, Map<String, Tensor> prompt) {
    BadInputException e = assertThrows(BadInputException.class, () -> read(prompt));
    assertEquals("prompt: tensor \"" + tensor + "\": " + rest, e.getMessage());
  }

  static Map<String, Tensor> with(Map<String, Tensor> prompt, String name, Tensor tensor) {
    Map<String, Tensor> more = new LinkedHashMap<>(prompt);
    more.put(name, tensor);
    return more;
  }

  static final String CHECK = " is expected. Check that the file belongs to this model and prompt.";

  @Test
  void embeddingsOrIdsAreNeeded() {
    assertRefused(
        "inputs_embeds", "is missing, and so is input_ids. Give one of the two.", Map.of());
    assertRefused(
        "inputs_embeds",
        "has shape [5, 32]. It must be [B, S, hidden].",
        Map.of("inputs_embeds", TinyModel.random(1, 5, H)));
    assertRefused(
        "input_ids", "has shape [5]. It must be [B, S].", Map.of("input_ids", counting(5)));
    assertRefused(
        "input_ids",
        "has shape [1, 0] and so no token. Give at least one token.",
        Map.of("input_ids", counting(1, 0)));
    assertRefused(
        "inputs_embeds",
        "has shape [0, 5, 32] and so no token. Give at least one token.",
        Map.of("inputs_embeds", TinyModel.random(1, 0, 5, H)));
    assertRefused(
        "inputs_embeds",
        "has shape [1, 5, 31] where [1, 5, 32]" + CHECK,
        with(prompt(1, 5), "inputs_embeds", TinyModel.random(1, 1, 5, 31)));
    assertRefused(
        "inputs_embeds",
        "has dtype I64. It must have a floating-point type.",
        with(prompt(1, 5), "inputs_embeds", counting(1, 5, H)));
  }

  @Test
  void idsLieInTheVocabulary() {
    String advice = "Give inputs_embeds instead, or ids of this model's tokenizer.";
    for (long bad : new long[] {50, -1}) {
      assertRefused(
          "input_ids",
          "holds " + bad + " at element 2, outside the vocabulary of 50. " + advice,
          Map.of("input_ids", Tensor.ofLongs(Shape.of(1, 3), 0, 49, bad)));
    }
    assertRefused(
        "input_ids",
        "has dtype F32. It must have an integer type such as I64.",
        Map.of("input_ids", TinyModel.random(1, 1, 3)));
    assertRefused(
        "input_ids",
        "has shape [1, 4] where [1, 3]" + CHECK,
        with(prompt(1, 3), "input_ids", counting(1, 4)));
  }

  /** Beside embeddings, ids are not looked up. */
  @Test
  void idsBesideEmbeddingsMayLieAnywhere() {
    Tensor ids = Tensor.ofLongs(Shape.of(1, 3), 50, 151655, -200);
    PrefillInputs inputs = read(with(prompt(1, 3), "input_ids", ids));
    assertTrue(inputs.find("inputs_embeds").isPresent());
    assertTrue(inputs.find("input_ids").isPresent());
  }

  @Test
  void numbersThatAreNoneAreTaken() {
    float[] values = new float[H];
    java.util.Arrays.fill(values, Float.NaN);
    values[1] = Float.POSITIVE_INFINITY;
    Tensor embeds = Tensor.ofFloats(Shape.of(1, 1, H), values);
    PrefillInputs inputs = read(with(prompt(1, 1), "inputs_embeds", embeds));
    assertTrue(Double.isNaN(inputs.find("inputs_embeds").orElseThrow().get(0)));
  }

  @Test
  void rotaryTablesComeTogetherAndForEveryToken() {
    int d = TinyModel.CONFIG.headDim();
    Tensor table = TinyModel.random(1, 4, d);
    Map<String, Tensor> prompt = with(prompt(1, 4), "cos", table);
    assertRefused("sin", "is missing beside the other rotary table. Give both, or none.", prompt);
    prompt.put("sin", TinyModel.random(2, 1, 4, d));
    assertEquals(Shape.of(1, 4, d), read(prompt).find("cos").orElseThrow().shape());
    assertTrue(prompt.get("sin").isSame(read(prompt).find("sin").orElseThrow()));
    prompt.remove("position_ids");
    assertEquals(0, read(prompt).positions()[2][3]);
    String expected = " is expected. It must be [B, S, head_dim], or [S, head_dim] where B = 1.";
    assertRefused(
        "cos",
        "has shape [4, 4] where [1, 4, 8]" + expected,
        with(prompt, "cos", TinyModel.random(1, 4, d / 2)));
    Map<String, Tensor> two = with(with(prompt(2, 4), "cos", table), "sin", table);
    assertRefused("cos", "has shape [4, 8] where [2, 4, 8]" + expected, two);
  }

  @Test
  void visualsNeedAMaskAndARowEach() {
    Map<String, Tensor> prompt = prompt(1, 4);
    for (String name : new String[] {"visual_embeds", "deepstack.0"}) {
      assertRefused(
          name,
          "is given without visual_mask. Add visual_mask [B, S] to the inputs.",
          with(prompt, name, TinyModel.random(1, 2, H)));
    }
    prompt.put("visual_mask", Tensor.ofBytes(DType.BOOL, Shape.of(1, 4), new byte[] {0, 1, 1, 0}));
    assertArrayEquals(new boolean[] {false, true, true, false}, read(prompt).visualMask());
    for (String name : new String[] {"visual_embeds", "deepstack.0"}) {
      assertRefused(
          name,
          "has shape [3, 32] where [2, 32]" + CHECK,
          with(prompt, name, TinyModel.random(1, 3, H)));
    }
    prompt.put("deepstack.0", TinyModel.random(1, 2, H));
    prompt.put("deepstack.1", TinyModel.random(1, 2, H));
    assertEquals(2, read(prompt).features());
    assertEquals(Shape.of(1, 4, H), shape(read(prompt), StageId.layer(2, "input_hidden")));
    assertRefused(
        "deepstack.2",
        "is missing, but there is deepstack.10. Number the features from 0 on.",
        with(prompt, "deepstack.10", TinyModel.random(1, 2, H)));
    assertRefused(
        "visual_mask",
        "has shape [4] where [1, 4]" + CHECK,
        with(prompt, "visual_mask", counting(4)));
    assertRefused(
        "visual_mask",
        "has dtype F32. It must have an integer type such as I64.",
        with(prompt, "visual_mask", TinyModel.random(1, 1, 4)));
  }

  static Map<String, Tensor> cached(Map<String, Tensor> prompt, long... dims) {
    Map<String, Tensor> more = new LinkedHashMap<>(prompt);
    for (int i = 0; i < TinyModel.CONFIG.layers(); i++) {
      more.put("past." + i + ".k", TinyModel.random(i, dims));
      more.put("past." + i + ".v", TinyModel.random(i + 9, dims));
    }
    return more;
  }

  @Test
  void aCacheHoldsEveryLayer() {
    Map<String, Tensor> prompt = cached(prompt(2, 3), 2, 2, 4, 8);
    PrefillInputs inputs = read(prompt);
    assertEquals(4, inputs.extent().past());
    assertEquals(
        4, inputs.given().keySet().stream().filter(name -> name.startsWith("past.")).count());
    TinyModel.assertSame(prompt.get("past.1.v"), inputs.find("past.1.v").orElseThrow(), "past.1.v");
    assertEquals(Shape.of(2, 2, 7, 8), shape(inputs, StageId.cache(1, "v")));
    for (String name : new String[] {"past.0.k", "past.0.v", "past.1.k", "past.1.v"}) {
      Map<String, Tensor> less = new LinkedHashMap<>(prompt);
      less.remove(name);
      assertRefused(name, "is missing. Give keys and values of every layer, or none.", less);
      assertRefused(
          name,
          "has dtype I64. It must have a floating-point type.",
          with(prompt, name, counting(2, 2, 4, 8)));
    }
    assertRefused(
        "past.1.k",
        "has shape [2, 2, 5, 8] where [2, 2, 4, 8]" + CHECK,
        with(prompt, "past.1.k", TinyModel.random(1, 2, 2, 5, 8)));
    assertRefused(
        "past.0.k",
        "has shape [2, 4, 4, 8] where [2, 2, 4, 8]" + CHECK,
        cached(prompt, 2, 4, 4, 8));
    assertRefused(
        "past.0.k", "has shape [2, 4, 8] where [2, 2, 0, 8]" + CHECK, cached(prompt, 2, 4, 8));
    assertEquals(0, read(cached(prompt(2, 3), 2, 2, 0, 8)).extent().past());
  }

  @Test
  void anAttentionMaskCoversTheNewTokensOrAll() {
    Map<String, Tensor> prompt = cached(prompt(2, 3), 2, 2, 2, 8);
    assertEquals(Optional.empty(), read(prompt).attentionMask());
    Tensor fresh = Tensor.ofLongs(Shape.of(2, 3), 0, 1, 1, 1, 1, 5);
    assertArrayEquals(
        new boolean[] {true, true, false, true, true, true, true, true, true, true},
        read(with(prompt, "attention_mask", fresh)).attentionMask().orElseThrow());
    Tensor whole = Tensor.ofLongs(Shape.of(2, 5), 0, 0, 1, 1, 1, 0, 1, 1, 1, 0);
    assertArrayEquals(
        new boolean[] {false, false, true, true, true, false, true, true, true, false},
        read(with(prompt, "attention_mask", whole)).attentionMask().orElseThrow());
    assertRefused(
        "attention_mask",
        "has shape [2, 4] where [2, 3]" + CHECK,
        with(prompt, "attention_mask", counting(2, 4)));
    assertRefused(
        "attention_mask",
        "has shape [2, 1, 1, 3] where [2, 3]" + CHECK,
        with(prompt, "attention_mask", counting(2, 1, 1, 3)));
    assertRefused(
        "attention_mask",
        "has dtype F32. It must have an integer type such as I64.",
        with(prompt, "attention_mask", TinyModel.random(1, 2, 3)));
  }

  private static Shape shape(PrefillInputs inputs, StageId stage) {
    return inputs.shape(inputs.plan().stage(stage));
  }
}

package org.bitref.loaders.hf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bitref.kernel.row.Frequencies;
import org.bitref.loaders.Refusal;
import org.bitref.loaders.Samples;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.model.ModelConfig;
import org.bitref.model.ModelConfig.VisionTokens;
import org.bitref.model.Qwen3Vl;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointTest {
  @TempDir Path folder;

  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private boolean tied;

  private Tensor put(String name, long... dims) {
    Tensor tensor = Samples.tensor(DType.BF16, Shape.of(dims), new Random(name.hashCode()));
    tensors.put(name, tensor);
    return tensor;
  }

  /** The tensors of HfConfigTest.SMALL, with 650 rows of vocabulary. */
  private void textModel(String prefix) {
    put(prefix + "embed_tokens.weight", 650, 16);
    put(prefix + "norm.weight", 16);
    for (int i = 0; i < 2; i++) {
      String layer = prefix + "layers." + i + ".";
      put(layer + "input_layernorm.weight", 16);
      put(layer + "self_attn.q_proj.weight", 48, 16);
      put(layer + "self_attn.k_proj.weight", 24, 16);
      put(layer + "self_attn.v_proj.weight", 24, 16);
      put(layer + "self_attn.q_norm.weight", 12);
      put(layer + "self_attn.k_norm.weight", 12);
      put(layer + "self_attn.o_proj.weight", 16, 48);
      put(layer + "post_attention_layernorm.weight", 16);
      put(layer + "mlp.gate_proj.weight", 24, 16);
      put(layer + "mlp.up_proj.weight", 24, 16);
      put(layer + "mlp.down_proj.weight", 16, 24);
    }
  }

  private void usual() {
    textModel("model.language_model.");
    put("lm_head.weight", 650, 16);
  }

  private Checkpoint open() {
    ModelConfig config =
        new ModelConfig(
            new Qwen3Vl(),
            640,
            16,
            2,
            4,
            2,
            12,
            24,
            1e-6,
            Frequencies.interleaved(5e6, List.of(2, 3, 1)),
            tied,
            VisionTokens.QWEN3_VL);
    return Checkpoint.of(TensorSource.of("m", tensors), config);
  }

  private void refused(String... parts) {
    Refusal.expect(this::open, parts);
  }

  @ParameterizedTest
  @CsvSource({
    "model.language_model., lm_head.weight",
    "model., lm_head.weight",
    "language_model.model., language_model.lm_head.weight",
    "text_model., lm_head.weight",
    "llm., llm.lm_head.weight",
    "vlm.model.language_model., vlm.lm_head.weight",
    "reasoning_vla.vlm.model.language_model., reasoning_vla.vlm.lm_head.weight",
    "'', lm_head.weight",
  })
  void prefixes(String prefix, String lmHead) {
    textModel(prefix);
    Tensor head = put(lmHead, 650, 16);
    put("visual.blocks.0.attn.qkv.weight", 3);
    put("expert.layers.0.self_attn.q_norm.weight", 3);
    Checkpoint checkpoint = open();
    assertEquals(prefix, checkpoint.prefix());
    assertEquals(2, checkpoint.ignoredTensors());
    assertEquals(650, checkpoint.config().vocabSize());
    assertTrue(Samples.same(head, checkpoint.weight("lm_head.weight")));
    assertTrue(
        Samples.same(
            tensors.get(prefix + "layers.1.mlp.up_proj.weight"),
            checkpoint.weight("layers.1.mlp.up_proj.weight")));
  }

  @Test
  void theNearestHeadCounts() {
    textModel("vlm.model.language_model.");
    put("lm_head.weight", 5, 5);
    Tensor near = put("vlm.lm_head.weight", 650, 16);
    Checkpoint checkpoint = open();
    assertTrue(Samples.same(near, checkpoint.weight("lm_head.weight")));
    assertEquals(1, checkpoint.ignoredTensors());
  }

  @Test
  void tiedHead() {
    textModel("model.");
    refused("m: lm_head.weight is missing");
    tied = true;
    Tensor table = tensors.get("model.embed_tokens.weight");
    assertTrue(Samples.same(table, open().weight("lm_head.weight")));
    tensors.put("lm_head.weight", table);
    assertTrue(Samples.same(table, open().weight("lm_head.weight")));
    put("lm_head.weight", 650, 16);
    Checkpoint differing = open();
    Refusal.expect(
        () -> differing.weight("lm_head.weight"),
        "\"lm_head.weight\" differs from \"model.embed_tokens.weight\", but the config ties them");
  }

  @Test
  void headOfAnotherVocabulary() {
    usual();
    put("lm_head.weight", 640, 16);
    refused("tensor \"lm_head.weight\": has shape [640, 16]; the config makes it [650, 16]");
  }

  @Test
  void twoTextModels() {
    usual();
    textModel("draft.");
    refused("holds 2 text models, under the prefixes \"model.language_model.\" and \"draft.\"");
  }

  @Test
  void noTextModel() {
    put("model.embed_tokens.weight", 4, 4);
    put("xembed_tokens.weight", 4, 4);
    put("layers.0.self_attn.q_norm.weight", 4);
    refused("m: no text model");
  }

  @Test
  void missingTensor() {
    usual();
    tensors.remove("model.language_model.layers.1.mlp.up_proj.weight");
    refused(
        "m: tensor \"model.language_model.layers.1.mlp.up_proj.weight\" is missing",
        "The config says 2 layers");
  }

  @Test
  void wrongShape() {
    usual();
    put("model.language_model.layers.1.self_attn.k_proj.weight", 16, 24);
    refused(
        "m: tensor \"model.language_model.layers.1.self_attn.k_proj.weight\": has shape [16, 24];"
            + " the config makes it [24, 16]");
  }

  @Test
  void embeddingThatIsNoTable() {
    usual();
    put("model.language_model.embed_tokens.weight", 16);
    refused("embed_tokens.weight\": has shape [16], not [vocabulary, hidden]");
  }

  @ParameterizedTest
  @CsvSource({
    "layers.2.input_layernorm.weight",
    "layers.0.self_attn.q_proj.bias",
    "layers.0.mlp.up_proj.weight_scale",
    "rotary_emb.inv_freq"
  })
  void tensorThatTheModelDoesNotHave(String name) {
    usual();
    put("model.language_model." + name, 1);
    refused(
        "tensor \"model.language_model." + name + "\": lies in the text model",
        "2 layers of type qwen3_vl_text");
  }

  @Test
  void quantisedWeight() {
    usual();
    String name = "model.language_model.layers.0.mlp.up_proj.weight";
    tensors.put(name, Samples.tensor(DType.I8, Shape.of(24, 16), new Random(1)));
    refused(name + "\": is stored as I8", "quantised checkpoints are not read");
  }

  @Test
  void folderOfConfigAndTensors() throws IOException {
    usual();
    List<TensorEntry> entries =
        tensors.entrySet().stream().map(e -> TensorEntry.of(e.getKey(), e.getValue())).toList();
    SafetensorsWriter.write(folder.resolve("model.safetensors"), Map.of(), entries, false);
    Refusal.expect(() -> Checkpoint.open(folder), "config.json", "does not exist");
    Path config = Files.writeString(folder.resolve("config.json"), HfConfigTest.SMALL);
    for (Path path : new Path[] {folder, config}) {
      try (Checkpoint checkpoint = Checkpoint.open(folder, path)) {
        assertEquals(tensors.size(), checkpoint.source().tensors().size());
        assertEquals(650, checkpoint.config().vocabSize());
        Refusal.expect(() -> checkpoint.weight("x"), "no tensor \"model.language_model.x\"");
      }
    }
  }
}

package org.bitref.loaders.hf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bitref.kernel.row.Frequencies;
import org.bitref.kernel.row.Frequencies.Axes;
import org.bitref.kernel.row.Frequencies.Linear;
import org.bitref.kernel.row.Frequencies.Llama3;
import org.bitref.kernel.row.Frequencies.Unscaled;
import org.bitref.loaders.Refusal;
import org.bitref.model.Gemma3;
import org.bitref.model.Llama;
import org.bitref.model.ModelConfig;
import org.bitref.model.Qwen25Vl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Configs as released checkpoints of other families than Qwen3-VL have them. */
final class FamilyConfigTest {
  private static final String SIZES =
      """
      "vocab_size": 640, "hidden_size": 48, "intermediate_size": 24, "num_hidden_layers": 3,
      "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-05\
      """;
  private static final String LLAMA =
      """
      {"model_type": "llama", %s, "hidden_act": "silu", "attention_bias": false, "mlp_bias": false,
      "pretraining_tp": 1, "tie_word_embeddings": false, "rope_theta": 500000.0, "rope_scaling":
      {"factor": 8.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
      "original_max_position_embeddings": 8192, "rope_type": "llama3"}}\
      """
          .formatted(SIZES);
  private static final String QWEN =
      """
      {"model_type": "qwen2_5_vl", %s, "hidden_act": "silu", "rope_theta": 1000000.0,
      "use_sliding_window": false, "sliding_window": 32768, "vision_config":
      {"spatial_merge_size": 2}, "rope_scaling": {"type": "mrope", "mrope_section": [2, 2, 2]}}\
      """
          .formatted(SIZES);
  private static final String GEMMA =
      """
      {"model_type": "gemma3", "text_config": {"hidden_size": 2560, "intermediate_size": 10240,
      "model_type": "gemma3_text", "num_hidden_layers": 34, "rope_scaling": {"factor": 8.0,
      "rope_type": "linear"}, "sliding_window": 1024}, "vision_config": {"hidden_size": 1152}}\
      """;

  @TempDir Path folder;

  private ModelConfig read(String json) throws IOException {
    return HfConfig.read(Files.writeString(folder.resolve("config.json"), json)).model();
  }

  @Test
  void llamaWithScaledFrequencies() throws IOException {
    ModelConfig config = read(LLAMA);
    assertEquals(new Llama(), config.family());
    assertEquals(12, config.headDim());
    assertEquals(Frequencies.ofText(5e5, 12, new Llama3(8, 1, 4, 8192)), config.rope());
    assertEquals(2, config.kvHeads());
    assertEquals(4, read(LLAMA.replace("\"num_key_value_heads\": 2, ", "")).kvHeads());
  }

  @Test
  void flatQwenWithSectionsInBlocks() throws IOException {
    ModelConfig config = read(QWEN);
    assertEquals(new Qwen25Vl(), config.family());
    assertEquals(
        new Frequencies(1e6, List.of(2, 2, 2), Axes.BLOCKS, new Unscaled()), config.rope());
  }

  /** As the config of 4 billion parameters is released: most sizes are left out. */
  @Test
  void gemmaWithTheDefaultsOfItsClass() throws IOException {
    ModelConfig config = read(GEMMA);
    assertEquals(new Gemma3(1024, 6, 256, 1e4), config.family());
    assertEquals(Frequencies.ofText(1e6, 256, new Linear(8)), config.rope());
    assertEquals(8, config.heads());
    assertEquals(4, config.kvHeads());
    assertEquals(262_208, config.vocabSize());
    assertTrue(config.tieWordEmbeddings());
  }

  @Test
  void gemmaAsTransformers5WritesIt() throws IOException {
    String five =
        GEMMA.replace(
            "\"rope_scaling\": {\"factor\": 8.0,\n\"rope_type\": \"linear\"}",
            "\"rope_parameters\": {\"full_attention\": {\"rope_type\": \"linear\","
                + " \"factor\": 8.0, \"rope_theta\": 1000000.0}, \"sliding_attention\":"
                + " {\"rope_type\": \"default\", \"rope_theta\": 10000.0}}");
    assertTrue(five.contains("rope_parameters"), five);
    assertEquals(read(GEMMA), read(five));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"mlp_bias\": false | \"mlp_bias\": true | mlp_bias is true",
        "\"llama3\"}} | \"yarn\"}} | rope_type is \"yarn\", not \"default\", \"linear\" or",
        "\"pretraining_tp\": 1 | \"attn_logit_softcapping\": 50.0 | attn_logit_softcapping is"
            + " given",
        "\"pretraining_tp\": 1 | \"residual_multiplier\": 0.5 | residual_multiplier is not 1",
        "\"pretraining_tp\": 1 | \"layer_types\": [\"sliding_attention\"] | layer_types holds",
        "\"high_freq_factor\": 4.0, | '' | high_freq_factor is missing",
        "\"llama\" | \"mistral\" | model_type is \"mistral\"",
      })
  void whatLlamaDoesNotCompute(String old, String other, String problem) throws IOException {
    changed(LLAMA, old, other, problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1024}, | 1024, \"final_logit_softcapping\": 30.0}, | final_logit_softcapping is given",
        "1024}, | 1024, \"use_bidirectional_attention\": true}, | use_bidirectional_attention",
        "1024}, | 1024, \"hidden_activation\": \"gelu\"}, | hidden_activation is \"gelu\"",
        "1024}, | 1024, \"layer_types\": [\"full_attention\"]}, | layer_types are not those of",
      })
  void whatGemmaDoesNotCompute(String old, String other, String problem) throws IOException {
    changed(GEMMA, old, other, problem);
  }

  private void changed(String config, String old, String other, String problem) throws IOException {
    assertTrue(config.contains(old), old);
    Files.writeString(folder.resolve("config.json"), config.replace(old, other));
    Refusal.expect(() -> HfConfig.read(folder), problem);
  }

  @Test
  void otherSectionsOfQwenAreRefused() throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        QWEN.replace("\"type\"", "\"mrope_interleaved\": true, \"type\""));
    Refusal.expect(() -> HfConfig.read(folder), "mrope_interleaved is true");
  }
}

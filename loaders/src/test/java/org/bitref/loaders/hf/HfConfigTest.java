package org.bitref.loaders.hf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.bitref.kernel.row.Frequencies;
import org.bitref.loaders.Refusal;
import org.bitref.model.ModelConfig;
import org.bitref.model.ModelConfig.VisionTokens;
import org.bitref.model.Qwen3;
import org.bitref.model.Qwen3Vl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HfConfigTest {
  private static final String GEOMETRY =
      """
      "vocab_size": 640, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
      "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 12, "rms_norm_eps": 1e-06,
      "hidden_act": "silu", "attention_bias": false\
      """;
  private static final String ROPE_4 =
      """
      "rope_theta": 5000000, "rope_scaling":
      {"rope_type": "default", "mrope_section": [2, 3, 1], "mrope_interleaved": true}\
      """;
  private static final String ROPE_5 =
      """
      "rope_parameters": {"rope_theta": 5000000.0, "rope_type": "default",
      "mrope_section": [2, 3, 1], "mrope_interleaved": true}\
      """;

  /** A nested config of a model with two layers, hidden size 16, 4 heads, 2 KV heads of 12. */
  static final String SMALL =
      """
      {"model_type": "qwen3_vl", "tie_word_embeddings": false, "image_token_id": 7,
      "vision_config": {"spatial_merge_size": 3}, "text_config": {"dtype": "bfloat16",
      %s, %s}}\
      """
          .formatted(GEOMETRY, ROPE_4);

  @TempDir Path folder;

  private HfConfig read(String json) throws IOException {
    return HfConfig.read(Files.writeString(folder.resolve("config.json"), json));
  }

  private void refused(String json, String... parts) throws IOException {
    Path file = Files.writeString(folder.resolve("config.json"), json);
    Refusal.expect(() -> HfConfig.read(folder), parts);
    Refusal.expect(() -> HfConfig.read(file), file.toString());
  }

  /** The small config with one text replaced, which must be in it. */
  private static String with(String old, String replacement) {
    assertTrue(SMALL.contains(old), old);
    return SMALL.replace(old, replacement);
  }

  @Test
  void nestedAsOfTransformers4() throws IOException {
    HfConfig config = read(SMALL);
    ModelConfig expected =
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
            false,
            new VisionTokens(7, 151656, 151652, 151653, 3));
    assertEquals(new HfConfig(expected, Optional.of("bfloat16")), config);
    assertEquals(config, HfConfig.read(folder));
  }

  @Test
  void nestedAsOfTransformers5() throws IOException {
    assertEquals(read(SMALL), read(with(ROPE_4, ROPE_5)));
  }

  @Test
  void flatTextModel() throws IOException {
    String flat =
        "{\"torch_dtype\": \"float16\", \"tie_word_embeddings\": true, %s, %s}"
            .formatted(GEOMETRY, ROPE_5);
    HfConfig config = read(flat);
    assertEquals(Optional.of("float16"), config.storage());
    assertTrue(config.model().tieWordEmbeddings());
    assertEquals(VisionTokens.QWEN3_VL, config.model().tokens());
  }

  @Test
  void denseTextModelHasPositionsOfOneAxis() throws IOException {
    String dense = "{\"model_type\": \"qwen3\", %s, \"rope_theta\": 1e6}".formatted(GEOMETRY);
    ModelConfig config = read(dense).model();
    assertEquals(new Qwen3(), config.family());
    assertEquals(List.of(6, 0, 0), config.rope().section());
    assertEquals(VisionTokens.NONE, config.tokens());
  }

  @Test
  void textConfigDecidesAboutTying() throws IOException {
    assertTrue(
        read(with("\"text_config\": {", "\"text_config\": {\"tie_word_embeddings\": true, "))
            .model()
            .tieWordEmbeddings());
    assertFalse(read(SMALL).model().tieWordEmbeddings());
    assertTrue(
        read(with("\"tie_word_embeddings\": false, ", "")).model().tieWordEmbeddings(),
        "transformers ties unless told otherwise");
  }

  @Test
  void usualSectionWhereTheFileHasNone() throws IOException {
    String plain =
        with("\"head_dim\": 12", "\"head_dim\": 128").replace(ROPE_4, "\"rope_theta\":1e6");
    assertEquals(List.of(24, 20, 20), read(plain).model().rope().section());
    refused(with(ROPE_4, "\"rope_theta\":1e6"), "text_config.mrope_section is [24, 20, 20]");
  }

  @Test
  void nullIsAbsent() throws IOException {
    String rope = "\"rope_scaling\": null, " + ROPE_5;
    assertEquals(read(SMALL), read(with(ROPE_4, rope)));
    refused(with("\"head_dim\": 12", "\"head_dim\": null"), "text_config.head_dim is missing");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vocab_size",
        "hidden_size",
        "intermediate_size",
        "num_hidden_layers",
        "num_attention_heads",
        "num_key_value_heads",
        "head_dim",
        "rms_norm_eps"
      })
  void missingField(String field) throws IOException {
    refused(with("\"" + field + "\"", "\"x\""), "text_config." + field + " is missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"head_dim\": 12 | \"head_dim\": \"12\" | text_config.head_dim is not a number",
        "\"head_dim\": 12 | \"head_dim\": 12.5 | not a whole number from 0 to 2^31-1: 12.5",
        "\"head_dim\": 12 | \"head_dim\": -12 | not a whole number from 0 to 2^31-1: -12",
        "\"head_dim\": 12 | \"head_dim\": 4294967296 | not a whole number from 0 to 2^31-1",
        "\"head_dim\": 12 | \"head_dim\": 0 | text_config.head_dim is 0",
        "\"head_dim\": 12 | \"head_dim\": 13 | text_config.head_dim is odd: 13",
        "\"head_dim\": 12 | \"head_dim\": 2000000000 | exceeds 2^31-1",
        "1e-06 | true | text_config.rms_norm_eps is not a number",
        "1e-06 | 0 | text_config.rms_norm_eps is not positive",
        "1e-06 | 1e999 | text_config.rms_norm_eps is too large for a double",
        "\"silu\" | \"gelu\" | text_config.hidden_act is \"gelu\", not \"silu\"",
        "\"silu\" | 1 | text_config.hidden_act is not a string",
        "\"attention_bias\": false | \"attention_bias\": true | attention_bias is true",
        "\"attention_bias\": false | \"attention_bias\": 0 | attention_bias is not true or false",
        "\"attention_bias\": false | \"use_sliding_window\": true | use_sliding_window is true",
        "\"num_key_value_heads\": 2 | \"num_key_value_heads\": 3 | 4, which num_key_value_heads 3",
        "\"default\" | \"yarn\" | text_config.rope_scaling.rope_type is \"yarn\", not \"default\"",
        "\"rope_type\": \"default\" | \"type\": \"linear\" | rope_scaling.type is \"linear\"",
        "\"mrope_interleaved\": true | \"mrope_interleaved\": false | mrope_interleaved is false",
        "\"rope_type\" | \"partial_rotary_factor\": 0.5, \"rope_type\" | partial_rotary_factor",
        "\"rope_theta\": 5000000 | \"x\": 1 | text_config.rope_theta (or"
            + " rope_parameters.rope_theta)",
        "\"rope_theta\": 5000000 | \"rope_theta\": -1 | text_config.rope_theta is not positive",
        "[2, 3, 1] | [2, 3, 2] | mrope_section is [2, 3, 2]; it needs three lengths that add up to",
        "[2, 3, 1] | [3, 3] | mrope_section is [3, 3]",
        "[2, 3, 1] | [1, 1, 1, 3] | mrope_section is 4 numbers",
        "[2, 3, 1] | {} | text_config.rope_scaling.mrope_section is not a JSON array",
        "[2, 3, 1] | [2, \"3\", 1] | holds something other than numbers",
        "\"spatial_merge_size\": 3 | \"spatial_merge_size\": 0 | vision_config.spatial_merge_size"
            + " is 0",
        "\"model_type\" | \"image_token_id\" | the name \"image_token_id\" stands twice",
      })
  void whatTheModelDoesNotCompute(String old, String replacement, String problem)
      throws IOException {
    refused(with(old, replacement), problem);
  }

  @Test
  void wrapperWithoutTextConfig() throws IOException {
    refused(
        "{\"model_type\": \"alpamayo_r1\", \"vlm_name_or_path\": \"Qwen/Qwen3-VL-8B-Instruct\"}",
        "text_config is missing",
        "pass the config.json of its vision-language model",
        "\"Qwen/Qwen3-VL-8B-Instruct\"");
    refused("{}", "text_config is missing");
    refused("{\"text_config\": 1}", "text_config is not a JSON object");
  }

  @Test
  void noConfig() {
    Refusal.expect(
        () -> HfConfig.read(folder), folder.resolve("config.json").toString(), "does not exist");
  }

  @Test
  void notJson() throws IOException {
    refused("[]", "the text is not a JSON object");
    refused("{\"text_config\": {\"head_dim\": NaN}}", "not valid JSON at its character");
  }

  @Test
  void hugeFile() throws IOException {
    Path file = folder.resolve("config.json");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1L << 32);
    }
    Refusal.expect(() -> HfConfig.read(folder), "has 4294967296 bytes");
  }
}

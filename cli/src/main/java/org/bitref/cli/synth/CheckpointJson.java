package org.bitref.cli.synth;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.TextFile;
import org.bitref.model.ModelConfig;

/** The two JSON files of a checkpoint, as transformers 4.57 writes them. */
final class CheckpointJson {
  private CheckpointJson() {}

  static void write(Path folder, ModelConfig config, long bytes, Map<String, String> weightMap) {
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("metadata", Map.of("total_size", bytes));
    index.put("weight_map", weightMap);
    TextFile.write(folder.resolve("model.safetensors.index.json"), Json.text(index), false);
    TextFile.write(folder.resolve("config.json"), Json.text(config(config)), false);
  }

  private static Map<String, Object> config(ModelConfig config) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("architectures", List.of("Qwen3VLForConditionalGeneration"));
    root.put("model_type", "qwen3_vl");
    root.put("image_token_id", config.tokens().image());
    root.put("video_token_id", config.tokens().video());
    root.put("vision_start_token_id", config.tokens().visionStart());
    root.put("vision_end_token_id", config.tokens().visionEnd());
    root.put("tie_word_embeddings", config.tieWordEmbeddings());
    root.put("text_config", text(config));
    Map<String, Object> vision = new LinkedHashMap<>();
    vision.put("model_type", "qwen3_vl");
    vision.put("out_hidden_size", config.hiddenSize());
    vision.put("spatial_merge_size", config.tokens().spatialMerge());
    root.put("vision_config", vision);
    return root;
  }

  private static Map<String, Object> text(ModelConfig config) {
    Map<String, Object> rope = new LinkedHashMap<>();
    rope.put("rope_type", "default");
    rope.put("mrope_interleaved", true);
    rope.put("mrope_section", config.ropeSection());
    Map<String, Object> text = new LinkedHashMap<>();
    text.put("model_type", "qwen3_vl_text");
    text.put("dtype", "bfloat16");
    text.put("vocab_size", config.vocabSize());
    text.put("hidden_size", config.hiddenSize());
    text.put("intermediate_size", config.intermediateSize());
    text.put("num_hidden_layers", config.layers());
    text.put("num_attention_heads", config.heads());
    text.put("num_key_value_heads", config.kvHeads());
    text.put("head_dim", config.headDim());
    text.put("hidden_act", "silu");
    text.put("rms_norm_eps", config.rmsNormEps());
    text.put("rope_theta", config.ropeTheta());
    text.put("rope_scaling", rope);
    text.put("attention_bias", false);
    text.put("tie_word_embeddings", config.tieWordEmbeddings());
    return text;
  }
}

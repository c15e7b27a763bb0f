package org.bitref.cli.synth;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.TextFile;
import org.bitref.kernel.row.Frequencies;
import org.bitref.model.Family;
import org.bitref.model.Gemma3;
import org.bitref.model.Llama;
import org.bitref.model.ModelConfig;
import org.bitref.model.Qwen25Vl;
import org.bitref.model.Qwen3;
import org.bitref.model.Qwen3Vl;

/** The two JSON files of a checkpoint, as released ones have them. */
final class CheckpointJson {
  private final ModelConfig config;
  private final Family family;

  private CheckpointJson(ModelConfig config) {
    this.config = config;
    this.family = config.family();
  }

  static void write(Path folder, ModelConfig config, long bytes, Map<String, String> weightMap) {
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("metadata", Map.of("total_size", bytes));
    index.put("weight_map", weightMap);
    TextFile.write(folder.resolve("model.safetensors.index.json"), Json.text(index), false);
    Map<String, Object> root = new CheckpointJson(config).root();
    TextFile.write(folder.resolve("config.json"), Json.text(root), false);
  }

  /** A wrapper around the text model, or the text model alone. */
  private Map<String, Object> root() {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("architectures", List.of(architecture()));
    root.put("model_type", family.modelType().replaceFirst("_text$", ""));
    if (family.seesImages()) {
      images(root);
    }
    root.put("tie_word_embeddings", config.tieWordEmbeddings());
    if (Parameters.isWrapped(family)) {
      Map<String, Object> text = new LinkedHashMap<>();
      text.put("model_type", family.modelType());
      text(text);
      text.put("tie_word_embeddings", config.tieWordEmbeddings());
      root.put("text_config", text);
    } else {
      text(root);
    }
    return root;
  }

  private String architecture() {
    return switch (family) {
      case Qwen3Vl _ -> "Qwen3VLForConditionalGeneration";
      case Qwen25Vl _ -> "Qwen2_5_VLForConditionalGeneration";
      case Qwen3 _ -> "Qwen3ForCausalLM";
      case Llama _ -> "LlamaForCausalLM";
      case Gemma3 _ -> "Gemma3ForConditionalGeneration";
    };
  }

  private void images(Map<String, Object> root) {
    root.put("image_token_id", config.tokens().image());
    root.put("video_token_id", config.tokens().video());
    root.put("vision_start_token_id", config.tokens().visionStart());
    root.put("vision_end_token_id", config.tokens().visionEnd());
    Map<String, Object> vision = new LinkedHashMap<>();
    vision.put("model_type", family.modelType().replaceFirst("_text$", ""));
    vision.put("out_hidden_size", config.hiddenSize());
    vision.put("spatial_merge_size", config.tokens().spatialMerge());
    root.put("vision_config", vision);
  }

  private void text(Map<String, Object> text) {
    text.put("dtype", "bfloat16");
    text.put("vocab_size", config.vocabSize());
    text.put("hidden_size", config.hiddenSize());
    text.put("intermediate_size", config.intermediateSize());
    text.put("num_hidden_layers", config.layers());
    text.put("num_attention_heads", config.heads());
    text.put("num_key_value_heads", config.kvHeads());
    text.put("head_dim", config.headDim());
    text.put(family instanceof Gemma3 ? "hidden_activation" : "hidden_act", family.activation());
    if (family instanceof Gemma3 gemma) {
      text.put("sliding_window", gemma.window());
      text.put("sliding_window_pattern", gemma.pattern());
      text.put("query_pre_attn_scalar", gemma.queryScalar());
      text.put("rope_local_base_freq", gemma.localTheta());
    }
    text.put("rms_norm_eps", config.rmsNormEps());
    text.put("rope_theta", config.rope().theta());
    text.put("rope_scaling", rope());
    text.put("attention_bias", false);
  }

  private Map<String, Object> rope() {
    Map<String, Object> rope = new LinkedHashMap<>();
    switch (config.rope().scaling()) {
      case Frequencies.Unscaled _ -> rope.put("rope_type", "default");
      case Frequencies.Linear(double factor) -> {
        rope.put("rope_type", "linear");
        rope.put("factor", factor);
      }
      case Frequencies.Llama3(double factor, double low, double high, double length) -> {
        rope.put("rope_type", "llama3");
        rope.put("factor", factor);
        rope.put("low_freq_factor", low);
        rope.put("high_freq_factor", high);
        rope.put("original_max_position_embeddings", (long) length);
      }
    }
    if (family.seesImages()) {
      boolean interleaved = config.rope().axes() == Frequencies.Axes.INTERLEAVED;
      rope.put("mrope_interleaved", interleaved);
      rope.put("mrope_section", config.rope().section());
    }
    return rope;
  }
}

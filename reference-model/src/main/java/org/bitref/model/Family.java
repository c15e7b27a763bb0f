package org.bitref.model;

import java.util.List;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.kernel.row.Frequencies;
import org.bitref.kernel.row.Frequencies.Axes;

/** A kind of model: what its layer is, and what its checkpoints are called. */
public sealed interface Family permits Qwen3Vl, Qwen3, Qwen25Vl, Llama, Gemma3 {
  /** All of them; the first is taken where nothing names one. */
  List<Family> ALL =
      List.of(new Qwen3Vl(), new Qwen3(), new Qwen25Vl(), new Llama(), Gemma3.usual());

  /**
   * The family of a {@code model_type}.
   *
   * @throws IllegalArgumentException for one that is of none
   */
  static Family of(String type) {
    return ALL.stream()
        .filter(family -> family.isCalled(type))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(type));
  }

  /** {@code model_type} of the text model in config.json. */
  String modelType();

  /** True for a {@code model_type} of this family: of the text model or of a wrapper around it. */
  default boolean isCalled(String type) {
    return type.equals(modelType()) || type.equals(modelType().replaceFirst("_text$", ""));
  }

  /** The function inside the MLP, as config.json calls it. */
  default String activation() {
    return "silu";
  }

  /** Whether transformers ties lm_head to the embeddings where config.json does not say. */
  default boolean tiesEmbeddings() {
    return true;
  }

  /** True if prompts may hold images. */
  boolean seesImages();

  /**
   * The forward pass from embeddings to logits.
   *
   * @param features how many deepstack features a prompt has; they follow layers 0, 1, …
   */
  Plan plan(int layers, int features);

  /** How positions of three axes are shared out among the rotary frequencies. */
  default Axes axes() {
    return Axes.INTERLEAVED;
  }

  /** The frequencies of a rotary table, by its name and those of the model's config. */
  default Frequencies frequencies(String table, Frequencies model) {
    return model;
  }

  /** What rows of the embedding table are multiplied by. */
  default double embeddingScale(int hiddenSize) {
    return 1;
  }

  /** What a layer's attention computes. */
  default AttentionFunction attention(int layer, int headDim) {
    return AttentionFunction.of(headDim);
  }
}

package org.bitref.model;

import java.util.List;

/** A kind of model: what its layer is, and what its checkpoints are called. */
public sealed interface Family permits Qwen3Vl, Qwen3 {
  /** All of them; the first is taken where nothing names one. */
  List<Family> ALL = List.of(new Qwen3Vl(), new Qwen3());

  /** {@code model_type} of the text model in config.json. */
  String modelType();

  /** True if prompts may hold images. */
  boolean seesImages();

  /**
   * The forward pass from embeddings to logits.
   *
   * @param features how many deepstack features a prompt has; they follow layers 0, 1, …
   */
  Plan plan(int layers, int features);
}

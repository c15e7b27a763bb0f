package org.bitref.model;

import org.bitref.tensor.Tensor;

/** The parameters of a text model by their names without the checkpoint's prefix. */
@FunctionalInterface
public interface Weights {
  /**
   * A parameter as stored, linear ones [out, in].
   *
   * @param name for example {@code layers.3.mlp.up_proj.weight}, {@code embed_tokens.weight},
   *     {@code norm.weight}, {@code lm_head.weight} (the embedding table where the two are tied)
   * @throws org.bitref.BadInputException if there is none
   */
  Tensor weight(String name);
}

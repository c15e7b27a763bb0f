package org.bitref.model;

/** What a stage computes from its inputs. Weight names are those of {@link Weights}. */
public sealed interface Op {
  /** The prompt's embeddings, with the visual rows replaced. No stage is its input. */
  record Embed() implements Op {}

  /** Cosines or sines of the rotary angles, [B, S, D]. No stage is its input. */
  record RopeTable(boolean sine) implements Op {}

  /**
   * Adds a deepstack feature to the visual rows of a hidden state.
   *
   * @param feature number of the feature; -1 if this layer has none and the state passes unchanged
   */
  record Deepstack(int feature) implements Op {}

  /** RMSNorm over the last axis of the result's shape. */
  record Norm(String weight) implements Op {}

  /** A product with a weight: y = x · wᵀ. */
  record Linear(String weight) implements Op {}

  /** Rotates the heads of a norm's output: [B, S, heads, D] becomes [B, heads, S, D]. */
  record Rope() implements Op {}

  /**
   * Appends this call's keys or values to those of earlier calls: [B, kv heads, past + S, D].
   *
   * @param which {@code k} (its input has the heads outside already) or {@code v}
   */
  record Cache(int layer, String which) implements Op {}

  /** Causal attention of all heads: [B, S, heads * D]. */
  record Attention() implements Op {}

  /** The sum of both inputs. */
  record Add() implements Op {}

  /** The SiLU function. */
  record Activation() implements Op {}

  /** The product of both inputs. */
  record Multiply() implements Op {}
}

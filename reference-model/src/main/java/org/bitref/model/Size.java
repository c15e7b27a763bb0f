package org.bitref.model;

/** A length that a model's tensors have along an axis. */
public enum Size {
  /** Sequences of the prompt. */
  BATCH,
  /** New tokens of each. */
  TOKENS,
  /** Tokens in the cache and new ones. */
  CACHED,
  /** Channels of the residual stream. */
  HIDDEN,
  /** Channels inside the MLP. */
  INTERMEDIATE,
  /** Query heads. */
  HEADS,
  /** Key (or value) heads. */
  KV_HEADS,
  /** Elements of a head. */
  HEAD,
  /** All query heads side by side. */
  QUERIES,
  /** All key (or value) heads side by side. */
  KEYS,
  /** Rows of the embedding table. */
  VOCABULARY;

  /** This length in a model and a prompt. */
  long of(ModelConfig config, Extent extent) {
    return switch (this) {
      case BATCH -> extent.batch();
      case TOKENS -> extent.tokens();
      case CACHED -> (long) extent.past() + extent.tokens();
      default -> of(config);
    };
  }

  /**
   * This length in a model.
   *
   * @throws IllegalStateException for a length of the prompt
   */
  long of(ModelConfig config) {
    return switch (this) {
      case HIDDEN -> config.hiddenSize();
      case INTERMEDIATE -> config.intermediateSize();
      case HEADS -> config.heads();
      case KV_HEADS -> config.kvHeads();
      case HEAD -> config.headDim();
      case QUERIES -> config.queryWidth();
      case KEYS -> config.kvWidth();
      case VOCABULARY -> config.vocabSize();
      case BATCH, TOKENS, CACHED -> throw new IllegalStateException(this + " is the prompt's");
    };
  }
}

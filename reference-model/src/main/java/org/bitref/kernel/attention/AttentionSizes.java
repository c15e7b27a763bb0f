package org.bitref.kernel.attention;

import org.bitref.recipe.AttentionRecipe.Scale;
import org.bitref.tensor.Tensor;

/**
 * The sizes of one call of {@link AttentionKernel}.
 *
 * @param queries S
 * @param keys T
 * @param d head_dim
 * @param chunk queries that are handed in at a time
 */
record AttentionSizes(int batch, int heads, int kvHeads, int queries, int keys, int d, int chunk) {
  static AttentionSizes of(Tensor q, Tensor k, int chunk) {
    return new AttentionSizes(
        q.shape().intDim(0),
        q.shape().intDim(1),
        k.shape().intDim(1),
        q.shape().intDim(2),
        k.shape().intDim(2),
        q.shape().intDim(3),
        chunk);
  }

  /** The factor of one place where a scale may stand. */
  double scale(boolean here, Scale scale) {
    double whole = 1 / Math.sqrt(d);
    return !here ? 1 : scale == Scale.SQRT ? Math.sqrt(whole) : whole;
  }

  /** Heads that share a head of keys and values. */
  int group() {
    return heads / kvHeads;
  }

  int chunkEnd(int query) {
    return Math.min(queries, (query / chunk + 1) * chunk);
  }
}

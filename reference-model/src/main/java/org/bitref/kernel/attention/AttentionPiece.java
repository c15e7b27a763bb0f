package org.bitref.kernel.attention;

import org.bitref.recipe.AttentionRecipe.Scale;
import org.bitref.tensor.Tensor;

/**
 * Queries [first, end), all of one chunk, of the heads that share a head of keys and values. Its
 * rows are those of its first head, then of the next.
 *
 * @param batchKv counts the heads of keys of all sequences
 */
record AttentionPiece(Sizes sizes, int batchKv, int first, int end) {
  int rows() {
    return sizes.group() * queries();
  }

  int queries() {
    return end - first;
  }

  int batch() {
    return batchKv / sizes.kvHeads();
  }

  /** The head of the {@code i}-th of the piece. */
  int head(int i) {
    return batchKv % sizes.kvHeads() * sizes.group() + i;
  }

  /** How many keys the chunk's rows have. */
  int keys() {
    return sizes.keysOf(first);
  }

  /** Rows of the matrix that one softmax takes: the chunk's of all heads. */
  long matrixRows() {
    return (long) sizes.batch() * sizes.heads() * chunkRows();
  }

  /** Where in that matrix a row of the piece lies. */
  long matrixRow(int r) {
    long batchHead = (long) batch() * sizes.heads() + head(r / queries());
    return batchHead * chunkRows() + first % sizes.chunk() + r % queries();
  }

  private int chunkRows() {
    return sizes.chunkEnd(first) - first / sizes.chunk() * sizes.chunk();
  }

  /** Where a row's query lies among the keys. */
  private int position(int r) {
    return sizes.keys() - sizes.queries() + first + r % queries();
  }

  boolean hides(int r, int key) {
    return sizes.function().hides(position(r), key);
  }

  /** The last key that a row may see. */
  int lastSeen(int r) {
    return sizes.function().lastKey(position(r), keys());
  }

  /** The last key that any row may see. */
  int lastSeen() {
    return lastSeen(queries() - 1);
  }

  /**
   * The sizes of one call of {@link AttentionKernel}, and what it computes.
   *
   * @param queries S
   * @param keys T
   * @param d head_dim
   * @param chunk queries that are handed in at a time
   */
  record Sizes(
      int batch,
      int heads,
      int kvHeads,
      int queries,
      int keys,
      int d,
      int chunk,
      AttentionFunction function) {
    static Sizes of(Tensor q, Tensor k, AttentionFunction function, int chunk) {
      return new Sizes(
          q.shape().intDim(0),
          q.shape().intDim(1),
          k.shape().intDim(1),
          q.shape().intDim(2),
          k.shape().intDim(2),
          q.shape().intDim(3),
          chunk,
          function);
    }

    /** The factor of one place where a scale may stand. */
    double scale(boolean here, Scale scale) {
      double whole = function.scale();
      return !here ? 1 : scale == Scale.SQRT ? Math.sqrt(whole) : whole;
    }

    /** Heads that share a head of keys and values. */
    int group() {
      return heads / kvHeads;
    }

    /** How many keys the rows of a query's chunk have. */
    int keysOf(int query) {
      return keys - queries + chunkEnd(query);
    }

    int chunkEnd(int query) {
      return Math.min(queries, (query / chunk + 1) * chunk);
    }
  }
}

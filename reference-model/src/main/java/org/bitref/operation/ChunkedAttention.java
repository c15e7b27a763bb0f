package org.bitref.operation;

import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * Attention of queries that are handed in some at a time: each chunk is a call of its own, which
 * knows the keys up to the chunk's end and for which a library chooses a kernel anew.
 */
record ChunkedAttention(Attention whole) {
  /** The result for all queries. */
  Tensor run(StageRecipe recipe, Workers workers) {
    int queries = whole.q().shape().intDim(2);
    long batch = whole.q().shape().dim(0);
    long width = whole.shape().dim(2);
    Optional<TensorBuilder> all = Optional.empty();
    for (int first = 0; first < queries; first += whole.chunk()) {
      int end = Math.min(queries, first + whole.chunk());
      Tensor part = part(first, end).run(recipe, workers);
      TensorBuilder out = all.orElseGet(() -> new TensorBuilder(part.dtype(), whole.shape()));
      long length = (end - first) * width;
      for (long b = 0; b < batch; b++) {
        out.copy((b * queries + first) * width, part, b * length, length);
      }
      all = Optional.of(out);
    }
    return all.orElseThrow().build();
  }

  private Attention part(int first, int end) {
    int queries = whole.q().shape().intDim(2);
    int keys = whole.k().shape().intDim(2);
    int seen = keys - queries + end;
    return new Attention(
        rows(whole.q(), first, end),
        rows(whole.k(), 0, seen),
        rows(whole.v(), 0, seen),
        whole.function(),
        whole.visible().map(mask -> columns(mask, keys, seen)),
        end - first);
  }

  /** Some of the rows of each matrix of [B, heads, rows, D]. */
  private static Tensor rows(Tensor x, int from, int end) {
    Shape of = x.shape();
    long length = (end - from) * of.dim(3);
    Shape shape = Shape.of(of.dim(0), of.dim(1), end - from, of.dim(3));
    TensorBuilder part = new TensorBuilder(x.dtype(), shape);
    for (long i = 0; i < of.dim(0) * of.dim(1); i++) {
      part.copy(i * length, x, (i * of.dim(2) + from) * of.dim(3), length);
    }
    return part.build();
  }

  private static boolean[] columns(boolean[] mask, int keys, int seen) {
    boolean[] part = new boolean[mask.length / keys * seen];
    for (int i = 0; i < part.length; i++) {
      part[i] = mask[i / seen * keys + i % seen];
    }
    return part;
  }
}

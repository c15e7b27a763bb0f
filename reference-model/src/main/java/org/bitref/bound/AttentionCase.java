package org.bitref.bound;

import org.bitref.kernel.Workers;
import org.bitref.operation.Attention;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * A captured attention: out = softmax(scale · q·kᵀ + mask)·v. Query head h reads key and value head
 * h / (heads / kv heads).
 *
 * @param q [heads, M, D]
 * @param k [kv heads, T, D]
 * @param v [kv heads, T, D]
 * @param out [heads, M, D], what a system computed
 * @param last the last key that each of the M queries sees: T - 1 without a mask, its position
 *     under a causal one
 * @param scale usually 1/sqrt(D)
 */
public record AttentionCase(Tensor q, Tensor k, Tensor v, Tensor out, int[] last, double scale) {
  /**
   * @throws IllegalArgumentException if the shapes do not fit each other, or if a query sees no key
   *     or one past the end
   */
  public AttentionCase {
    Shape queries = q.shape();
    Shape keys = k.shape();
    boolean fits =
        queries.rank() == 3
            && keys.rank() == 3
            && keys.equals(v.shape())
            && queries.equals(out.shape())
            && keys.dim(2) == queries.dim(2)
            && keys.dim(0) > 0
            && queries.dim(0) % keys.dim(0) == 0
            && last.length == queries.dim(1);
    if (!fits) {
      throw new IllegalArgumentException(
          "q %s, k %s, v %s and out %s of %s queries are no attention"
              .formatted(queries, keys, v.shape(), out.shape(), last.length));
    }
    for (int key : last) {
      if (key < 0 || key >= keys.dim(1)) {
        throw new IllegalArgumentException("a query sees up to key " + key + " of " + keys);
      }
    }
    last = last.clone();
  }

  /**
   * One sequence of a causal attention of a model.
   *
   * @param y [1, S, heads * D], what a system computed
   */
  public static AttentionCase of(Attention a, Tensor y) {
    int heads = a.q().shape().intDim(1);
    int queries = a.q().shape().intDim(2);
    int d = a.q().shape().intDim(3);
    int keys = a.k().shape().intDim(2);
    Shape shape = Shape.of(heads, queries, d);
    Shape cached = Shape.of(a.k().shape().dim(1), keys, d);
    TensorBuilder out = new TensorBuilder(y.dtype(), shape);
    int[] last = new int[queries];
    for (int t = 0; t < queries; t++) {
      last[t] = keys - queries + t;
      for (int head = 0; head < heads; head++) {
        long to = ((long) head * queries + t) * d;
        out.copy(to, y, ((long) t * heads + head) * d, d);
      }
    }
    return new AttentionCase(
        a.q().reshape(shape),
        a.k().reshape(cached),
        a.v().reshape(cached),
        out.build(),
        last,
        1 / Math.sqrt(d));
  }

  /** The exact result where a query sees so many keys at most, [1, M, heads * D] in float64. */
  public Tensor windowed(int keys, Workers workers) {
    AttentionRows rows = AttentionRows.of(q, k, v);
    AttentionRows.Way way = rows.right(scale, last).withWindow(keys);
    int queries = rows.queries();
    double[] exact = new double[Math.toIntExact(out.elements())];
    workers.forEach(
        rows.heads() * queries,
        4,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            int at = (row % queries * rows.heads() + row / queries) * rows.d();
            System.arraycopy(rows.row(way, row), 0, exact, at, rows.d());
          }
        });
    return Tensor.ofDoubles(Shape.of(1, queries, (long) rows.heads() * rows.d()), exact);
  }
}

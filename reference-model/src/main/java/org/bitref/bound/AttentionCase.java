package org.bitref.bound;

import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.operation.Attention;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * A captured attention, of one sequence. Query head h reads key and value head h / (heads / kv
 * heads).
 *
 * @param q [heads, M, D]
 * @param k [kv heads, T, D]
 * @param v [kv heads, T, D]
 * @param out [heads, M, D], what a system computed
 * @param positions where each of the M queries lies among the keys
 * @param function what it should be
 */
public record AttentionCase(
    Tensor q, Tensor k, Tensor v, Tensor out, int[] positions, AttentionFunction function) {
  /**
   * @throws IllegalArgumentException if the shapes do not fit each other or the sinks, or if a
   *     query lies outside the keys
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
            && positions.length == queries.dim(1)
            && (function.sinks().isEmpty() || function.sinks().size() == queries.dim(0));
    if (!fits) {
      throw new IllegalArgumentException(
          "q %s, k %s, v %s and out %s of %s queries are no attention"
              .formatted(queries, keys, v.shape(), out.shape(), positions.length));
    }
    for (int key : positions) {
      if (key < 0 || key >= keys.dim(1)) {
        throw new IllegalArgumentException("a query lies at key " + key + " of " + keys);
      }
    }
    positions = positions.clone();
  }

  /**
   * One sequence of an attention of a model.
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
    int[] positions = new int[queries];
    for (int t = 0; t < queries; t++) {
      positions[t] = keys - queries + t;
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
        positions,
        a.function());
  }
}

package org.bitref.bound;

import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

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
}

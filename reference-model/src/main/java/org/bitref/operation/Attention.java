package org.bitref.operation;

import java.util.List;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.kernel.attention.AttentionKernel;
import org.bitref.kernel.attention.TiledAttentionKernel;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.recipe.BySize;
import org.bitref.recipe.Sizes;
import org.bitref.recipe.StageRecipe;
import org.bitref.recipe.TiledAttentionRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * Attention of the last S of T positions; the result is [B, S, heads * D].
 *
 * @param q [B, heads, S, D]
 * @param k [B, kv heads, T, D]
 * @param v [B, kv heads, T, D]
 * @param function which keys a query sees and what its scores are
 * @param visible [B * T], false for padding; empty if every key counts
 * @param chunk queries that are prefilled at a time
 */
public record Attention(
    Tensor q,
    Tensor k,
    Tensor v,
    AttentionFunction function,
    Optional<boolean[]> visible,
    int chunk)
    implements Operation {
  /**
   * @throws IllegalArgumentException if the shapes do not fit each other, or if there are sinks but
   *     not one for each head of q
   */
  public Attention {
    Pointwise.check(q.shape().rank() == 4, q, k.shape());
    Pointwise.check(k.shape().rank() == 4 && k.shape().equals(v.shape()), k, v.shape());
    boolean fits =
        k.shape().dim(0) == q.shape().dim(0)
            && k.shape().dim(3) == q.shape().dim(3)
            && q.shape().dim(1) % Math.max(1, k.shape().dim(1)) == 0
            && k.shape().dim(2) >= q.shape().dim(2);
    Pointwise.check(fits, q, k.shape());
    int sinks = function.sinks().size();
    if (sinks > 0 && sinks != q.shape().dim(1)) {
      throw new IllegalArgumentException(sinks + " sinks do not fit " + q.shape());
    }
  }

  /** {@link AttentionFunction#of Causal} attention of all queries at once. */
  public Attention(Tensor q, Tensor k, Tensor v, Optional<boolean[]> visible) {
    this(q, k, v, visible, q.shape().rank() == 4 ? q.shape().intDim(2) : 1);
  }

  /** {@link AttentionFunction#of Causal} attention. */
  public Attention(Tensor q, Tensor k, Tensor v, Optional<boolean[]> visible, int chunk) {
    this(q, k, v, AttentionFunction.of(q.shape().intDim(-1)), visible, chunk);
  }

  /** The same operands under another function. */
  public Attention withFunction(AttentionFunction other) {
    return new Attention(q, k, v, other, visible, chunk);
  }

  /** What a library chooses its kernel by. */
  public Sizes sizes() {
    Shape of = q.shape();
    return new Sizes(of.dim(0) * of.dim(1), of.dim(2), k.shape().dim(2), of.dim(3));
  }

  @Override
  public OperationKind kind() {
    return OperationKind.ATTEND;
  }

  @Override
  public Shape shape() {
    Shape in = q.shape();
    return Shape.of(in.dim(0), in.dim(2), in.dim(1) * in.dim(3));
  }

  @Override
  public List<Tensor> inputs() {
    return List.of(q, k, v);
  }

  @Override
  public Attention withInput(int i, Tensor other) {
    return new Attention(
        i == 0 ? other : q, i == 1 ? other : k, i == 2 ? other : v, function, visible, chunk);
  }

  @Override
  public Tensor run(StageRecipe recipe, Workers workers) {
    if (recipe instanceof BySize && chunk < q.shape().dim(2)) {
      return new ChunkedAttention(this).run(recipe, workers);
    }
    StageRecipe chosen = recipe.at(sizes()).recipe();
    return chosen instanceof TiledAttentionRecipe tiled
        ? new TiledAttentionKernel(tiled).run(q, k, v, function, visible, chunk, workers)
        : new AttentionKernel((AttentionRecipe) chosen)
            .run(q, k, v, function, visible, chunk, workers);
  }
}

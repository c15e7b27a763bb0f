package org.bitref.search;

import java.util.List;
import java.util.Optional;
import org.bitref.operation.GemmCase;
import org.bitref.recipe.PointRecipe;
import org.bitref.tensor.Tensor;

/** A captured stage: its inputs and what a system made of them. */
public sealed interface StageCase {
  /** What the system computed. */
  Tensor y();

  /** The inputs that come from other stages, without weights and tables. */
  List<Tensor> inputs();

  /** The same stage with input {@code i} replaced by a tensor of the same shape. */
  StageCase withInput(int i, Tensor other);

  /** y = x · wᵀ. */
  record Product(GemmCase gemm) implements StageCase {
    @Override
    public Tensor y() {
      return gemm.y();
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(gemm.x());
    }

    @Override
    public StageCase withInput(int i, Tensor x) {
      return new Product(
          new GemmCase(x.reshape(gemm.x().shape()), gemm.w(), gemm.y(), gemm.c(), gemm.bias()));
    }
  }

  /**
   * RMSNorm over rows of {@code weight.elements()} values.
   *
   * @param x as many elements as y
   * @param weight [width]
   * @param eps the model's
   */
  record Norm(Tensor x, Tensor weight, double eps, Tensor y) implements StageCase {
    public Norm {
      check(x.elements() == y.elements(), x, y);
      check(weight.elements() > 0 && x.elements() % weight.elements() == 0, x, weight);
    }

    /** Values of a row. */
    public int width() {
      return Math.toIntExact(weight.elements());
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(x);
    }

    @Override
    public StageCase withInput(int i, Tensor other) {
      return new Norm(other, weight, eps, y);
    }
  }

  /**
   * The rotation of heads by position.
   *
   * @param x [B, S, heads, D]
   * @param cos [B, S, D]
   * @param sin [B, S, D]
   * @param y [B, heads, S, D]
   */
  record Rotation(Tensor x, Tensor cos, Tensor sin, Tensor y) implements StageCase {
    public Rotation {
      check(x.shape().rank() == 4 && x.elements() == y.elements(), x, y);
      long rows = x.elements() / (x.shape().dim(2) * x.shape().dim(3)) * x.shape().dim(3);
      check(cos.elements() == rows && sin.elements() == rows, x, cos);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(x);
    }

    @Override
    public StageCase withInput(int i, Tensor other) {
      return new Rotation(other.reshape(x.shape()), cos, sin, y);
    }
  }

  /**
   * An element-wise stage; all tensors have as many elements.
   *
   * @param b the second operand; empty for CAST and SILU
   */
  record Pointwise(PointRecipe.Kind kind, Tensor a, Optional<Tensor> b, Tensor y)
      implements StageCase {
    public Pointwise {
      check(a.elements() == y.elements(), a, y);
      b.ifPresent(other -> check(other.elements() == y.elements(), other, y));
    }

    @Override
    public List<Tensor> inputs() {
      return b.isPresent() ? List.of(a, b.get()) : List.of(a);
    }

    @Override
    public StageCase withInput(int i, Tensor other) {
      return i == 0
          ? new Pointwise(kind, other, b, y)
          : new Pointwise(kind, a, Optional.of(other), y);
    }
  }

  /**
   * Causal attention of the last S of T positions.
   *
   * @param q [B, heads, S, D]
   * @param k [B, kv heads, T, D]
   * @param v [B, kv heads, T, D]
   * @param visible [B * T], false for padding; empty if every key counts
   * @param y [B, S, heads * D]
   */
  record Attention(Tensor q, Tensor k, Tensor v, Optional<boolean[]> visible, Tensor y)
      implements StageCase {
    public Attention {
      check(q.shape().rank() == 4 && q.elements() == y.elements(), q, y);
      check(k.shape().rank() == 4 && k.shape().equals(v.shape()), k, v);
      boolean fits =
          k.shape().dim(0) == q.shape().dim(0)
              && k.shape().dim(3) == q.shape().dim(3)
              && q.shape().dim(1) % Math.max(1, k.shape().dim(1)) == 0
              && k.shape().dim(2) >= q.shape().dim(2);
      check(fits, q, k);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(q, k, v);
    }

    @Override
    public StageCase withInput(int i, Tensor other) {
      return new Attention(i == 0 ? other : q, i == 1 ? other : k, i == 2 ? other : v, visible, y);
    }
  }

  private static void check(boolean fits, Tensor a, Tensor b) {
    if (!fits) {
      throw new IllegalArgumentException(a.shape() + " does not fit " + b.shape());
    }
  }
}

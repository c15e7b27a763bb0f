package org.bitref.operation;

import java.util.List;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * This call's keys or values behind those of earlier calls, head by head.
 *
 * @param fresh [B, heads, S, D], or [B, S, heads * D]
 * @param past [B, heads, past, D]
 * @param readBack format that everything passes through between cache and attention; empty for the
 *     recipe's own
 * @param shape [B, heads, past + S, D]
 */
public record CacheAppend(
    Tensor fresh, Optional<Tensor> past, Optional<Format> readBack, Shape shape)
    implements Operation {

  @Override
  public OperationKind kind() {
    return OperationKind.APPEND;
  }

  @Override
  public List<Tensor> inputs() {
    return List.of(fresh);
  }

  @Override
  public CacheAppend withInput(int i, Tensor other) {
    return new CacheAppend(other, past, readBack, shape);
  }

  @Override
  public Tensor run(StageRecipe recipe, Workers workers) {
    DType stored = DType.of(((PointRecipe) recipe).output());
    DType dtype = readBack.map(DType::of).orElse(stored);
    Tensor added = headsOuter(fresh.cast(stored).cast(dtype));
    Optional<Tensor> old = past.map(t -> t.cast(dtype));
    long before = past.map(t -> t.shape().dim(2)).orElse(0L);
    long tokens = shape.dim(2) - before;
    long d = shape.dim(3);
    TensorBuilder out = new TensorBuilder(dtype, shape);
    for (long head = 0; head < shape.dim(0) * shape.dim(1); head++) {
      long at = head * (before + tokens) * d;
      if (old.isPresent()) {
        out.copy(at, old.get(), head * before * d, before * d);
      }
      out.copy(at + before * d, added, head * tokens * d, tokens * d);
    }
    return out.build();
  }

  private Tensor headsOuter(Tensor x) {
    return x.shape().rank() == 4 ? x : headsOuter(x, shape.intDim(1));
  }

  /** [B, S, heads * D] as [B, heads, S, D]. */
  public static Tensor headsOuter(Tensor x, int heads) {
    long batch = x.shape().dim(0);
    long tokens = x.shape().dim(1);
    long d = x.shape().dim(2) / heads;
    TensorBuilder out = new TensorBuilder(x.dtype(), Shape.of(batch, heads, tokens, d));
    for (long row = 0; row < batch * heads * tokens; row++) {
      long sequence = row / (heads * tokens);
      long head = row / tokens % heads;
      long token = row % tokens;
      out.copy(row * d, x, ((sequence * tokens + token) * heads + head) * d, d);
    }
    return out.build();
  }
}

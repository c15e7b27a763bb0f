package org.bitref.operation;

import java.util.List;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.PointKernel;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * Adds features to some rows of a hidden state; without features the state passes as it is.
 *
 * @param x [B, S, width]
 * @param mask [B * S], true for the rows that get a feature
 * @param features [n, width], one after the other
 */
public record RowAddition(Tensor x, boolean[] mask, Optional<Tensor> features)
    implements Operation {

  @Override
  public OperationKind kind() {
    return OperationKind.ADD_ROWS;
  }

  @Override
  public Shape shape() {
    return x.shape();
  }

  @Override
  public List<Tensor> inputs() {
    return List.of(x);
  }

  @Override
  public RowAddition withInput(int i, Tensor other) {
    return new RowAddition(other, mask, features);
  }

  @Override
  public Tensor run(StageRecipe recipe, Workers workers) {
    if (features.isEmpty()) {
      return x;
    }
    PointRecipe add = (PointRecipe) recipe;
    DType dtype = DType.of(add.output());
    int width = x.shape().intDim(-1);
    Tensor state = x.cast(dtype);
    Tensor held = features.get().cast(dtype);
    PointKernel kernel = new PointKernel(add);
    TensorBuilder out = new TensorBuilder(dtype, x.shape());
    int next = 0;
    try (Workers alone = new Workers(1)) {
      for (int row = 0; row < mask.length; row++) {
        long at = (long) row * width;
        Tensor line = state.slice(at, Shape.of(width));
        if (mask[row]) {
          Tensor added = held.slice((long) next++ * width, Shape.of(width));
          line = kernel.run(line, added, alone);
        }
        out.copy(at, line, 0, width);
      }
    }
    return out.build();
  }
}

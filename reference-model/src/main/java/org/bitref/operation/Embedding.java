package org.bitref.operation;

import java.util.List;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Rounding;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * Rows of the embedding table or given embeddings, [B, S, width]; visual rows replaced.
 *
 * @param rows where the rows come from
 * @param scale what looked-up rows are multiplied by, rounded as the result is; 1 for none
 * @param visualMask [B * S], true for the rows of image and video tokens
 * @param visuals [n, width], replaces the visual rows one after the other; empty to leave them
 */
public record Embedding(
    Rows rows, double scale, boolean[] visualMask, Optional<Tensor> visuals, Shape shape)
    implements Operation {

  /** Where the rows of text come from. */
  public sealed interface Rows {
    /** Embeddings [B, S, width]. */
    record Given(Tensor embeds) implements Rows {}

    /**
     * Rows of a table.
     *
     * @param table [vocabulary, width]
     * @param ids [B, S]
     */
    record LookedUp(Tensor table, Tensor ids) implements Rows {}
  }

  @Override
  public OperationKind kind() {
    return OperationKind.EMBED;
  }

  @Override
  public List<Tensor> inputs() {
    return List.of();
  }

  @Override
  public Operation withInput(int i, Tensor other) {
    throw new IndexOutOfBoundsException(i);
  }

  @Override
  public Tensor run(StageRecipe recipe, Workers workers) {
    DType dtype = DType.of(((PointRecipe) recipe).output());
    int width = shape.intDim(-1);
    TensorBuilder out = new TensorBuilder(dtype, shape);
    Optional<Tensor> replaced = visuals.map(t -> t.cast(dtype));
    Source source = source(dtype, width);
    int visual = 0;
    for (int row = 0; row < visualMask.length; row++) {
      long at = (long) row * width;
      if (visualMask[row] && replaced.isPresent()) {
        out.copy(at, replaced.get(), (long) visual++ * width, width);
      } else {
        source.copy(out, row, at);
      }
    }
    return out.build();
  }

  /** Copies a row of the result. */
  private interface Source {
    void copy(TensorBuilder out, int row, long at);
  }

  private Source source(DType dtype, int width) {
    return switch (rows) {
      case Rows.Given(Tensor embeds) -> {
        Tensor held = embeds.cast(dtype);
        yield (out, _, at) -> out.copy(at, held, at, width);
      }
      case Rows.LookedUp(Tensor table, Tensor ids) ->
          (out, row, at) -> {
            long first = ids.getLong(row) * width;
            out.copy(at, scaled(table.slice(first, Shape.of(width)).cast(dtype)), 0, width);
          };
    };
  }

  /** One product of stored values, rounded once. */
  private Tensor scaled(Tensor row) {
    if (scale == 1) {
      return row;
    }
    double factor = row.dtype().format().orElseThrow().round(scale, Rounding.RNE);
    TensorBuilder out = new TensorBuilder(row.dtype(), row.shape());
    for (long i = 0; i < row.elements(); i++) {
      out.set(i, row.get(i) * factor);
    }
    return out.build();
  }
}

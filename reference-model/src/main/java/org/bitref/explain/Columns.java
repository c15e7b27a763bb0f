package org.bitref.explain;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bitref.bound.StageBounds;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.operation.Pointwise;
import org.bitref.recipe.PointRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * An element-wise stage of which some tensors are whole and some hold a sample of columns. The
 * capture does not say which columns: the usual choices are tried, and the one that puts most
 * outputs inside the rounding bound is taken, if that is more than half of them.
 */
final class Columns {
  private Columns() {}

  /** A sample of columns of a wider tensor: {@code first} from 0 on, the rest up to the end. */
  record Choice(int first, int last) {}

  /** A stage over the columns of a choice. */
  record Fitted(Choice choice, Captured<?> stage) {}

  /**
   * The stage over the columns that all its tensors hold; empty if no choice fits.
   *
   * @param operands one or two tensors, rows by columns
   * @param known the choice that fitted another system; empty if there is none yet
   */
  static Optional<Fitted> fit(
      PointRecipe.Kind kind,
      List<Tensor> operands,
      Tensor y,
      Optional<Choice> known,
      Workers workers) {
    int rows = y.shape().asRows().intDim(0);
    int narrow =
        Stream.concat(operands.stream(), Stream.of(y))
            .mapToInt(tensor -> width(tensor, rows))
            .min()
            .orElseThrow();
    Optional<Fitted> best = Optional.empty();
    long most = 0;
    for (Choice choice : known.map(List::of).orElseGet(() -> choices(narrow))) {
      List<Tensor> cut = operands.stream().map(operand -> cut(operand, rows, choice)).toList();
      Captured<?> stage = pointwise(kind, cut, cut(y, rows, choice));
      long inside = known.isPresent() ? Long.MAX_VALUE / 2 : inside(stage, workers);
      if (inside > most) {
        most = inside;
        best = Optional.of(new Fitted(choice, stage));
      }
    }
    return 2 * most > (long) rows * narrow ? best : Optional.empty();
  }

  /** The stage over all columns of tensors that are equally wide. */
  static Captured<?> pointwise(PointRecipe.Kind kind, List<Tensor> operands, Tensor y) {
    Optional<Tensor> second = operands.size() > 1 ? Optional.of(operands.get(1)) : Optional.empty();
    return new Captured<>(new Pointwise(kind, operands.getFirst(), second), y);
  }

  private static List<Choice> choices(int n) {
    return List.of(new Choice(n / 2, n - n / 2), new Choice(n, 0), new Choice(0, n));
  }

  private static int width(Tensor tensor, int rows) {
    return Math.toIntExact(tensor.elements() / rows);
  }

  private static Tensor cut(Tensor tensor, int rows, Choice choice) {
    int width = width(tensor, rows);
    int narrow = choice.first() + choice.last();
    if (width == narrow) {
      return tensor;
    }
    TensorBuilder part = new TensorBuilder(tensor.dtype(), Shape.of(rows, narrow));
    for (int row = 0; row < rows; row++) {
      long to = (long) row * narrow;
      long from = (long) row * width;
      part.copy(to, tensor, from, choice.first());
      part.copy(to + choice.first(), tensor, from + width - choice.last(), choice.last());
    }
    return part.build();
  }

  private static long inside(Captured<?> stage, Workers workers) {
    Tensor exact = stage.operation().exact(workers);
    double[] bound = StageBounds.ofUnroundedInputs(stage, exact);
    return bound.length - StageBounds.check(stage, exact, bound).outside();
  }
}

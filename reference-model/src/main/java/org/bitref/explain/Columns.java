package org.bitref.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bitref.BadInputException;
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
  /** Before the name of a stage: a tensor that says which columns its tensors hold. */
  static final String NAME = "cols.";

  private Columns() {}

  /**
   * The columns that such a tensor names.
   *
   * @throws BadInputException if these are no whole numbers from 0 on
   */
  static int[] places(String stage, Tensor tensor) {
    boolean whole = !tensor.dtype().isFloat();
    int[] places = new int[whole ? Math.toIntExact(tensor.elements()) : 0];
    for (int i = 0; i < places.length; i++) {
      long place = tensor.getLong(i);
      whole &= place >= 0 && place <= Integer.MAX_VALUE;
      places[i] = (int) place;
    }
    if (!whole) {
      throw new BadInputException(
          "tensor \"" + NAME + stage + "\"",
          "holds no numbers of columns",
          "It holds the places of the captured columns, whole numbers from 0 on.");
    }
    return places;
  }

  /**
   * The stage over the columns that all its tensors hold, where the capture says which these are.
   *
   * @param places of each tensor, operands first; empty for one that is whole
   * @return empty if they have none in common, or if the tensors are not as wide as said
   */
  static Optional<Captured<?>> known(
      PointRecipe.Kind kind, List<Tensor> tensors, List<Optional<int[]>> places) {
    int rows = tensors.getLast().shape().asRows().intDim(0);
    List<Map<Integer, Integer>> indexes = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      int width = width(tensors.get(i), rows);
      int[] held = places.get(i).orElseGet(() -> IntStream.range(0, width).toArray());
      if (held.length != width) {
        return Optional.empty();
      }
      Map<Integer, Integer> index = new HashMap<>();
      for (int j = 0; j < width; j++) {
        index.put(held[j], j);
      }
      indexes.add(index);
    }
    int[] common =
        indexes.getFirst().keySet().stream()
            .filter(place -> indexes.stream().allMatch(index -> index.containsKey(place)))
            .mapToInt(Integer::intValue)
            .sorted()
            .toArray();
    List<Tensor> cut = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      int[] at = Arrays.stream(common).map(indexes.get(i)::get).toArray();
      Tensor flat = tensors.get(i).reshape(Shape.of(rows, indexes.get(i).size()));
      cut.add(Picked.of(flat, 1, at));
    }
    return common.length == 0
        ? Optional.empty()
        : Optional.of(pointwise(kind, cut.subList(0, cut.size() - 1), cut.getLast()));
  }

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

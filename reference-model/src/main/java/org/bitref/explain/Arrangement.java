package org.bitref.explain;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.bitref.model.Plan;
import org.bitref.model.Size;
import org.bitref.model.Stage;
import org.bitref.operation.CacheAppend;
import org.bitref.operation.OperationKind;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * Brings the stages of a system into the axes that the plan gives them. Files hold [S, H] or [1, S,
 * H], and heads as [S, heads, D] or [heads, S, D], with a batch before or without. The number of
 * tokens tells which axis is which; where there are as many heads as tokens, the lengths of the
 * vectors do, which neither a rotation nor a copy changes. What fits nothing stays as it is.
 */
final class Arrangement {
  private final Plan plan;
  private final Map<String, Tensor> arranged;
  private final Optional<Grid> grid;

  /** The tokens of a prompt. */
  private record Grid(long batch, long tokens) {}

  private Arrangement(Plan plan, Map<String, Tensor> shared, Map<String, Tensor> stages) {
    this.plan = plan;
    this.arranged = new LinkedHashMap<>(shared);
    this.grid = grid(plan, stages).or(() -> grid(plan, shared));
  }

  /**
   * The stages in the plan's axes, in the order in which they came.
   *
   * @param shared other stages of the same prompt, which are arranged already
   */
  static Map<String, Tensor> of(Plan plan, Map<String, Tensor> shared, Map<String, Tensor> stages) {
    Arrangement arrangement = new Arrangement(plan, shared, stages);
    Map<String, Tensor> result = new LinkedHashMap<>(stages);
    for (String stage : plan.inOrder(stages.keySet())) {
      Tensor tensor = arrangement.arrange(plan.find(stage).orElseThrow(), stages.get(stage));
      arrangement.arranged.put(stage, tensor);
      result.put(stage, tensor);
    }
    return result;
  }

  /** Told by rows of channels, or else by a product, which some exporters split into heads. */
  private static Optional<Grid> grid(Plan plan, Map<String, Tensor> stages) {
    return grid(plan, stages, false).or(() -> grid(plan, stages, true));
  }

  private static Optional<Grid> grid(Plan plan, Map<String, Tensor> stages, boolean products) {
    return plan.inOrder(stages.keySet()).stream()
        .map(name -> plan.find(name).orElseThrow())
        .filter(stage -> isRows(stage) && products == (stage.kind() == OperationKind.PRODUCT))
        .map(stage -> stages.get(stage.id().name()).shape())
        .filter(shape -> shape.rank() == 2 || shape.rank() == 3)
        .map(shape -> new Grid(shape.rank() == 3 ? shape.dim(0) : 1, shape.dim(-2)))
        .findFirst();
  }

  /** Logits are often those of the last token alone. */
  private static boolean isRows(Stage stage) {
    return stage.axes().size() == 3
        && stage.kind() != OperationKind.ATTEND
        && !stage.id().name().equals("logits");
  }

  private Tensor arrange(Stage stage, Tensor tensor) {
    int rank = tensor.shape().rank();
    if (grid.isEmpty() || rank < 2 || rank > 4) {
      return tensor;
    }
    return stage.axes().size() == 4 ? heads(stage, tensor, grid.get()) : rows(tensor, grid.get());
  }

  /** As [B, S, channels]. */
  private static Tensor rows(Tensor tensor, Grid grid) {
    Shape shape = tensor.shape();
    long all = grid.batch * grid.tokens;
    if (shape.rank() == 2) {
      boolean fits = shape.dim(0) == all;
      return tensor.reshape(
          fits
              ? Shape.of(grid.batch, grid.tokens, shape.dim(1))
              : Shape.of(1, shape.dim(0), shape.dim(1)));
    }
    if (shape.rank() == 3 && shape.dim(0) == grid.batch) {
      return tensor;
    }
    Tensor four = four(tensor);
    if (four.shape().dim(0) == grid.batch && four.shape().dim(1) == grid.tokens) {
      return four.reshape(Shape.of(grid.batch, grid.tokens, four.elements() / all));
    }
    return four.shape().dim(0) == grid.batch && four.shape().dim(2) == grid.tokens
        ? exchanged(four).reshape(Shape.of(grid.batch, grid.tokens, four.elements() / all))
        : tensor;
  }

  /** As the plan has tokens and heads. */
  private Tensor heads(Stage stage, Tensor tensor, Grid grid) {
    if (tensor.shape().rank() == 2) {
      return tensor;
    }
    Tensor four = four(tensor);
    int tokens = stage.tokenAxis();
    boolean asPlanned = four.shape().dim(tokens) == grid.tokens;
    boolean other = four.shape().dim(3 - tokens) == grid.tokens;
    if (asPlanned && other) {
      return exchangedBySize(stage, four).orElse(tensor.shape().rank() == 3 && tokens == 2)
          ? exchanged(four)
          : four;
    }
    boolean cache = stage.axes().contains(Size.CACHED);
    return other ? exchanged(four) : asPlanned || cache ? four : tensor;
  }

  /** With a batch of one where there is none. */
  private static Tensor four(Tensor tensor) {
    Shape shape = tensor.shape();
    return shape.rank() == 4
        ? tensor
        : tensor.reshape(Shape.of(1, shape.dim(0), shape.dim(1), shape.dim(2)));
  }

  /** [B, a, b, D] as [B, b, a, D]. */
  private static Tensor exchanged(Tensor four) {
    Shape shape = four.shape();
    Shape rows = Shape.of(shape.dim(0), shape.dim(1), shape.dim(2) * shape.dim(3));
    return CacheAppend.headsOuter(four.reshape(rows), shape.intDim(2));
  }

  /**
   * True if the vectors are as long as those of the stage's input only when the axes are exchanged;
   * empty if nothing tells.
   */
  private Optional<Boolean> exchangedBySize(Stage stage, Tensor four) {
    boolean keeps = stage.kind() == OperationKind.ROTATE || stage.kind() == OperationKind.APPEND;
    return Optional.of(stage.inputs().getFirst().name())
        .filter(_ -> keeps)
        .map(arranged::get)
        .filter(input -> input.elements() == four.elements())
        .map(
            input -> {
              boolean outer =
                  plan.find(stage.inputs().getFirst().name()).orElseThrow().tokenAxis() == 2;
              return distance(input, four, !outer) > distance(input, four, outer);
            });
  }

  /** The sum of differences in length of vectors of tokens and heads. */
  private static double distance(Tensor input, Tensor four, boolean across) {
    int n = four.shape().intDim(1);
    int d = four.shape().intDim(3);
    double sum = 0;
    for (int i = 0; i < four.elements() / d; i++) {
      int within = i % (n * n);
      int other = across ? within % n * n + within / n : within;
      sum += Math.abs(size(four, i, d) - size(input, i - within + other, d));
    }
    return sum;
  }

  private static double size(Tensor tensor, int vector, int d) {
    double squares = 0;
    for (int i = 0; i < d; i++) {
      double value = tensor.get((long) vector * d + i);
      squares += value * value;
    }
    return Math.sqrt(squares);
  }
}

package org.bitref.explain;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.bitref.model.Plan;
import org.bitref.model.Stage;
import org.bitref.operation.OperationKind;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * Which weights of products are stored [K, N], as ONNX's MatMul has them, and not [N, K]. The
 * widths of the captured inputs and outputs tell. Of a square weight some outputs are computed both
 * ways: transposed it is if that alone gives what some system captured. A weight that nothing tells
 * of is like the others, if these are all alike.
 */
final class Orientation {
  private static final int ROWS = 8;
  private static final int COLUMNS = 64;

  /**
   * The least cosine of computed and captured outputs that counts as the same: any rounding leaves
   * it near 1. That of independent vectors of n values has a standard deviation of 1 / sqrt(n):
   * 0.044 of all 512 outputs, 0.125 where one channel of x outweighs the others and the 64 columns
   * alone count.
   */
  private static final double LIKE = 0.5;

  private final Plan plan;
  private final SharedWeights weights;
  private final List<Map<String, Tensor>> systems;

  private Orientation(Plan plan, SharedWeights weights, List<Map<String, Tensor>> systems) {
    this.plan = plan;
    this.weights = weights;
    this.systems = systems;
  }

  /**
   * The stages whose weights are stored [K, N].
   *
   * @param systems the stages of each, shared inputs among them
   */
  static Set<String> transposed(
      Plan plan, SharedWeights weights, List<Map<String, Tensor>> systems) {
    return new Orientation(plan, weights, systems).transposed();
  }

  private Set<String> transposed() {
    Set<String> transposed = new LinkedHashSet<>();
    Set<String> open = new LinkedHashSet<>();
    boolean all = true;
    for (String name : weights.stages()) {
      Optional<Stage> product =
          plan.find(name)
              .filter(stage -> stage.kind() == OperationKind.PRODUCT)
              .filter(_ -> weights.shape(name).rank() == 2);
      Optional<Boolean> told = product.flatMap(this::isTransposed);
      if (product.isPresent() && told.isEmpty()) {
        open.add(name);
      } else if (told.orElse(false)) {
        transposed.add(name);
      }
      all &= told.orElse(true);
    }
    if (all && !transposed.isEmpty()) {
      transposed.addAll(open);
    }
    return transposed;
  }

  private Optional<Boolean> isTransposed(Stage stage) {
    Shape w = weights.shape(stage.id().name());
    Set<Long> k = widths(stage.inputs().getFirst().name());
    Set<Long> n = widths(stage.id().name());
    if (w.dim(0) == w.dim(1)) {
      return byOutputs(stage, w.intDim(0));
    }
    return told(k, w.dim(1), w.dim(0)).or(() -> told(n, w.dim(0), w.dim(1)));
  }

  /** The channels of a stage, if the systems that have it agree. */
  private Set<Long> widths(String stage) {
    Set<Long> widths = new TreeSet<>();
    tensors(stage).filter(x -> x.shape().rank() > 0).forEach(x -> widths.add(x.shape().dim(-1)));
    return widths;
  }

  private Stream<Tensor> tensors(String stage) {
    return systems.stream().map(system -> system.get(stage)).filter(Objects::nonNull);
  }

  private static Optional<Boolean> told(Set<Long> widths, long stored, long exchanged) {
    boolean as = widths.contains(stored);
    return as == widths.contains(exchanged) ? Optional.empty() : Optional.of(!as);
  }

  private Optional<Boolean> byOutputs(Stage stage, int side) {
    String name = stage.id().name();
    boolean exchanged = false;
    Tensor w = weights.asStored(name);
    for (Map<String, Tensor> system : systems) {
      Optional<Tensor> x = Optional.ofNullable(system.get(stage.inputs().getFirst().name()));
      Optional<Tensor> y = Optional.ofNullable(system.get(name));
      if (x.isPresent() && y.isPresent() && fits(x.get(), y.get(), side)) {
        if (isLike(x.get(), y.get(), w, side, 1)) {
          return Optional.of(false);
        }
        exchanged |= isLike(x.get(), y.get(), w, 1, side);
      }
    }
    return exchanged ? Optional.of(true) : Optional.empty();
  }

  private static boolean fits(Tensor x, Tensor y, int side) {
    return x.elements() == y.elements() && x.elements() > 0 && x.elements() % side == 0;
  }

  /**
   * Some outputs, of rows and columns that lie apart evenly, are about what was captured.
   *
   * @param perN from a number of the weight to that of the next output
   * @param perK from a number of the weight to that of the next input
   */
  private static boolean isLike(Tensor x, Tensor y, Tensor w, long perN, long perK) {
    int side = w.shape().intDim(0);
    int rows = Math.toIntExact(x.elements() / side);
    double both = 0;
    double computed = 0;
    double captured = 0;
    for (int i = 0; i < Math.min(ROWS, rows); i++) {
      long row = (long) i * rows / Math.min(ROWS, rows) * side;
      for (int j = 0; j < Math.min(COLUMNS, side); j++) {
        int n = (int) ((long) j * side / Math.min(COLUMNS, side));
        double sum = 0;
        for (int k = 0; k < side; k++) {
          sum += x.get(row + k) * w.get(n * perN + k * perK);
        }
        double value = y.get(row + n);
        both += sum * value;
        computed += sum * sum;
        captured += value * value;
      }
    }
    return both > LIKE * Math.sqrt(computed * captured);
  }
}

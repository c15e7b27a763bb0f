package org.bitref.cli.identify;

import java.util.List;
import java.util.Optional;
import org.bitref.cli.dump.OperandShapes.Advice;
import org.bitref.operation.Product;
import org.bitref.tensor.Tensor;

/**
 * How the factors of a product may be meant: square ones fit in several ways.
 *
 * @param swapped true if x and w change places
 * @param transposed true if w, after that, is stored as [K, N]
 */
record OtherReading(boolean swapped, boolean transposed) {
  /** Those that a command line may have meant, but for what it says; the nearest first. */
  static List<OtherReading> than(boolean transposed) {
    return List.of(
        new OtherReading(false, !transposed),
        new OtherReading(true, false),
        new OtherReading(true, true));
  }

  /**
   * The product in this reading; empty if the shapes do not fit it.
   *
   * @param given in the other reading
   * @param transposed true if that took its w as [K, N]
   */
  Optional<Product> of(Product given, boolean transposed) {
    Tensor stored = transposed ? given.w().transposed() : given.w();
    Tensor x = swapped ? stored : given.x();
    Tensor other = swapped ? given.x() : stored;
    Tensor w = this.transposed ? other.transposed() : other;
    boolean fits =
        x.shape().dim(1) == w.shape().dim(1)
            && x.shape().dim(0) == given.rows()
            && w.shape().dim(0) == given.columns();
    return fits ? Optional.of(new Product(x, w, given.c(), given.bias())) : Optional.empty();
  }

  /** What mends a command line with these names. */
  Advice advice(String x, String w) {
    String order = "w is stored as " + (transposed ? "[K, N]" : "[N, K]");
    if (!swapped) {
      return new Advice(
          "by the values " + order,
          transposed ? "Give --transpose-w." : "Leave out --transpose-w.");
    }
    return new Advice(
        "by the values x and w are swapped, and " + order,
        "Give --x %s --w %s%s.".formatted(w, x, transposed ? " --transpose-w" : ""));
  }
}

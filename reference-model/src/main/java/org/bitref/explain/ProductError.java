package org.bitref.explain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bitref.compare.OwnError;
import org.bitref.explain.Capture.CapturedSystem;
import org.bitref.explain.CapturedStage.Ready;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Tensor;

/**
 * How far a captured product is from the exact one, beside the plainest float32 sum on the same
 * operands: fused multiply-adds in order, rounded once into the stored format.
 *
 * @param recipe that reproduces it; empty if none is known
 * @param own the distance of what the system stored
 * @param float32 that of the float32 sum
 */
public record ProductError(
    String stage, Optional<GemmRecipe> recipe, OwnError own, OwnError float32) {

  /** The mean error in units of the float32 sum's; infinite where that alone has none. */
  public double ratio() {
    return own.meanAbs() == float32.meanAbs() ? 1 : own.meanAbs() / float32.meanAbs();
  }

  /**
   * The products of a system that can be computed again, without scales of their operands; the
   * largest {@link #ratio} first.
   *
   * @param capture which {@code explanation} is of
   * @throws org.bitref.BadInputException if the system is not in the capture
   */
  public static List<ProductError> of(
      Explanation explanation, Capture capture, String system, Workers workers) {
    CapturedSystem captured = capture.system(system);
    StageBinder binder = new StageBinder(capture, workers);
    List<ProductError> errors = new ArrayList<>();
    explanation
        .of(system)
        .forEach(
            (name, stage) -> {
              if (binder.bind(captured, name) instanceof Ready ready) {
                ready
                    .content()
                    .as(Product.class)
                    .filter(product -> product.operation().scales().isEmpty())
                    .ifPresent(product -> errors.add(of(name, stage, product, workers)));
              }
            });
    errors.sort(Comparator.comparingDouble(ProductError::ratio).reversed());
    return List.copyOf(errors);
  }

  private static ProductError of(
      String name, SystemStage stage, Captured<Product> product, Workers workers) {
    Product operation = product.operation();
    Tensor exact = operation.exact(workers);
    GemmRecipe plain =
        GemmRecipe.parse(
            "in=%s,%s | fma(acc=f32rne,lanes=1) | seq | none | none | cvt(%s,rne)"
                .formatted(format(operation.x()), format(operation.w()), format(product.y())));
    Tensor float32 = operation.run(plain, workers).cast(product.y().dtype());
    return new ProductError(
        name,
        stage.recipe().filter(GemmRecipe.class::isInstance).map(GemmRecipe.class::cast),
        OwnError.of(product.y(), exact),
        OwnError.of(float32, exact));
  }

  private static String format(Tensor tensor) {
    return tensor.dtype().format().orElseThrow().name().toLowerCase(Locale.ROOT);
  }
}

package org.bitref.diagnose;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.bitref.bound.StageBounds;
import org.bitref.compare.StoredBits;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.numerics.Format;
import org.bitref.operation.Captured;
import org.bitref.operation.Pointwise;
import org.bitref.operation.Product;
import org.bitref.tensor.Tensor;

/** Tries other functions on a stage that computes no rounding of the model's. */
public final class OtherFunctions {
  /** Fewer rows can look like a bias by chance. */
  private static final int ROWS = 8;

  private OtherFunctions() {}

  /**
   * A function that explains every output.
   *
   * @param exact the stage's exact result under it, float64
   */
  public record Found(OtherFunction function, Tensor exact) {}

  /**
   * The function behind a stage; empty if none that is known gives every output.
   *
   * <p>A bias counts if one number for each column puts every output of it within the bound of a
   * product with float32 sums, twice rounded to storage, in {@link #ROWS} rows or more.
   *
   * <p>An activation counts if every output lies within its bound: an argument and a result of size
   * 1 that were rounded a few times, in float32 or in the format of the output.
   *
   * @param models the exact result of the model's function
   */
  public static Optional<Found> of(Captured<?> stage, Tensor models) {
    return switch (stage.operation()) {
      case Product product -> biased(new Captured<>(product, stage.y()), models);
      case Pointwise point -> of(point, stage.y());
      default -> Optional.empty();
    };
  }

  private static Optional<Found> of(Pointwise point, Tensor y) {
    return switch (point.function()) {
      case SILU, GELU ->
          Activations.of(point.function()).stream()
              .map(one -> fit(one, point.a(), y))
              .filter(fit -> fit.excess() <= 1)
              .min(Comparator.comparingDouble(Fit::mean))
              .map(Fit::found);
      case ADD -> notAdded(point, y);
      case CAST, MUL -> Optional.empty();
    };
  }

  private static Optional<Found> biased(Captured<Product> product, Tensor models) {
    Tensor y = product.y();
    int rows = y.shape().intDim(0);
    int columns = y.shape().intDim(1);
    double[] bound = StageBounds.of(product, models);
    Format format = y.dtype().format().orElseThrow();
    double[] least = new double[columns];
    double[] most = new double[columns];
    Arrays.fill(least, Double.NEGATIVE_INFINITY);
    Arrays.fill(most, Double.POSITIVE_INFINITY);
    for (int i = 0; i < bound.length; i++) {
      double residual = y.get(i) - models.get(i);
      double off = bound[i] + format.ulp(Math.max(Math.abs(y.get(i)), Math.abs(models.get(i))));
      least[i % columns] = Math.max(least[i % columns], residual - off);
      most[i % columns] = Math.min(most[i % columns], residual + off);
    }
    if (rows < ROWS || !IntStream.range(0, columns).allMatch(j -> least[j] <= most[j])) {
      return Optional.empty();
    }
    OtherFunction.Bias bias = new OtherFunction.Bias(boxed(least), boxed(most));
    double[] exact = models.toDoubles();
    for (int i = 0; i < exact.length; i++) {
      exact[i] += (least[i % columns] + most[i % columns]) / 2;
    }
    return bias.columns() == 0
        ? Optional.empty()
        : Optional.of(new Found(bias, Tensor.ofDoubles(models.shape(), exact)));
  }

  private static List<Double> boxed(double[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  /** A sum of which one term is missing, though it is not zero everywhere. */
  private static Optional<Found> notAdded(Pointwise point, Tensor y) {
    boolean passed = StoredBits.equal(point.a().cast(y.dtype()), y) == y.elements();
    return passed
        ? Optional.of(new Found(Known.NOT_ADDED, doubles(point.a(), x -> x)))
        : Optional.empty();
  }

  /**
   * An activation beside what was captured.
   *
   * @param excess the largest error in units of its bound
   * @param mean error in those units
   */
  private record Fit(Found found, double excess, double mean) {}

  private static Fit fit(Activations.Activation one, Tensor x, Tensor y) {
    Tensor exact = doubles(x, one.function());
    Format format = y.dtype().format().orElseThrow();
    double u = 4 * Math.max(format.unitRoundoff(), Format.F32.unitRoundoff());
    double worst = 0;
    double sum = 0;
    for (long i = 0; i < y.elements(); i++) {
      double due = exact.get(i);
      // Rounded factors of x: near a zero of the function they count by x itself.
      double off = u * Math.max(Math.abs(due), Math.abs(x.get(i)) * 0x1p-3);
      double bound = off + format.ulp(Math.abs(due) + off) / 2;
      double excess = y.get(i) == due ? 0 : Math.abs(y.get(i) - due) / bound;
      worst = excess <= worst ? worst : excess;
      sum += excess;
    }
    return new Fit(new Found(one.name(), exact), worst, sum / y.elements());
  }

  private static Tensor doubles(Tensor x, DoubleUnaryOperator function) {
    double[] values = x.toDoubles();
    for (int i = 0; i < values.length; i++) {
      values[i] = function.applyAsDouble(values[i]);
    }
    return Tensor.ofDoubles(x.shape(), values);
  }

  /** The error function: its power series, and where that would cancel a continued fraction. */
  static double erf(double x) {
    double z = Math.abs(x);
    double value;
    if (z < 2.5) {
      double term = z;
      double sum = z;
      for (int n = 1; term > 1e-18 * sum; n++) {
        term *= 2 * z * z / (2 * n + 1);
        sum += term;
      }
      value = 2 / Math.sqrt(Math.PI) * Math.exp(-z * z) * sum;
    } else {
      double fraction = z;
      for (int n = 60; n > 0; n--) {
        fraction = z + n / 2.0 / fraction;
      }
      value = 1 - Math.exp(-z * z) / fraction / Math.sqrt(Math.PI);
    }
    return Math.copySign(Math.min(1, value), x);
  }
}

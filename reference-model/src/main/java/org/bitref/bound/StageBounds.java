package org.bitref.bound;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.operation.Attention;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.operation.Operation;
import org.bitref.operation.Pointwise;
import org.bitref.operation.Product;
import org.bitref.operation.Rotation;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.Widened;

/**
 * How far a stage's result may lie from the exact one by rounding alone, element by element,
 * whatever the order of its sums and wherever it rounds to its storage format ("lo" below, unit
 * roundoff u), with sums in float32. Notation of N. Higham, "Accuracy and Stability of Numerical
 * Algorithms", 2nd edition, chapter 3: gamma(n) = n v / (1 - n v) bounds the relative error of n
 * successive float32 roundings of at most v = 2^-24.
 */
public final class StageBounds {
  private static final double V = Format.F32.unitRoundoff();

  private final Operation stage;
  private final Tensor exact;
  private final Format lo;
  private final Optional<Format> between;
  private final double u;
  private final double[] bound;

  private StageBounds(Captured<?> captured, Tensor exact) {
    this.stage = captured.operation();
    this.exact = exact;
    this.lo = captured.y().dtype().format().orElseThrow();
    this.between = Widened.rounded(captured.y()).flatMap(found -> found.held().format());
    this.u = Math.max(lo.unitRoundoff(), V);
    this.bound = new double[Math.toIntExact(exact.elements())];
  }

  /** The bound of every output of the stage, given its exact result. */
  public static double[] of(Captured<?> stage, Tensor exact) {
    return new StageBounds(stage, exact).compute(false);
  }

  /**
   * The same for a runtime that went on with values that it had not rounded: what was stored of the
   * stage's inputs may be half a unit in the last place away from what was used.
   */
  public static double[] ofUnroundedInputs(Captured<?> stage, Tensor exact) {
    return new StageBounds(stage, exact).compute(true);
  }

  /** The same for attention whose scores stay in float32; of another stage, the plain bound. */
  public static double[] ofFusedAttention(Captured<?> stage, Tensor exact) {
    StageBounds bounds = new StageBounds(stage, exact);
    if (stage.operation() instanceof Attention attention) {
      new StageAttentionBound(attention, exact, bounds.lo, V).fill(bounds.bound);
      return bounds.cast();
    }
    return bounds.compute(false);
  }

  /** The stage's outputs against their bounds. */
  public static Bounded check(Captured<?> stage, Tensor exact, double[] bound) {
    IntToDoubleFunction excess = i -> excess(stage.y().get(i), exact.get(i), bound[i]);
    return Bounded.of(bound.length, i -> excess.applyAsDouble(i) <= 1, excess);
  }

  /** The error in units of the bound; both infinite or both NaN are right. */
  private static double excess(double y, double exact, double bound) {
    if (y == exact || (Double.isNaN(y) && Double.isNaN(exact))) {
      return 0;
    }
    double times = Math.abs(y - exact) / bound;
    return Double.isNaN(times) ? Double.POSITIVE_INFINITY : times;
  }

  /**
   * True if the bound could tell: more than half of the exact results lie further from the one a
   * row below than their bound. A bound that a wrong row would pass says nothing.
   *
   * @param columns outputs of a row
   */
  public static boolean decisive(Tensor exact, double[] bound, int columns) {
    long outside = 0;
    for (int i = 0; i < bound.length; i++) {
      int other = (int) ((i + (long) columns) % bound.length);
      outside += Math.abs(exact.get(i) - exact.get(other)) > bound[i] ? 1 : 0;
    }
    return 2 * outside > bound.length;
  }

  private double[] compute(boolean unroundedInputs) {
    switch (stage) {
      case Product gemm -> product(gemm, unroundedInputs);
      case Norm norm -> norm(norm);
      case Rotation rope -> rotation(rope, unroundedInputs);
      case Pointwise point -> pointwise(point, unroundedInputs);
      case Attention attention -> new StageAttentionBound(attention, exact, lo, u).fill(bound);
      default -> throw new IllegalArgumentException(stage.kind().name());
    }
    return cast();
  }

  /** With the rounding to a shorter type on the way to the stored one, where values show that. */
  private double[] cast() {
    between.ifPresent(
        format -> {
          for (int i = 0; i < bound.length; i++) {
            bound[i] += format.ulp(Math.abs(exact.get(i)) + bound[i]) / 2;
          }
        });
    return bound;
  }

  static double gamma(double n) {
    return n * V / (1 - n * V);
  }

  /** Half a unit in the last place at the largest value that may be stored. */
  private void store(int i, double error) {
    bound[i] = error + lo.ulp(Math.abs(exact.get(i)) + error) / 2;
  }

  /** How far a value may have been from what its storage format kept of it. */
  private static double dropped(Tensor stored, double value) {
    return stored.dtype().format().orElseThrow().ulp(value) / 2;
  }

  /** gamma(K) Σ|x w| for K products and sums, and Σ|w| h if x was off by h. */
  private void product(Product gemm, boolean unrounded) {
    int k = gemm.depth();
    double[] x = gemm.x().toDoubles();
    double[] w = gemm.w().toDoubles();
    double[] h = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      h[i] = unrounded ? dropped(gemm.x(), x[i]) : 0;
      x[i] = Math.abs(x[i]);
    }
    for (int i = 0; i < bound.length; i++) {
      int row = i / gemm.columns() * k;
      int column = i % gemm.columns() * k;
      double sum = 0;
      double moved = 0;
      for (int j = 0; j < k; j++) {
        double weight = Math.abs(w[column + j]);
        sum += (x[row + j] + h[row + j]) * weight;
        moved += h[row + j] * weight;
      }
      store(i, gamma(k) * sum + moved);
    }
  }

  /**
   * The mean of the squares is off by u for the squares, gamma(W) for their sum, u for the mean and
   * u for the sum with eps, all relative; the root halves that. Root, reciprocal, the product with
   * x, the rounded weight and the product with it add u each. An eps rounded to lo is off by half a
   * subnormal spacing.
   */
  private void norm(Norm norm) {
    int width = norm.width();
    double relative = (3 * u + gamma(width)) / 2 + 5 * u;
    double[] x = norm.x().toDoubles();
    double[] w = norm.weight().toDoubles();
    for (int row = 0; row < x.length / width; row++) {
      double squares = 0;
      for (int i = 0; i < width; i++) {
        squares += x[row * width + i] * x[row * width + i];
      }
      double eps = lo.minSubnormal() / 2 / (2 * (squares / width + norm.eps()));
      for (int i = 0; i < width; i++) {
        int at = row * width + i;
        double size = Math.abs(exact.get(at));
        store(at, size * Math.expm1(relative + eps) + lo.minSubnormal() * (1 + Math.abs(w[i])));
      }
    }
  }

  /** Each product is off by u, and their sum by u of what they are at most. */
  private void rotation(Rotation rope, boolean unrounded) {
    Tensor magnitude = absoluteRotation(rope);
    double[] moved =
        unrounded ? absoluteRotation(droppedOf(rope)).toDoubles() : new double[bound.length];
    for (int i = 0; i < bound.length; i++) {
      double h = moved[i];
      store(i, 3 * u * (magnitude.get(i) + h) + h + lo.minSubnormal());
    }
  }

  private static Rotation droppedOf(Rotation rope) {
    double[] h = Arrays.stream(rope.x().toDoubles()).map(x -> dropped(rope.x(), x)).toArray();
    return new Rotation(Tensor.ofDoubles(rope.x().shape(), h), rope.cos(), rope.sin());
  }

  /** |x cos| + |x' sin|: the rotation of |x| by |cos| and the sine's sign against the minus. */
  private static Tensor absoluteRotation(Rotation rope) {
    double[] cos = absolute(rope.cos());
    double[] sin = absolute(rope.sin());
    int d = rope.x().shape().intDim(3);
    for (int i = 0; i < sin.length; i++) {
      sin[i] = i % d < d / 2 ? -sin[i] : sin[i];
    }
    Rotation positive =
        new Rotation(
            Tensor.ofDoubles(rope.x().shape(), absolute(rope.x())),
            Tensor.ofDoubles(rope.cos().shape(), cos),
            Tensor.ofDoubles(rope.sin().shape(), sin));
    try (Workers alone = new Workers(1)) {
      return positive.exact(alone);
    }
  }

  private static double[] absolute(Tensor tensor) {
    return Arrays.stream(tensor.toDoubles()).map(Math::abs).toArray();
  }

  private void pointwise(Pointwise point, boolean unrounded) {
    for (int i = 0; i < bound.length; i++) {
      double a = Math.abs(point.a().get(i));
      double b = point.b().isPresent() ? Math.abs(point.b().get().get(i)) : 0;
      double ha = unrounded ? dropped(point.a(), a) : 0;
      double hb = unrounded && point.b().isPresent() ? dropped(point.b().get(), b) : 0;
      double size = Math.abs(exact.get(i));
      double error =
          switch (point.function()) {
            case CAST -> ha;
            case ADD -> ha + hb + V * (size + ha + hb);
            case MUL -> a * hb + b * ha + ha * hb + V * (a + ha) * (b + hb);
            // SiLU's slope is at most 1.1.
            case SILU -> silu(point.a().get(i), size) + 1.1 * ha;
            // GELU's slope is below 1.13.
            case GELU -> gelu(point.a().get(i)) + 1.13 * ha;
          };
      store(i, error);
    }
  }

  /**
   * The argument s of the tangent is off by 6u relative to the larger of its terms, which moves the
   * tangent by no more than 6u · |s| · (1 - tanh²s) &lt; 3u, its own function by 2u, and 1 + tanh
   * and the products by 3u of x; a fast function by a float32 rounding of its argument.
   */
  private double gelu(double x) {
    return Math.abs(x) * (8 * u + 8 * V * (1 + Math.abs(x))) + lo.minSubnormal();
  }

  /**
   * e^-x, 1 + e^-x, the quotient and the product are off by u each; a fast exponential by a float32
   * rounding of its argument times log2(e). A sigmoid below the smallest normal number is off by a
   * subnormal spacing, and zero where e^-x overflows.
   */
  private double silu(double x, double size) {
    double relative = 4 * u + 4 * V * (1 + Math.abs(x));
    boolean overflows = -x > Math.log(lo.maxFinite());
    return overflows ? size : size * relative + lo.minSubnormal() * Math.abs(x);
  }
}

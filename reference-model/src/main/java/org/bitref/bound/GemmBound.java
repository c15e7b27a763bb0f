package org.bitref.bound;

import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bitref.bound.ProductFamily.Arithmetic;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.tensor.Widened;

/**
 * How far a right implementation may be from the exact product, output by output, for each family
 * of recipes. The derivation stands at {@link ProductFamily}.
 *
 * <p>Worked example: K = 16, all factors 1, float16. A float32 accumulator may be off by
 * 16·32·2^-22 and the conversion of 16 by 2^-6, together 0.0157; with a float16 accumulator in
 * fused steps of 16 it is 16·17.5·2^-11 and a little and 2^-6, together 0.155.
 */
public final class GemmBound {
  private final Factors factors;
  private final Workers workers;
  private final double[] y;
  private final Format format;
  private final Optional<Format> between;
  private final List<ProductFamily> families;
  private final Map<InputRounding, ExactProduct> products = new EnumMap<>(InputRounding.class);
  private final Map<ProductFamily, Boolean> contained = new HashMap<>();
  private Optional<double[]> dropped = Optional.empty();

  private GemmBound(Captured<Product> gemm, Workers workers) {
    this.factors = Factors.of(gemm.operation());
    this.workers = workers;
    this.y = gemm.y().toDoubles();
    this.format = Widened.format(gemm.y());
    this.between = Widened.rounded(gemm.y()).flatMap(found -> found.held().format());
    this.families = families(gemm.operation());
  }

  /** Quantised operands are multiplied as they are, or as the float32 numbers they stand for. */
  private List<ProductFamily> families(Product gemm) {
    List<ProductFamily> own = families(gemm, Widened.format(gemm.x()), Widened.format(gemm.w()));
    return gemm.scales().isEmpty()
        ? own
        : Stream.concat(own.stream(), families(gemm, Format.F32, Format.F32).stream())
            .distinct()
            .toList();
  }

  private List<ProductFamily> families(Product gemm, Format x, Format w) {
    double magnitude = Math.max(1, Math.max(largest(factors.x()), largest(factors.w())));
    return ProductFamily.of(x, w, format, gemm.depth(), magnitude);
  }

  /** The bounds for a captured product. */
  public static GemmBound of(Captured<Product> gemm, Workers workers) {
    return new GemmBound(gemm, workers);
  }

  private GemmBound(GemmBound whole, Region part) {
    this.factors = whole.factors.part(part);
    this.workers = whole.workers;
    this.y = part.of(whole.y, whole.factors.columns());
    this.format = whole.format;
    this.between = whole.between;
    this.families = whole.families;
  }

  /** A block of the output by itself. */
  public GemmBound part(Region region) {
    return new GemmBound(this, region);
  }

  private static double largest(double[] values) {
    return Arrays.stream(values).map(Math::abs).filter(Double::isFinite).max().orElse(0);
  }

  /** The narrowest family that gives every output, if there is one. */
  public Optional<ProductFamily> narrowest() {
    return families.stream().filter(this::contains).findFirst();
  }

  /** The output against the bound of a family. */
  public Bounded check(ProductFamily family) {
    Limits limits = limits(family);
    return Bounded.of(y.length, i -> limits.holds(i, y[i]), i -> limits.ratio(i, y[i]));
  }

  /** True if the family gives every output. */
  public boolean contains(ProductFamily family) {
    return contained.computeIfAbsent(family, one -> contains(limits(one)));
  }

  private boolean contains(Limits limits) {
    return IntStream.range(0, y.length).allMatch(i -> limits.holds(i, y[i]));
  }

  public Limits limits(ProductFamily family) {
    return limits(family, product(family.input()), 1);
  }

  public Limits limits(ProductFamily family, ExactProduct product, int conversions) {
    boolean biased = factors.bias().isPresent();
    return new Limits(
        product, family, format, between, dropped(family), factors.depth(), biased, conversions);
  }

  public ExactProduct product(InputRounding input) {
    return products.computeIfAbsent(input, rounding -> factors.rounded(rounding).product(workers));
  }

  private Optional<double[]> dropped(ProductFamily family) {
    if (family.arithmetic() != Arithmetic.FLOAT32_DROPPED_ROUNDING) {
      return Optional.empty();
    }
    if (dropped.isEmpty()) {
      dropped = family.rounded().map(format -> factors.dropped(format, workers));
    }
    return dropped;
  }

  /** The family with the fewest outputs outside, the widest of them. */
  public ProductFamily widest() {
    return families.reversed().stream()
        .min(Comparator.comparingLong(family -> check(family).outside()))
        .orElseThrow();
  }

  /**
   * The family with the fewest outputs outside of those that do not give all; the first of them.
   */
  public ProductFamily tightest() {
    return families.stream()
        .filter(family -> !contains(family))
        .min(Comparator.comparingLong(family -> check(family).outside()))
        .orElseThrow();
  }

  /** True if a float16 accumulator is among the families. */
  public boolean isHalf() {
    return families.stream().anyMatch(family -> family.arithmetic().isHalf());
  }

  /** The smallest block that holds everything outside a family's bound; all of it if nothing is. */
  public Region outside(ProductFamily family) {
    Limits limits = limits(family);
    int columns = factors.columns();
    int[] box = {Integer.MAX_VALUE, -1, Integer.MAX_VALUE, -1};
    for (int i = 0; i < y.length; i++) {
      if (!limits.holds(i, y[i])) {
        box[0] = Math.min(box[0], i / columns);
        box[1] = Math.max(box[1], i / columns);
        box[2] = Math.min(box[2], i % columns);
        box[3] = Math.max(box[3], i % columns);
      }
    }
    return box[1] < 0 ? whole() : new Region(box[0], box[1], box[2], box[3]);
  }

  /** All of the output. */
  public Region whole() {
    return new Region(0, factors.rows() - 1, 0, factors.columns() - 1);
  }

  public List<ProductFamily> families() {
    return families;
  }

  public Factors factors() {
    return factors;
  }

  /** What was captured, [rows, columns]. */
  public double[] y() {
    return y;
  }

  public Workers workers() {
    return workers;
  }
}

package org.bitref.bound;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;

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
  private final List<ProductFamily> families;
  private final Map<InputRounding, ExactProduct> products = new EnumMap<>(InputRounding.class);
  private final Map<ProductFamily, Boolean> contained = new HashMap<>();
  private double[] dropped;

  private GemmBound(Captured<Product> gemm, Workers workers) {
    this.factors = Factors.of(gemm);
    this.workers = workers;
    this.y = gemm.y().toDoubles();
    this.format = StoredFormat.of(gemm.y());
    this.families =
        ProductFamily.of(
            StoredFormat.of(gemm.operation().x()),
            StoredFormat.of(gemm.operation().w()),
            format,
            gemm.operation().depth(),
            Math.max(1, Math.max(largest(factors.x()), largest(factors.w()))));
  }

  /** The bounds for a captured product. */
  public static GemmBound of(Captured<Product> gemm, Workers workers) {
    return new GemmBound(gemm, workers);
  }

  private GemmBound(GemmBound whole, Region part) {
    this.factors = whole.factors.part(part);
    this.workers = whole.workers;
    this.y = Factors.block(whole.y, whole.factors.columns(), part);
    this.format = whole.format;
    this.families = whole.families;
  }

  /** A block of the output by itself. */
  public GemmBound part(Region region) {
    return new GemmBound(this, region);
  }

  private static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      if (Math.abs(value) <= Double.MAX_VALUE) {
        largest = Math.max(largest, Math.abs(value));
      }
    }
    return largest;
  }

  /** The narrowest family that gives every output, if there is one. */
  public Optional<Bounded> narrowest() {
    return families.stream().filter(this::contains).findFirst().map(this::check);
  }

  /** The output against every family, roughly from the narrowest to the widest. */
  public List<Bounded> all() {
    return families.stream().map(this::check).toList();
  }

  /**
   * The output against the bound of a float32 accumulator whose x was rounded only when it was
   * written down, by up to half a unit in the last place; empty if x is wider than 16 bits.
   */
  public Optional<Bounded> droppedRounding() {
    return families.stream()
        .filter(family -> family.dropped() != null)
        .findFirst()
        .map(this::check);
  }

  public Bounded check(ProductFamily family) {
    Limits limits = limits(family);
    long outside = 0;
    int worst = 0;
    double ratio = -1;
    for (int i = 0; i < y.length; i++) {
      outside += limits.holds(i, y[i]) ? 0 : 1;
      if (limits.ratio(i, y[i]) > ratio) {
        ratio = limits.ratio(i, y[i]);
        worst = i;
      }
    }
    int columns = Math.max(1, factors.columns());
    return new Bounded(
        family.text(), outside, Math.max(0, ratio), worst / columns, worst % columns);
  }

  /** True if the family gives every output. */
  public boolean contains(ProductFamily family) {
    return contained.computeIfAbsent(family, one -> contains(limits(one)));
  }

  private boolean contains(Limits limits) {
    for (int i = 0; i < y.length; i++) {
      if (!limits.holds(i, y[i])) {
        return false;
      }
    }
    return true;
  }

  public Limits limits(ProductFamily family) {
    return limits(family, product(family.input()), 1);
  }

  public Limits limits(ProductFamily family, ExactProduct product, int conversions) {
    boolean biased = factors.bias() != null;
    return new Limits(
        product, family, format, dropped(family), factors.depth(), biased, conversions);
  }

  public ExactProduct product(InputRounding input) {
    return products.computeIfAbsent(input, rounding -> factors.rounded(rounding).product(workers));
  }

  private double[] dropped(ProductFamily family) {
    if (family.dropped() == null) {
      return null;
    }
    if (dropped == null) {
      dropped = factors.dropped(family.dropped(), workers);
    }
    return dropped;
  }

  /** The family with the fewest outputs outside, the widest of them. */
  public ProductFamily widest() {
    ProductFamily widest = families.getFirst();
    for (ProductFamily family : families) {
      if (check(family).outside() <= check(widest).outside()) {
        widest = family;
      }
    }
    return widest;
  }

  /**
   * The family with the fewest outputs outside of those that do not give all; the first of them.
   */
  public ProductFamily tightest() {
    ProductFamily tightest = families.getFirst();
    for (ProductFamily family : families) {
      if (!contains(family) && check(family).outside() < check(tightest).outside()) {
        tightest = family;
      }
    }
    return tightest;
  }

  /** True if a float16 accumulator is among the families. */
  public boolean isHalf() {
    return families.stream()
        .anyMatch(family -> family.accumulator() == ProductFamily.Accumulator.FLOAT16);
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

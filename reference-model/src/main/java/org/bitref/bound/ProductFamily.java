package org.bitref.bound;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bitref.numerics.Format;

/**
 * Recipes that share a bound.
 *
 * <p>A sum is a tree of operations. Operation t adds exact products and the computed results of its
 * children and is off by |ε(t)| &lt;= u(t)·(|z| + λ), where z is the largest magnitude that enters
 * or leaves it and u(t)·λ what underflow adds. Errors of a sum go up the tree unchanged, so the
 * error of a result is the sum of the ε(t) below it. Let V bound every exact partial sum and every
 * product. Then by induction from the leaves
 *
 * <pre>|computed - exact| &lt;= (V + λ)·(exp(Σu(t)) - 1)</pre>
 *
 * <p>for with children bounded so, an operation adds at most u·(V + λ + Σ children's errors), and
 * Σ(exp(g) - 1) &lt;= exp(Σg) - 1.
 *
 * <p><b>u of one operation.</b> An addition to nearest: half a unit, 2^-24 in float32, 2^-11 in
 * float16; a product that is rounded first costs the same again. A fused step of t &lt;= w terms
 * truncates t + 1 terms to 2^(E-F) each, where 2^E is at most the largest q or the accumulator, and
 * then the sum: (t + 1)·2^-F + 2^-23 with a float32 accumulator, (t + 1)·2^-F + 2^-11 with a
 * float16 one. q is |x·w|, in which a subnormal factor counts as the least power of its format,
 * because the step does not normalise it.
 *
 * <p><b>V.</b> With K in order, each partial sum is a difference of two prefix sums but for pieces
 * of a granule at both ends: range + 2 granules, and no product is above that. In any order: Σq.
 *
 * <p>Left out are recipes that nobody has been seen to use: F below 23, a floor of E above the
 * least exponent of the factors, subnormal float16 factors taken as zero, and more than 16 slices
 * whose sums are rounded to 16 bits while they were accumulated in float32.
 *
 * @param arithmetic of its sums
 * @param input what is done to the factors first
 * @param rounded the format into which x was rounded only when it was written down, or that of
 *     rounded sums
 * @param inOrder true if each partial sum runs over consecutive k
 * @param gain exp(Σu(t)) - 1
 * @param least λ
 * @param most the largest finite value that a partial sum may have
 */
public record ProductFamily(
    Arithmetic arithmetic,
    InputRounding input,
    Optional<Format> rounded,
    boolean inOrder,
    double gain,
    double least,
    double most) {
  /** Slices whose sums are rounded to 16 bits. */
  public static final int ROUNDED_SLICES = 16;

  /** What sums are kept in, and how. */
  public enum Arithmetic {
    FLOAT64,
    /** Fused steps of FP8 factors, in less than float32. */
    FLOAT8_STEPS,
    FLOAT32,
    /** The factors were rounded only when they were written down. */
    FLOAT32_DROPPED_ROUNDING,
    /** Sums of slices are rounded to 16 bits. */
    FLOAT32_ROUNDED_SUMS,
    /** Fused steps of 16 or more terms. */
    FLOAT16_STEPS_OF_16,
    /** Fused steps of 4 or more terms. */
    FLOAT16_STEPS_OF_4,
    /** Every product and sum is rounded. */
    FLOAT16_EACH;

    boolean isHalf() {
      return compareTo(FLOAT16_STEPS_OF_16) >= 0;
    }
  }

  /**
   * True for float32 sums of consecutive k, however the factors were rounded: nothing is narrower.
   */
  public boolean isPlain() {
    return inOrder && most == Float.MAX_VALUE;
  }

  /** A bound on the error of output i before it is converted. */
  double error(ExactProduct product, int i) {
    return (value(product, i) + least) * gain;
  }

  /** A bound on every partial sum of output i, its error included. */
  double largest(ExactProduct product, int i) {
    return value(product, i) + error(product, i);
  }

  /** V. */
  private double value(ExactProduct product, int i) {
    double consecutive = product.range()[i] + 2 * product.granule()[i];
    double all = product.sum()[i];
    return inOrder ? Math.min(consecutive, all) : all;
  }

  private ProductFamily with(InputRounding other) {
    return new ProductFamily(arithmetic, other, rounded, inOrder, gain, least, most);
  }

  private ProductFamily with(Format other) {
    return new ProductFamily(arithmetic, input, Optional.of(other), inOrder, gain, least, most);
  }

  /**
   * All families for factors of these formats, roughly from narrow to wide.
   *
   * @param x format of the left factor
   * @param w format of the right factor
   * @param y format of the result
   * @param depth K
   * @param magnitude the largest factor, or 1 if that is more
   */
  static List<ProductFamily> of(Format x, Format w, Format y, int depth, double magnitude) {
    return new Builder(x, w, y, depth, magnitude).all();
  }

  private record Builder(Format x, Format w, Format y, int depth, double magnitude) {
    List<ProductFamily> all() {
      List<ProductFamily> all = new ArrayList<>();
      if (y == Format.F64 || x == Format.F64 || w == Format.F64) {
        double growth = (3.0 * depth + 16) * 0x1p-53;
        all.add(plain(Arithmetic.FLOAT64, false, growth, 0, Double.MAX_VALUE));
      }
      if (x.width() == 8 && w.width() == 8) {
        double growth = (depth + 16) * 0x1p-12;
        all.add(plain(Arithmetic.FLOAT8_STEPS, false, growth, 0x1p-100, Float.MAX_VALUE));
      }
      boolean wide = isWide();
      for (InputRounding input : InputRounding.values()) {
        if (wide || input == InputRounding.NONE) {
          all.add(single(Arithmetic.FLOAT32, true).with(input));
          all.add(single(Arithmetic.FLOAT32, false).with(input));
        }
      }
      if (!wide) {
        all.add(single(Arithmetic.FLOAT32_DROPPED_ROUNDING, false).with(x));
      }
      addSixteenBits(all);
      return List.copyOf(all);
    }

    private void addSixteenBits(List<ProductFamily> all) {
      List<Format> partials =
          Stream.of(y, x).filter(format -> format.width() == 16).distinct().toList();
      boolean half = isHalf();
      partials.forEach(partial -> all.add(partials(partial, true)));
      if (half) {
        all.add(half(Arithmetic.FLOAT16_STEPS_OF_16, true, steps(16)));
        all.add(half(Arithmetic.FLOAT16_STEPS_OF_4, true, steps(4)));
      }
      partials.forEach(partial -> all.add(partials(partial, false)));
      if (half) {
        all.add(half(Arithmetic.FLOAT16_STEPS_OF_4, false, steps(4)));
        all.add(half(Arithmetic.FLOAT16_EACH, false, 3.0 * depth + 16));
      }
    }

    /** Numbers that are short enough for any format are multiplied in the other factor's. */
    private boolean isHalf() {
      return !isWide() && (x == Format.F16 || w == Format.F16);
    }

    private boolean isWide() {
      return x.precision() > 11 || w.precision() > 11;
    }

    /** λ with float32: results below 2^-126 may become zero, and so may factors. */
    private double leastSingle() {
      return 0x1p-101 * magnitude;
    }

    /**
     * Of all the float32 recipes w = 4, F = 23 has the largest u for each term: 5/4·2^-23 +
     * 2^-23/4. Rounded products with as many lanes as terms come to 3·2^-24. The rest of (K +
     * 16)·2^-22 is for up to K/8 + 8 further pieces of K, their last steps and the additions of
     * their sums.
     */
    private double growthSingle() {
      return (depth + 16) * 0x1p-22;
    }

    private static ProductFamily plain(
        Arithmetic arithmetic, boolean inOrder, double growth, double least, double most) {
      return new ProductFamily(
          arithmetic,
          InputRounding.NONE,
          Optional.empty(),
          inOrder,
          Math.expm1(growth),
          least,
          most);
    }

    private ProductFamily single(Arithmetic arithmetic, boolean inOrder) {
      return plain(arithmetic, inOrder, growthSingle(), leastSingle(), Float.MAX_VALUE);
    }

    private ProductFamily partials(Format partial, boolean inOrder) {
      double growth = growthSingle() + 2 * ROUNDED_SLICES * partial.unitRoundoff();
      double least = Math.max(leastSingle(), partial.minSubnormal() / partial.unitRoundoff());
      double most = partial.maxFinite();
      return plain(Arithmetic.FLOAT32_ROUNDED_SUMS, inOrder, growth, least, most).with(partial);
    }

    /** Steps of w terms in up to K/64 + 8 slices: their last steps and the additions besides. */
    private double steps(int terms) {
      return (double) depth / terms + depth / 32.0 + 16;
    }

    /** Truncation adds at most 65·2^-23 to each rounding, less than a 64th. */
    private static ProductFamily half(Arithmetic arithmetic, boolean inOrder, double steps) {
      double u = Format.F16.unitRoundoff() * (1 + 0x1p-6);
      double least = Format.F16.minSubnormal() / 2 / Format.F16.unitRoundoff();
      return plain(arithmetic, inOrder, steps * u, least, Format.F16.maxFinite());
    }
  }
}

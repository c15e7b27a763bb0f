package org.bitref.compare.verdict;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.bitref.compare.verdict.Form.Known;

/**
 * Simple forms of a difference in a region: zeros, a sign, a factor, an offset, and other lines.
 *
 * <p>A factor or offset is a form only if it moves values by more than truncation may: a product of
 * two factors that are cut off, each by less than 2u of its format, is too small by up to 4u. u is
 * that of the tensor's type, and at least that of BF16, the coarsest type that is not quantised, as
 * what a tensor was computed in is not known.
 */
final class Fits {
  private static final double BFLOAT16_ROUNDOFF = 0x1p-8;

  /** A double, or what is told apart of it by rounded values. */
  private static final double COST_OF_NUMBER = 24 * Math.log(2);

  private final Sides sides;
  private final double least;

  /**
   * @param roundoff of the coarser type
   */
  Fits(Sides sides, double roundoff) {
    this.sides = sides;
    this.least = 4 * Math.max(roundoff, BFLOAT16_ROUNDOFF);
  }

  /** The best form that holds. */
  Optional<Fit> best(Region region, boolean moves) {
    Sample sample = Sample.of(sides.layout(), region);
    double[] a = sample.map(sides::a);
    double[] b = sample.map(sides::b);
    double[] size = sample.map(sides::size);
    List<Fit> fits = new ArrayList<>();
    zeros(a, b).ifPresent(fits::add);
    if (fits.isEmpty()) {
      factor(a, b, size).ifPresent(fits::add);
      offset(a, b, size).ifPresent(fits::add);
      if (moves) {
        fits.addAll(new Moves(sides, region, sample).all());
      }
    }
    return fits.stream().filter(Fit::holds).max(Comparator.comparingDouble(Fit::gain));
  }

  /** Zeros on one side, where the other has few. */
  private static Optional<Fit> zeros(double[] a, double[] b) {
    boolean noneA = Arrays.stream(a).allMatch(x -> x == 0);
    boolean noneB = Arrays.stream(b).allMatch(x -> x == 0);
    return noneA == noneB
        ? Optional.empty()
        : Optional.of(new Fit(noneB ? Known.ZEROS_IN_B : Known.ZEROS_IN_A, 0, 1, a.length));
  }

  private Optional<Fit> factor(double[] a, double[] b, double[] size) {
    double above = 0;
    double below = 0;
    for (int i = 0; i < a.length; i++) {
      double weight = weight(size[i]);
      above += weight * a[i] * b[i];
      below += weight * a[i] * a[i];
    }
    double factor = above / below;
    double minus = left(a, b, size, -1, 0);
    Fit sign = new Fit(Known.SIGN, minus, 1, a.length);
    if (sign.holds() && Math.abs(factor + 1) < least) {
      return Optional.of(sign);
    }
    return Math.abs(factor - 1) > least
        ? fit(new Form.Factor(factor), left(a, b, size, factor, 0), a.length)
        : Optional.empty();
  }

  private Optional<Fit> offset(double[] a, double[] b, double[] size) {
    double above = 0;
    double below = 0;
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      double weight = weight(size[i]);
      above += weight * (b[i] - a[i]);
      below += weight;
      squares += weight * a[i] * a[i];
    }
    double offset = above / below;
    return Math.abs(offset) > least * Math.sqrt(squares / below)
        ? fit(new Form.Offset(offset), left(a, b, size, 1, offset), a.length)
        : Optional.empty();
  }

  private static Optional<Fit> fit(Form form, double left, int n) {
    return Double.isFinite(left)
        ? Optional.of(new Fit(form, left, COST_OF_NUMBER, n))
        : Optional.empty();
  }

  private static double left(double[] a, double[] b, double[] size, double factor, double offset) {
    double left = 0;
    double all = 0;
    for (int i = 0; i < a.length; i++) {
      double weight = weight(size[i]);
      double rest = b[i] - factor * a[i] - offset;
      double difference = b[i] - a[i];
      left += weight * rest * rest;
      all += weight * difference * difference;
    }
    return left / all;
  }

  static double weight(double size) {
    return size == 0 ? 0 : 1 / (size * size);
  }
}

package org.bitref.diagnose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.bitref.bound.ExactProduct;
import org.bitref.bound.GemmBound;
import org.bitref.bound.InputRounding;

/** Everything zero, or times a constant: a power of two, something of head_dim or K, or any. */
final class ScalePatterns {
  private static final int[] HEAD_DIMS = {16, 32, 64, 72, 80, 96, 112, 128, 160, 192, 256, 512};
  private static final int SAMPLE = 255;

  /** A named constant is tried if the measured one is as near as this. */
  private static final double NEAR = 0x1p-5;

  /** Nearer to 1 than this a constant may be the mark of truncated factors. */
  private static final double LEAST = 0x1p-6;

  private final GemmBound bound;
  private final ExactProduct product;

  ScalePatterns(GemmBound bound) {
    this.bound = bound;
    this.product = bound.product(InputRounding.NONE);
  }

  List<Hypothesis> all() {
    List<Hypothesis> all = new ArrayList<>();
    if (IntStream.range(0, bound.y().length).allMatch(i -> bound.y()[i] == 0)) {
      all.add(
          Hypothesis.of(Pattern.ZERO, "all outputs are zero", 0, (_, right) -> right.scaled(0)));
      return all;
    }
    double measured = median();
    if (!Double.isFinite(measured) || measured == 0) {
      return all;
    }
    double factor = fitted(measured, product);
    if (Math.abs(factor - 1) < LEAST) {
      return all;
    }
    named(bound.factors().depth()).entrySet().stream()
        .filter(entry -> Math.abs(factor / entry.getKey() - 1) < NEAR)
        .sorted(Comparator.comparingDouble(entry -> Math.abs(factor / entry.getKey() - 1)))
        .forEach(entry -> all.add(scaled(_ -> entry.getKey(), "by " + entry.getValue(), 8)));
    String constant = String.format(Locale.ROOT, "by the constant %.3g", factor);
    // A constant that was fitted is always a little better than the one that was meant.
    double cost = 24.0 + bound.y().length;
    all.add(scaled(right -> fitted(measured, right), constant, cost));
    return all;
  }

  /** A factor may have been rounded, too: one conversion for it and one for a second result. */
  private static Hypothesis scaled(ToDoubleFunction<ExactProduct> factor, String by, double cost) {
    return new Hypothesis(
        Pattern.SCALED,
        "all outputs are scaled " + by,
        (_, right) -> right.scaled(factor.applyAsDouble(right)),
        3,
        cost);
  }

  /** Of y/exact, over the outputs that are largest. */
  private double median() {
    int[] largest = largest(SAMPLE);
    double[] ratios = new double[largest.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = bound.y()[largest[i]] / product.exact()[largest[i]];
    }
    Arrays.sort(ratios);
    return ratios.length == 0 ? Double.NaN : ratios[ratios.length / 2];
  }

  private int[] largest(int n) {
    return IntStream.range(0, product.exact().length)
        .filter(i -> Double.isFinite(product.exact()[i]))
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -Math.abs(product.exact()[i])))
        .limit(n)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** Least squares over the outputs whose ratio is near the median. */
  private double fitted(double median, ExactProduct right) {
    double above = 0;
    double below = 0;
    for (int i = 0; i < bound.y().length; i++) {
      double exact = right.exact()[i];
      double y = bound.y()[i];
      if (Double.isFinite(y) && Math.abs(y / exact / median - 1) < NEAR) {
        above += y * exact;
        below += exact * exact;
      }
    }
    return below == 0 ? median : above / below;
  }

  /** Constants by their names; equal ones share an entry. */
  static Map<Double, String> named(int depth) {
    Map<Double, String> named = new LinkedHashMap<>();
    for (int power = 1; power <= 24; power++) {
      named.put(Math.scalb(1.0, power), "2^" + power);
      named.put(Math.scalb(1.0, -power), "2^-" + power);
    }
    named.put(-1.0, "-1");
    for (int d : HEAD_DIMS) {
      add(named, d, "" + d);
    }
    add(named, depth, "K = " + depth);
    return named;
  }

  private static void add(Map<Double, String> named, int d, String name) {
    named.merge(Math.sqrt(d), "sqrt(" + name + ")", ScalePatterns::both);
    named.merge(1 / Math.sqrt(d), "1/sqrt(" + name + ")", ScalePatterns::both);
    named.merge((double) d, name, ScalePatterns::both);
    named.merge(1.0 / d, "1/" + name, ScalePatterns::both);
  }

  private static String both(String a, String b) {
    return a + " = " + b;
  }
}

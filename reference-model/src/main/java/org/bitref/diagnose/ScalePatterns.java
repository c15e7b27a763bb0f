package org.bitref.diagnose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.bitref.bound.ExactProduct;
import org.bitref.bound.GemmBound;
import org.bitref.diagnose.Damage.Constant;
import org.bitref.diagnose.Damage.Constant.Kind;
import org.bitref.diagnose.Judge.Hypothesis;

/** Everything zero, or times a constant: a power of two, something of head_dim or K, or any. */
record ScalePatterns(GemmBound bound, ExactProduct product) {
  private static final int[] HEAD_DIMS = {16, 32, 64, 72, 80, 96, 112, 128, 160, 192, 256, 512};
  private static final int SAMPLE = 255;

  /** A named constant is tried if the measured one is as near as this. */
  private static final double NEAR = 0x1p-5;

  /** Nearer to 1 than this a constant may be the mark of truncated factors. */
  private static final double LEAST = 0x1p-6;

  List<Hypothesis> all() {
    List<Hypothesis> all = new ArrayList<>();
    if (Arrays.stream(bound.y()).allMatch(y -> y == 0)) {
      all.add(
          new Hypothesis(Pattern.ZERO, Damage.Known.ALL_ZERO, 0, (_, right) -> right.scaled(0)));
      return all;
    }
    all.addAll(new LineScales(bound, product).all());
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
        .map(entry -> new Damage.Scaled(entry.getKey(), entry.getValue()))
        .forEach(damage -> all.add(scaled(_ -> damage.factor(), damage, 8)));
    // A constant that was fitted is always a little better than the one that was meant.
    double cost = 24.0 + bound.y().length;
    all.add(scaled(right -> fitted(measured, right), new Damage.Scaled(factor, List.of()), cost));
    return all;
  }

  /** A factor may have been rounded, too: one conversion for it and one for a second result. */
  private static Hypothesis scaled(
      ToDoubleFunction<ExactProduct> factor, Damage damage, double cost) {
    return new Hypothesis(
        Pattern.SCALED, damage, (_, right) -> right.scaled(factor.applyAsDouble(right)), 3, cost);
  }

  /** Of y/exact, over the outputs that are largest. */
  private double median() {
    double[] ratios =
        IntStream.range(0, product.exact().length)
            .filter(i -> Double.isFinite(product.exact()[i]))
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -Math.abs(product.exact()[i])))
            .limit(SAMPLE)
            .mapToDouble(i -> bound.y()[i] / product.exact()[i])
            .sorted()
            .toArray();
    return ratios.length == 0 ? Double.NaN : ratios[ratios.length / 2];
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

  /** Constants with their names; equal ones share an entry. */
  private static Map<Double, List<Constant>> named(int depth) {
    Map<Double, List<Constant>> named = new LinkedHashMap<>();
    for (int power = 1; power <= 24; power++) {
      for (int signed : new int[] {power, -power}) {
        add(named, Math.scalb(1.0, signed), new Constant(Kind.POWER_OF_TWO, signed, false));
      }
    }
    add(named, -1, new Constant(Kind.MINUS_ONE, 1, false));
    for (int d : HEAD_DIMS) {
      add(named, d, false);
    }
    add(named, depth, true);
    return named;
  }

  private static void add(Map<Double, List<Constant>> named, int d, boolean depth) {
    add(named, Math.sqrt(d), new Constant(Kind.ROOT, d, depth));
    add(named, 1 / Math.sqrt(d), new Constant(Kind.INVERSE_ROOT, d, depth));
    add(named, d, new Constant(Kind.ITSELF, d, depth));
    add(named, 1.0 / d, new Constant(Kind.INVERSE, d, depth));
  }

  private static void add(Map<Double, List<Constant>> named, double value, Constant name) {
    named.computeIfAbsent(value, _ -> new ArrayList<>()).add(name);
  }
}

package org.bitref.search;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.spec.KPlan;
import org.bitref.kernel.spec.KPlan.Range;
import org.bitref.kernel.spec.KPlan.Run;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.recipe.GemmRecipe;
import org.bitref.search.Confirmation.Single;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * Looks for the cheapest input on which two recipes differ: one row x with few elements other than
 * zero, against a column w of ones. Candidates are drawn at the places where either recipe begins a
 * run or a step, as v and -v, between which smaller terms may or may not be lost.
 */
final class Separation {
  private static final int MOST_TERMS = 6;
  private static final int TRIES = 250;
  private static final int CLOSE = 12;

  private final int k;
  private final Format in;
  private final Format out;
  private final double[] x;
  private final Single a;
  private final Single b;
  private final int[] places;

  private Separation(GemmRecipe a, GemmRecipe b, int k, int n) {
    this.k = k;
    this.in = a.in().x();
    this.out = a.output();
    this.x = new double[k];
    double[] ones = new double[k];
    Arrays.fill(ones, 1);
    Tensor row = Tensor.ofDoubles(Shape.of(1, k), x);
    Tensor column = Tensor.ofDoubles(Shape.of(1, k), ones);
    GemmOperands bias = GemmOperands.NONE.withBias(Tensor.ofFloats(Shape.of(1), 1f));
    this.a = new Single(a, row, column, bias, n);
    this.b = new Single(b, row, column, bias, n);
    this.places = places();
  }

  static Tie.Input find(GemmRecipe a, GemmRecipe b, int k, int n) {
    return k == 0 ? Tie.Other.UNKNOWN : new Separation(a, b, k, n).search();
  }

  private int[] places() {
    TreeSet<Integer> near = new TreeSet<>();
    for (KPlan plan : List.of(a.plan(), b.plan())) {
      for (var slice : plan.slices()) {
        for (Run run : slice) {
          for (Range range : run.ranges().subList(0, Math.min(2, run.ranges().size()))) {
            for (int offset : new int[] {0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32}) {
              near.add(range.from() + offset);
              near.add(range.to() - 1 - offset);
            }
          }
        }
        if (near.size() > 400) {
          break;
        }
      }
    }
    return near.stream().filter(place -> place >= 0 && place < k).mapToInt(p -> p).toArray();
  }

  private Tie.Input search() {
    SplittableRandom random = new SplittableRandom(1);
    for (int terms = 1; terms <= Math.min(MOST_TERMS, k); terms++) {
      for (int t = 0; t < TRIES; t++) {
        Map<Integer, Double> input = draw(random, terms);
        input.forEach((place, value) -> x[place] = value);
        long ours = a.bits(0, 0);
        long theirs = b.bits(0, 0);
        input.keySet().forEach(place -> x[place] = 0);
        if (ours != theirs) {
          return new Tie.Terms(input, out, ours, theirs);
        }
      }
    }
    return Tie.Other.UNKNOWN;
  }

  private Map<Integer, Double> draw(SplittableRandom random, int terms) {
    Map<Integer, Double> input = new TreeMap<>();
    int exponent = random.nextInt(Math.max(in.emin(), -4), Math.min(in.emax(), 13));
    double large = value(random, exponent);
    // Half of the inputs lie within one fused step.
    boolean close = random.nextBoolean();
    int near = places[random.nextInt(places.length)];
    for (int i = 0; i < terms; i++) {
      double value =
          switch (i) {
            case 0 -> large;
            case 1 -> -large;
            default -> value(random, exponent - random.nextInt(34));
          };
      int place =
          close
              ? Math.min(k - 1, near + random.nextInt(CLOSE))
              : places[random.nextInt(places.length)];
      input.put(place, value);
    }
    return input;
  }

  private double value(SplittableRandom random, int exponent) {
    double significand = random.nextInt(3) == 0 ? 1 + random.nextDouble() : 1;
    double sign = random.nextInt(4) == 0 ? -1 : 1;
    return in.round(sign * Math.scalb(significand, exponent), Rounding.RNE);
  }
}

package org.bitref.search;

import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.blocked.OutputSums;
import org.bitref.kernel.spec.KPlan;
import org.bitref.kernel.spec.KPlan.Range;
import org.bitref.kernel.spec.KPlan.Run;
import org.bitref.kernel.spec.OutputTail;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.recipe.GemmRecipe;
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

  private final GemmRecipe a;
  private final int k;
  private final Format format;
  private final int[] places;
  private final double[] x;
  private final OutputSums sumsA;
  private final OutputSums sumsB;
  private final KPlan planA;
  private final KPlan planB;
  private final OutputTail tailA;
  private final OutputTail tailB;

  private Separation(GemmRecipe a, GemmRecipe b, int k, int n) {
    this.a = a;
    this.k = k;
    this.format = a.in().x();
    this.planA = KPlan.of(a.chain(), a.split(), k, n);
    this.planB = KPlan.of(b.chain(), b.split(), k, n);
    this.places = places();
    this.x = new double[k];
    double[] ones = new double[k];
    Arrays.fill(ones, 1);
    Tensor row = Tensor.ofDoubles(Shape.of(1, k), x);
    Tensor column = Tensor.ofDoubles(Shape.of(1, k), ones);
    this.sumsA = new OutputSums(a, row, column);
    this.sumsB = new OutputSums(b, row, column);
    GemmOperands bias = GemmOperands.NONE.withBias(Tensor.ofFloats(Shape.of(1), 1f));
    this.tailA = new OutputTail(a, bias, 1);
    this.tailB = new OutputTail(b, bias, 1);
  }

  static Tie.Input find(GemmRecipe a, GemmRecipe b, int k, int n) {
    return k == 0 ? Tie.Other.UNKNOWN : new Separation(a, b, k, n).search();
  }

  private int[] places() {
    TreeSet<Integer> near = new TreeSet<>();
    for (KPlan plan : new KPlan[] {planA, planB}) {
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
        sumsA.select(0, 0);
        sumsB.select(0, 0);
        long ours = tailA.bits(sumsA.of(planA, 0), 0, 0);
        long theirs = tailB.bits(sumsB.of(planB, 0), 0, 0);
        input.keySet().forEach(place -> x[place] = 0);
        if (ours != theirs) {
          return new Tie.Terms(input, a.output(), ours, theirs);
        }
      }
    }
    return Tie.Other.UNKNOWN;
  }

  private Map<Integer, Double> draw(SplittableRandom random, int terms) {
    Map<Integer, Double> input = new TreeMap<>();
    int exponent = random.nextInt(Math.max(format.emin(), -4), Math.min(format.emax(), 13));
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
    return format.round(sign * Math.scalb(significand, exponent), Rounding.RNE);
  }
}

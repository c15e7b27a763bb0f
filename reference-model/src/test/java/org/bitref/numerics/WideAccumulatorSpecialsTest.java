package org.bitref.numerics;

import static org.bitref.numerics.Bits.assertSame;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** NaN, infinities and the sign of zero. */
class WideAccumulatorSpecialsTest {
  private static final double INFINITY = Double.POSITIVE_INFINITY;

  private static double sum(Consumer<WideAccumulator> terms) {
    WideAccumulator sum = new WideAccumulator();
    terms.accept(sum);
    double first = sum.toDouble();
    // Used before and cleared, it must say the same.
    sum.add(Double.NaN);
    sum.add(INFINITY);
    sum.add(-INFINITY);
    sum.add(-0.0);
    sum.add(1);
    sum.clear();
    terms.accept(sum);
    assertSame(first, sum.toDouble(), () -> "after clear");
    return first;
  }

  private static double sum(double... terms) {
    return sum(
        sum -> {
          for (double term : terms) {
            sum.add(term);
          }
        });
  }

  private static double product(double a, double b) {
    return sum(sum -> sum.addProduct(a, b));
  }

  @Test
  void zeros() {
    assertSame(0.0, sum());
    assertSame(0.0, sum(0.0));
    assertSame(-0.0, sum(-0.0));
    assertSame(-0.0, sum(-0.0, -0.0));
    assertSame(0.0, sum(-0.0, 0.0));
    assertSame(0.0, sum(0.0, -0.0));
    assertSame(0.0, sum(1, -1));
    assertSame(0.0, sum(-1, 1));
    assertSame(0.0, sum(-0.0, -1, 1));
    assertSame(0.0, sum(-1, 1, -0.0));
    assertSame(-1.0, sum(-1, -0.0));
    assertSame(1.0, sum(-0.0, 1));
  }

  @Test
  void zeroProducts() {
    assertSame(0.0, product(0.0, 5));
    assertSame(-0.0, product(-0.0, 5));
    assertSame(-0.0, product(0.0, -5));
    assertSame(-0.0, product(-5, 0.0));
    assertSame(0.0, product(-0.0, -5));
    assertSame(-0.0, product(Double.MAX_VALUE, -0.0));
    assertSame(0.0, sum(sum -> addThen(sum, -0.0, 3, -3)));
  }

  private static void addThen(WideAccumulator sum, double first, double a, double b) {
    sum.add(first);
    sum.addProduct(a, b);
    sum.addProduct(a, -b);
  }

  @Test
  void infinities() {
    assertSame(INFINITY, sum(INFINITY, 1, -Double.MAX_VALUE));
    assertSame(-INFINITY, sum(3, -INFINITY));
    assertSame(INFINITY, sum(INFINITY, INFINITY));
    assertSame(Double.NaN, sum(INFINITY, -INFINITY));
    assertSame(Double.NaN, sum(-INFINITY, 2, INFINITY));
    assertSame(INFINITY, product(INFINITY, 2));
    assertSame(-INFINITY, product(2, -INFINITY));
    assertSame(INFINITY, product(-INFINITY, -INFINITY));
    assertSame(-INFINITY, product(-INFINITY, 1e-300));
  }

  @Test
  void nans() {
    assertSame(Double.NaN, sum(Double.NaN));
    assertSame(Double.NaN, sum(1, Double.NaN, INFINITY));
    assertSame(Double.NaN, product(0, INFINITY));
    assertSame(Double.NaN, product(-INFINITY, 0));
    assertSame(Double.NaN, product(Double.NaN, 0));
    assertSame(Double.NaN, product(1, Double.NaN));
    assertSame(Double.NaN, product(Double.NaN, INFINITY));
  }

  @ParameterizedTest
  @EnumSource
  void specialsInEveryFormat(Format format) {
    for (Rounding rounding : Rounding.values()) {
      double infinity = format == Format.E4M3 ? Double.NaN : INFINITY;
      WideAccumulator sum = new WideAccumulator();
      assertSame(0.0, sum.round(format, rounding));
      sum.add(-0.0);
      assertSame(-0.0, sum.round(format, rounding));
      sum.add(INFINITY);
      assertSame(infinity, sum.round(format, rounding));
      sum.add(-INFINITY);
      assertSame(Double.NaN, sum.round(format, rounding));
      sum.clear();
      sum.addProduct(-Double.MAX_VALUE, Double.MAX_VALUE);
      assertSame(-infinity, sum.round(format, rounding));
      sum.clear();
      sum.addProduct(Double.MIN_VALUE, -Double.MIN_VALUE);
      assertSame(-0.0, sum.round(format, rounding));
    }
  }

  /** Truncation reaches infinity one spacing past the largest finite value, not before. */
  @ParameterizedTest
  @EnumSource
  void truncationAtTheEdgeOfOverflow(Format format) {
    Oracle oracle = Oracle.of(format);
    double max = oracle.largest();
    double spacing = max - format.round(Math.nextDown(max), Rounding.RZ);
    WideAccumulator sum = new WideAccumulator();
    sum.add(max);
    sum.add(spacing);
    assertSame(oracle.overflow(), sum.round(format, Rounding.RZ));
    sum.addProduct(-Double.MIN_VALUE, Double.MIN_VALUE);
    assertSame(max, sum.round(format, Rounding.RZ));
    assertSame(oracle.overflow(), sum.round(format, Rounding.RNE));
    assertSame(oracle.overflow(), sum.round(format, Rounding.RNA));
  }
}

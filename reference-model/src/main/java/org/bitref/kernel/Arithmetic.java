package org.bitref.kernel;

import org.bitref.numerics.ErrorFree;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.numerics.WideAccumulator;
import org.bitref.recipe.Accumulator;

/**
 * Addition, multiplication and the fused multiply-add, each exact and then rounded once into a
 * format. Where the JDK's own operation is just that, it is used. Not thread-safe.
 */
final class Arithmetic {
  private final Format format;
  private final Rounding rounding;
  private final boolean isFloat;
  private final boolean isDouble;
  private final WideAccumulator wide = new WideAccumulator();

  Arithmetic(Format format, Rounding rounding) {
    this.format = format;
    this.rounding = rounding;
    this.isFloat = format == Format.F32 && rounding == Rounding.RNE;
    this.isDouble = format == Format.F64 && rounding == Rounding.RNE;
  }

  static Arithmetic of(Accumulator acc) {
    return new Arithmetic(acc.format(), acc.rounding());
  }

  static Arithmetic nearest(Format format) {
    return new Arithmetic(format, Rounding.RNE);
  }

  double round(double x) {
    return format.round(x, rounding);
  }

  double add(double a, double b) {
    if (isDouble) {
      return a + b;
    }
    if (isFloat && isFloat(a) && isFloat(b)) {
      return (float) a + (float) b;
    }
    double sum = a + b;
    if (ErrorFree.sumError(a, b, sum) == 0) {
      return format.round(sum, rounding);
    }
    wide.clear();
    wide.add(a);
    wide.add(b);
    return wide.round(format, rounding);
  }

  double multiply(double a, double b) {
    if (isDouble) {
      return a * b;
    }
    if (isFloat && isFloat(a) && isFloat(b)) {
      return (float) a * (float) b;
    }
    double product = a * b;
    if (isExact(a, b, product)) {
      return format.round(product, rounding);
    }
    wide.clear();
    wide.addProduct(a, b);
    return wide.round(format, rounding);
  }

  /** a·b + c. */
  double fma(double a, double b, double c) {
    if (isDouble) {
      return Math.fma(a, b, c);
    }
    if (isFloat && isFloat(a) && isFloat(b) && isFloat(c)) {
      return Math.fma((float) a, (float) b, (float) c);
    }
    double product = a * b;
    double sum = product + c;
    if (isExact(a, b, product) && ErrorFree.sumError(product, c, sum) == 0) {
      return format.round(sum, rounding);
    }
    wide.clear();
    wide.addProduct(a, b);
    wide.add(c);
    return wide.round(format, rounding);
  }

  /** True if a double holds a·b; the error of a product that nearly underflows cannot be told. */
  private static boolean isExact(double a, double b, double product) {
    boolean large = Math.abs(product) > 0x1p-900 || a == 0 || b == 0;
    return large && ErrorFree.productError(a, b, product) == 0;
  }

  private static boolean isFloat(double x) {
    return (float) x == x || Double.isNaN(x);
  }
}

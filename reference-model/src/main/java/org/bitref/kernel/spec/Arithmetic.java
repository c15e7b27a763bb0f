package org.bitref.kernel.spec;

import org.bitref.numerics.ErrorFree;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.numerics.WideAccumulator;
import org.bitref.recipe.Accumulator;

/**
 * Addition, multiplication and the fused multiply-add, each exact and then rounded once into a
 * format. Where the JDK's own operation is just that, it is used. Not thread-safe.
 */
public final class Arithmetic {
  private final Format format;
  private final Rounding rounding;
  private final boolean isFloat;
  private final boolean isDouble;
  private final WideAccumulator wide = new WideAccumulator();

  public Arithmetic(Format format, Rounding rounding) {
    this.format = format;
    this.rounding = rounding;
    this.isFloat = format == Format.F32 && rounding == Rounding.RNE;
    this.isDouble = format == Format.F64 && rounding == Rounding.RNE;
  }

  public static Arithmetic of(Accumulator acc) {
    return new Arithmetic(acc.format(), acc.rounding());
  }

  public static Arithmetic nearest(Format format) {
    return new Arithmetic(format, Rounding.RNE);
  }

  /** True if floats are added and multiplied just as the JDK does it. */
  public boolean isFloat() {
    return isFloat;
  }

  public double round(double x) {
    return format.round(x, rounding);
  }

  public double add(double a, double b) {
    if (isDouble) {
      return a + b;
    }
    if (isFloat && isFloat(a) && isFloat(b)) {
      return (float) a + (float) b;
    }
    double sum = a + b;
    if (isExact(sum, ErrorFree.sumError(a, b, sum))) {
      return round(sum);
    }
    wide.clear();
    wide.add(a);
    wide.add(b);
    return wide.round(format, rounding);
  }

  public double multiply(double a, double b) {
    if (isDouble) {
      return a * b;
    }
    if (isFloat && isFloat(a) && isFloat(b)) {
      return (float) a * (float) b;
    }
    double product = a * b;
    if (isExact(product, Math.fma(a, b, -product))) {
      return round(product);
    }
    wide.clear();
    wide.addProduct(a, b);
    return wide.round(format, rounding);
  }

  /** a·b + c. */
  public double fma(double a, double b, double c) {
    if (isDouble) {
      return Math.fma(a, b, c);
    }
    if (isFloat && isFloat(a) && isFloat(b) && isFloat(c)) {
      return Math.fma((float) a, (float) b, (float) c);
    }
    double product = a * b;
    double sum = product + c;
    if (isExact(product, Math.fma(a, b, -product))
        && isExact(sum, ErrorFree.sumError(product, c, sum))) {
      return round(sum);
    }
    wide.clear();
    wide.addProduct(a, b);
    wide.add(c);
    return wide.round(format, rounding);
  }

  /** True if a double holds all of a result; the error of a small product may itself vanish. */
  private static boolean isExact(double result, double error) {
    return error == 0 && Math.abs(result) >= 0x1p-900 && Math.abs(result) <= Double.MAX_VALUE;
  }

  private static boolean isFloat(double x) {
    return (float) x == x || Double.isNaN(x);
  }
}

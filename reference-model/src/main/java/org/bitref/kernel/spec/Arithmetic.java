package org.bitref.kernel.spec;

import java.util.function.DoubleUnaryOperator;
import org.bitref.numerics.BFloat16;
import org.bitref.numerics.ErrorFree;
import org.bitref.numerics.Fma;
import org.bitref.numerics.Format;
import org.bitref.numerics.Half;
import org.bitref.numerics.Rounding;
import org.bitref.numerics.WideAccumulator;
import org.bitref.recipe.Accumulator;

/**
 * Addition, multiplication and the fused multiply-add, each exact and then rounded once into a
 * format. Where the JDK's own operation is just that, it is used. Not thread-safe.
 *
 * <p>Element-wise kernels compute in double and round every result with {@link #rounding}; for +,
 * -, *, / and the square root of two floats that equals the float operation, because a double has
 * more than twice a float's bits (S. Figueroa, "When is double rounding innocuous?", 1995).
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
    if (isExact(product, ErrorFree.productError(a, b, product))) {
      return round(product);
    }
    wide.clear();
    wide.addProduct(a, b);
    return wide.round(format, rounding);
  }

  /** a·b + c. */
  public double fma(double a, double b, double c) {
    if (isDouble) {
      return Fma.of(a, b, c);
    }
    if (isFloat && isFloat(a) && isFloat(b) && isFloat(c)) {
      return Fma.of((float) a, (float) b, (float) c);
    }
    double product = a * b;
    double sum = product + c;
    if (isExact(product, ErrorFree.productError(a, b, product))
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

  /** Rounds a double to nearest even into a format, once. */
  public static DoubleUnaryOperator rounding(Format format) {
    return switch (format) {
      case F64 -> x -> x;
      case F32 -> x -> (float) x;
      case BF16 ->
          x -> {
            float narrow = (float) x;
            return narrow == x
                ? BFloat16.toFloat(BFloat16.fromFloat(narrow))
                : Format.BF16.round(x, Rounding.RNE);
          };
      case F16 ->
          x -> {
            float narrow = (float) x;
            return narrow == x ? Half.round(narrow) : Format.F16.round(x, Rounding.RNE);
          };
      case TF32, E8M13, E4M3, E5M2 -> x -> format.round(x, Rounding.RNE);
    };
  }

  /**
   * Rounds the first {@code n} values as {@link #rounding} does; the loops of the common formats
   * are written out, since a call of an unknown operator for each value takes longer than all else.
   */
  public static void round(Format format, double[] values, int n) {
    switch (format) {
      case F64 -> {}
      case F32 -> {
        for (int i = 0; i < n; i++) {
          values[i] = (float) values[i];
        }
      }
      default -> {
        DoubleUnaryOperator round = rounding(format);
        for (int i = 0; i < n; i++) {
          values[i] = round.applyAsDouble(values[i]);
        }
      }
    }
  }

  /** The same for floats, from {@code from} to {@code to}. */
  public static void round(Format format, float[] values, int from, int to) {
    switch (format) {
      case F64, F32 -> {}
      case F16 -> {
        for (int i = from; i < to; i++) {
          values[i] = Half.round(values[i]);
        }
      }
      case BF16 -> {
        for (int i = from; i < to; i++) {
          values[i] = BFloat16.toFloat(BFloat16.fromFloat(values[i]));
        }
      }
      case TF32, E8M13, E4M3, E5M2 -> {
        for (int i = from; i < to; i++) {
          values[i] = (float) format.round(values[i], Rounding.RNE);
        }
      }
    }
  }

  /**
   * a · b + c rounded once, where the product is exact in a double. Their sum is rounded to odd
   * first, which leaves enough bits for any second rounding.
   */
  public static double fma(double a, double b, double c, DoubleUnaryOperator round) {
    return round.applyAsDouble(Fma.oddSum(a * b, c));
  }
}

package org.bitref.kernel.row;

import java.util.function.DoubleUnaryOperator;
import org.bitref.numerics.BFloat16;
import org.bitref.numerics.ErrorFree;
import org.bitref.numerics.Format;
import org.bitref.numerics.Half;
import org.bitref.numerics.Rounding;

/**
 * Rounding after each operation. The element-wise kernels compute in double and round every result;
 * for +, -, *, / and the square root of two floats that equals the float operation, because a
 * double has more than twice a float's bits (S. Figueroa, "When is double rounding innocuous?",
 * 1995).
 */
public final class StageArithmetic {
  private StageArithmetic() {}

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
   * first, which leaves enough bits for any second rounding (S. Boldo, G. Melquiond, "Emulation of
   * FMA and correctly rounded sums", IEEE Trans. Computers 57, 2008).
   */
  public static double fma(double a, double b, double c, DoubleUnaryOperator round) {
    double product = a * b;
    double sum = product + c;
    double error = ErrorFree.sumError(product, c, sum);
    if (error != 0 && (Double.doubleToRawLongBits(sum) & 1) == 0) {
      sum = error > 0 ? Math.nextUp(sum) : Math.nextDown(sum);
    }
    return round.applyAsDouble(sum);
  }
}

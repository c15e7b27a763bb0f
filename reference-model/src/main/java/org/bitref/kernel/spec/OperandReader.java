package org.bitref.kernel.spec;

import org.bitref.numerics.Format;
import org.bitref.numerics.Half;
import org.bitref.numerics.Tf32;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Input;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;

/** Reads elements of a factor, rounded as the recipe's input says. */
public final class OperandReader {
  private final Tensor tensor;
  private final Input in;
  private final boolean left;
  private final Format format;
  private final boolean asTheyAre;

  private OperandReader(Tensor tensor, Input in, boolean left) {
    this.tensor = tensor;
    this.in = in;
    this.left = left;
    this.format = left ? in.x() : in.w();
    Format stored = tensor.dtype().format().orElseThrow(() -> noFloats(tensor));
    this.asTheyAre = !in.daz() && contains(format, stored);
  }

  public static OperandReader left(Tensor x, GemmRecipe recipe) {
    return new OperandReader(x, recipe.in(), true);
  }

  public static OperandReader right(Tensor w, GemmRecipe recipe) {
    return new OperandReader(w, recipe.in(), false);
  }

  private static IllegalArgumentException noFloats(Tensor tensor) {
    return new IllegalArgumentException(tensor.dtype() + " cannot be multiplied");
  }

  /** True if every value of the one format is a value of the other. */
  private static boolean contains(Format outer, Format inner) {
    return outer.precision() >= inner.precision()
        && outer.emin() - outer.precision() <= inner.emin() - inner.precision()
        && outer.emax() >= inner.emax();
  }

  /** {@code n} elements from element {@code from} on, as they enter the products. */
  public void read(long from, double[] into, int at, int n) {
    tensor.read(from, into, at, n);
    if (asTheyAre) {
      return;
    }
    for (int i = at; i < at + n; i++) {
      into[i] = left ? in.roundX(into[i]) : in.roundW(into[i]);
    }
  }

  /** The same for a recipe whose operands are not float64. */
  public void read(long from, float[] into, int at, int n) {
    if (tensor.dtype() == DType.F64) {
      for (int i = 0; i < n; i++) {
        double value = tensor.get(from + i);
        into[at + i] = (float) (left ? in.roundX(value) : in.roundW(value));
      }
      return;
    }
    tensor.read(from, into, at, n);
    if (!asTheyAre) {
      round(into, at, at + n);
    }
  }

  private void round(float[] values, int from, int to) {
    for (int i = from; i < to; i++) {
      values[i] =
          in.daz()
              ? (float) (left ? in.roundX(values[i]) : in.roundW(values[i]))
              : round(values[i]);
    }
  }

  private float round(float x) {
    return switch (format) {
      case F16 -> Half.round(x);
      case TF32 -> Tf32.round(x, in.tf32());
      default -> (float) (left ? in.roundX(x) : in.roundW(x));
    };
  }
}

package org.bitref.kernel.spec;

import org.bitref.numerics.Format;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Stores results. Every NaN gets the one pattern that the recipe's hardware writes. */
public final class OutputWriter {
  private final TensorBuilder out;
  private final long nan;

  public OutputWriter(GemmRecipe recipe, Shape shape) {
    this.out = new TensorBuilder(DType.of(recipe.output()), shape);
    this.nan = nan(recipe);
  }

  /** The stored bits of a NaN. */
  public static long nan(GemmRecipe recipe) {
    Format format = recipe.output();
    return recipe.inner() instanceof Inner.Fda
        ? (1L << (DType.of(format).bytes() * 8 - 1)) - 1
        : format.encode(Double.NaN);
  }

  public void set(long i, double value) {
    if (Double.isNaN(value)) {
      out.setBits(i, nan);
    } else {
      out.set(i, value);
    }
  }

  /** {@code n} values, rounded to nearest even where the type is narrower than a float. */
  public void write(long i, float[] from, int at, int n) {
    out.write(i, from, at, n);
    for (int j = 0; j < n; j++) {
      if (Float.isNaN(from[at + j])) {
        out.setBits(i + j, nan);
      }
    }
  }

  public Tensor build() {
    return out.build();
  }
}

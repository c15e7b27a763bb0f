package org.bitref.kernel.attention;

import java.util.Arrays;
import org.bitref.kernel.blocked.InnerLoops.FloatFunction;
import org.bitref.kernel.row.Exponentials;
import org.bitref.kernel.row.RowSum;
import org.bitref.kernel.spec.Arithmetic;
import org.bitref.numerics.Format;
import org.bitref.recipe.SoftmaxRecipe;

/**
 * {@link SoftmaxKernel} for rows of floats and {@code calc=f32}, on floats throughout: the double
 * result of +, -, * or / on floats, rounded to a float, is the float operation's ({@link
 * Arithmetic}). For one thread.
 */
final class FloatSoftmax {
  private final SoftmaxRecipe recipe;
  private final RowSum sum;
  private final FloatFunction exponential;

  /**
   * @param rows of the matrix that the rows belong to
   */
  FloatSoftmax(SoftmaxRecipe recipe, long rows) {
    this.recipe = recipe;
    this.sum = RowSum.in(recipe.sum(), Format.F32, rows);
    this.exponential = Exponentials.ofFloats(recipe.exponential());
  }

  /**
   * Replaces a row, which is the matrix's {@code index}-th, by its softmax.
   *
   * @param n its length; what is minus infinity becomes zero
   * @param seen all from here on are minus infinity
   */
  void apply(float[] row, int n, int seen, long index) {
    // One of those stands for them all.
    int m = Math.min(n, seen + 1);
    float max = max(row, m);
    for (int i = 0; i < m; i++) {
      row[i] -= max;
    }
    Arithmetic.round(recipe.step(), row, 0, m);
    exponential.replace(row, m);
    Arithmetic.round(recipe.step(), row, 0, m);
    Arrays.fill(row, m, n, row[m - 1]);
    divide(row, m, step(sum.of(new RowSum.Floats(row, row[m - 1] == 0 ? m : n), n, index)));
    Arithmetic.round(recipe.output(), row, 0, m);
    Arrays.fill(row, m, n, row[m - 1]);
  }

  /** The largest; NaN is passed over, since it spoils the sum of the row anyway. */
  private static float max(float[] row, int n) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      max = row[i] > max ? row[i] : max;
    }
    return max;
  }

  private void divide(float[] row, int n, float total) {
    switch (recipe.quotient()) {
      case DIV -> {
        for (int i = 0; i < n; i++) {
          row[i] /= total;
        }
      }
      case RCP -> {
        float reciprocal = step(1 / total);
        for (int i = 0; i < n; i++) {
          row[i] *= reciprocal;
        }
      }
    }
  }

  private float step(double x) {
    return (float) Arithmetic.rounding(recipe.step()).applyAsDouble(x);
  }
}

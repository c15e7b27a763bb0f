package org.bitref.kernel.attention;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.DoubleUnaryOperator;
import org.bitref.functions.Tanh;
import org.bitref.kernel.spec.Arithmetic;
import org.bitref.numerics.Format;
import org.bitref.recipe.AttentionRecipe;

/**
 * Caps scores as eager code does: quotient, hyperbolic tangent and product one after another, each
 * computed in the recipe's {@code calc} and rounded into its {@code score}.
 *
 * @param cap as {@code factor} holds it
 */
record Softcap(double cap, Format score) {
  static Optional<Softcap> of(AttentionRecipe recipe, OptionalDouble cap) {
    DoubleUnaryOperator factor = Arithmetic.rounding(recipe.factor());
    return cap.isEmpty()
        ? Optional.empty()
        : Optional.of(new Softcap(factor.applyAsDouble(cap.getAsDouble()), recipe.score()));
  }

  /** The first {@code n} scores, in float; the hyperbolic tangent is correctly rounded. */
  void apply(float[] row, int n) {
    for (int j = 0; j < n; j++) {
      row[j] = (float) (row[j] / cap);
    }
    Arithmetic.round(score, row, 0, n);
    for (int j = 0; j < n; j++) {
      row[j] = Tanh.of(row[j]);
    }
    Arithmetic.round(score, row, 0, n);
    for (int j = 0; j < n; j++) {
      row[j] = (float) (row[j] * cap);
    }
    Arithmetic.round(score, row, 0, n);
  }

  /** The same in double. */
  void apply(double[] row, int n) {
    for (int j = 0; j < n; j++) {
      row[j] /= cap;
    }
    Arithmetic.round(score, row, n);
    for (int j = 0; j < n; j++) {
      row[j] = StrictMath.tanh(row[j]);
    }
    Arithmetic.round(score, row, n);
    for (int j = 0; j < n; j++) {
      row[j] *= cap;
    }
    Arithmetic.round(score, row, n);
  }
}

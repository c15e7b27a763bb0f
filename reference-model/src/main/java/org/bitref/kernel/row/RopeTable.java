package org.bitref.kernel.row;

import org.bitref.functions.CudaTrig;
import org.bitref.functions.Sleef;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.recipe.RopeTableRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Cosines and sines of the rotary angles. */
public final class RopeTable {
  private final RopeTableRecipe recipe;
  private final double[] inverseFrequencies;
  private final int[] axes;

  /** A table for heads of {@code headDim} elements. */
  public RopeTable(RopeTableRecipe recipe, Frequencies frequencies, int headDim) {
    this.recipe = recipe;
    this.inverseFrequencies = inverseFrequencies(frequencies, headDim);
    this.axes = new int[headDim / 2];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = frequencies.axis(i);
    }
  }

  private double[] inverseFrequencies(Frequencies frequencies, int headDim) {
    double[] inverse = new double[headDim / 2];
    double theta = frequencies.theta();
    boolean wide = recipe.calc() == Format.F64;
    for (int i = 0; i < inverse.length; i++) {
      double exponent = 2.0 * i / headDim;
      double plain =
          wide ? 1 / StrictMath.pow(theta, exponent) : 1 / power((float) theta, (float) exponent);
      double scaled = frequencies.scaling().of(plain, wide ? x -> x : x -> (float) x);
      inverse[i] = recipe.inv().round(scaled, Rounding.RNE);
    }
    return inverse;
  }

  private float power(float base, float exponent) {
    return switch (recipe.pow()) {
      case CR -> (float) StrictMath.pow(base, exponent);
      case PAIRS -> Sleef.pow(base, exponent);
    };
  }

  /**
   * The table of B * S tokens.
   *
   * @param positions temporal, height and width position of each token, [3][B * S]
   * @param sine false for cosines
   * @param shape [B, S, headDim]; the second half of each row repeats the first
   */
  public Tensor run(long[][] positions, boolean sine, Shape shape) {
    int half = axes.length;
    TensorBuilder out = new TensorBuilder(DType.of(recipe.output()), shape);
    for (int token = 0; token < positions[0].length; token++) {
      long row = 2L * half * token;
      for (int i = 0; i < half; i++) {
        double value = value(positions[axes[i]][token], inverseFrequencies[i], sine);
        out.set(row + i, value);
        out.set(row + half + i, value);
      }
    }
    return out.build();
  }

  private double value(long position, double inverseFrequency, boolean sine) {
    if (recipe.calc() == Format.F64) {
      double angle = position * inverseFrequency;
      return sine ? StrictMath.sin(angle) : StrictMath.cos(angle);
    }
    float angle = (float) position * (float) inverseFrequency;
    return switch (recipe.trig()) {
      case CR -> (float) (sine ? StrictMath.sin(angle) : StrictMath.cos(angle));
      case CUDA -> sine ? CudaTrig.sinf(angle) : CudaTrig.cosf(angle);
    };
  }
}

package org.bitref.kernel.row;

import java.util.List;
import org.bitref.functions.CudaTrig;
import org.bitref.functions.Sleef;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.recipe.RopeTableRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Cosines and sines of the rotary angles, with the three position axes interleaved (M-RoPE). */
public final class RopeTable {
  private final RopeTableRecipe recipe;
  private final double[] inverseFrequencies;
  private final int[] axes;

  /**
   * A table for heads of {@code headDim} elements.
   *
   * @param theta base of the frequencies
   * @param section frequencies per axis (temporal, height, width); their sum is headDim / 2
   */
  public RopeTable(RopeTableRecipe recipe, double theta, int headDim, List<Integer> section) {
    this.recipe = recipe;
    this.inverseFrequencies = inverseFrequencies(theta, headDim);
    this.axes = new int[headDim / 2];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = axis(i, section);
    }
  }

  /**
   * Frequencies run T H W T H W … until the height and the width have had their share; the rest is
   * temporal.
   */
  public static int axis(int i, List<Integer> section) {
    int axis = i % 3;
    return axis != 0 && i < 3 * section.get(axis) ? axis : 0;
  }

  private double[] inverseFrequencies(double theta, int headDim) {
    double[] inverse = new double[headDim / 2];
    for (int i = 0; i < inverse.length; i++) {
      double exponent = 2.0 * i / headDim;
      double exact =
          recipe.calc() == Format.F64
              ? 1 / StrictMath.pow(theta, exponent)
              : 1 / power((float) theta, (float) exponent);
      inverse[i] = recipe.inv().round(exact, Rounding.RNE);
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

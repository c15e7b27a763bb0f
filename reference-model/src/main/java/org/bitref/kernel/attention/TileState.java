package org.bitref.kernel.attention;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.bitref.functions.CudaMath;
import org.bitref.functions.Sfu;
import org.bitref.kernel.GemmKernel;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.spec.Arithmetic;
import org.bitref.numerics.Fma;
import org.bitref.recipe.TiledAttentionRecipe;
import org.bitref.recipe.TiledAttentionRecipe.Norm;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** What a block of queries has of one range of keys: maxima, sums and the outputs, tile by tile. */
final class TileState {
  private static final float LN2 = 0x1.62e43p-1f;

  private final TiledAttentionRecipe recipe;
  private final TileExponent exponent;
  private final float sink;
  private final int rows;
  private final int d;
  private final int tile;
  private final float[] max;
  private final float[] rescale;
  private final TileSums sums;
  private final DoubleUnaryOperator rounding;
  private float[] out;

  /**
   * @param tile keys of a tile
   * @param sink a logit that the maximum starts from and the sum ends with, as in gpt-oss's Triton
   *     kernel; negative infinity for none
   */
  TileState(
      TiledAttentionRecipe recipe, TileExponent exponent, double sink, int rows, int d, int tile) {
    this.recipe = recipe;
    this.exponent = exponent;
    this.sink = exponent.sink(sink);
    this.rows = rows;
    this.d = d;
    this.tile = tile;
    this.max = new float[rows];
    Arrays.fill(max, this.sink);
    this.rescale = new float[rows];
    this.sums = new TileSums(recipe.sum(), rows);
    this.rounding = Arithmetic.rounding(recipe.pv().output());
    this.out = new float[rows * d];
  }

  /** Which scores of a tile count. */
  @FunctionalInterface
  interface Hidden {
    boolean at(int row, int column);
  }

  /**
   * Takes a tile.
   *
   * @param scores [rows, n], n the tile's keys or fewer
   * @param values [d, n]
   */
  void add(Tensor scores, Hidden hidden, Tensor values, GemmKernel pv, Workers alone) {
    int n = scores.shape().intDim(1);
    float[] s = scores.toFloats();
    float[] p = new float[tile];
    TensorBuilder rounded = new TensorBuilder(DType.of(recipe.p()), Shape.of(rows, n));
    for (int r = 0; r < rows; r++) {
      exponentials(s, r, n, hidden, p);
      sums.add(r, rescale[r], p, tile);
      for (int j = 0; j < n; j++) {
        rounded.set((long) r * n + j, p[j]);
      }
    }
    out = updated(rounded.build(), values, pv, alone);
  }

  /** O · r + p · v. */
  private float[] updated(Tensor p, Tensor values, GemmKernel pv, Workers alone) {
    return switch (recipe.update()) {
      case START -> {
        for (int i = 0; i < out.length; i++) {
          out[i] = round(out[i] * round(rescale[i / d]));
        }
        GemmOperands start = GemmOperands.NONE.withC(Tensor.ofFloats(Shape.of(rows, d), out));
        yield pv.multiply(p, values, start, alone).toFloats();
      }
      case FMA -> {
        float[] o = pv.multiply(p, values, GemmOperands.NONE, alone).toFloats();
        for (int i = 0; i < o.length; i++) {
          o[i] = (float) Arithmetic.fma(out[i], round(rescale[i / d]), o[i], rounding);
        }
        yield o;
      }
    };
  }

  private float round(float x) {
    return (float) rounding.applyAsDouble(x);
  }

  /** A row's exponentials into {@code p}, and its new maximum. */
  private void exponentials(float[] s, int r, int n, Hidden hidden, float[] p) {
    float old = max[r];
    for (int j = 0; j < n; j++) {
      p[j] = hidden.at(r, j) ? Float.NEGATIVE_INFINITY : exponent.score(s[r * n + j]);
      max[r] = Math.max(max[r], p[j]);
    }
    rescale[r] = exponent.rescale(old, max[r]);
    for (int j = 0; j < n; j++) {
      p[j] = p[j] == Float.NEGATIVE_INFINITY ? 0 : exponent.of(p[j], max[r]);
    }
  }

  /** l, a row's sum over all tiles and the sink. */
  private float total(int row) {
    float l = sums.total(row);
    return sink == Float.NEGATIVE_INFINITY ? l : l + exponent.of(sink, max[row]);
  }

  /** O · (1 / l); zeros for a query that saw no key. */
  float[] normalised() {
    float[] o = out.clone();
    for (int r = 0; r < rows; r++) {
      float l = total(r);
      float inverse = l == 0 ? 0 : recipe.norm() == Norm.SFU ? Sfu.rcp(l) : CudaMath.divide(1, l);
      for (int i = r * d; i < (r + 1) * d; i++) {
        o[i] *= round(inverse);
      }
    }
    return o;
  }

  /** The logarithm of a row's sum of e^(scaled score): m · scale + ln l. */
  float logSum(int row) {
    float l = total(row);
    return l == 0 ? Float.NEGATIVE_INFINITY : Fma.of(max[row], exponent.scale(), Sfu.lg2(l) * LN2);
  }
}

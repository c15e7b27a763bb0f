package org.bitref.kernel.attention;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.bitref.functions.CudaMath;
import org.bitref.functions.Sfu;
import org.bitref.kernel.GemmKernel;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.spec.Arithmetic;
import org.bitref.numerics.Fma;
import org.bitref.recipe.TiledAttentionRecipe;
import org.bitref.recipe.TiledAttentionRecipe.Norm;
import org.bitref.recipe.TiledAttentionRecipe.Update;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** What a block of queries has of one range of keys: maxima, sums and the outputs, tile by tile. */
final class TileState {
  static final float LN2 = 0x1.62e43p-1f;

  private final TiledAttentionRecipe recipe;
  private final TileExponent exponent;
  private final float sink;
  private final int rows;
  private final int d;
  private final int tile;
  private final float[] max;
  private final float[] rescale;
  private final DoubleUnaryOperator rounding;
  private final List<Share> shares;

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
    this.rounding = Arithmetic.rounding(recipe.pv().output());
    this.shares =
        Stream.generate(() -> new Share(new TileSums(recipe.sum(), rows), new float[rows * d]))
            .limit(recipe.shares())
            .toList();
  }

  /** What is added up of the same keys of every tile. */
  private record Share(TileSums sums, float[] out) {}

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
    float[] p = new float[rows * tile];
    for (int r = 0; r < rows; r++) {
      exponentials(s, r, n, hidden, p);
    }
    int keys = tile / shares.size();
    for (int i = 0; i < shares.size(); i++) {
      int from = i * keys;
      for (int r = 0; r < rows; r++) {
        shares.get(i).sums.add(r, rescale[r], p, r * tile + from, keys);
      }
      int present = Math.clamp(n - from, 0, keys);
      Tensor own = shares.size() == 1 ? values : columns(values, Math.min(from, n), present);
      update(shares.get(i).out, rounded(p, from, present), own, pv, alone);
    }
  }

  /** The exponentials of so many keys of every row, as pv takes them. */
  private Tensor rounded(float[] p, int from, int keys) {
    TensorBuilder rounded = new TensorBuilder(DType.of(recipe.p()), Shape.of(rows, keys));
    for (int r = 0; r < rows; r++) {
      for (int j = 0; j < keys; j++) {
        rounded.set((long) r * keys + j, p[r * tile + from + j]);
      }
    }
    return rounded.build();
  }

  private static Tensor columns(Tensor values, int from, int keys) {
    int n = values.shape().intDim(1);
    TensorBuilder own = new TensorBuilder(values.dtype(), Shape.of(values.shape().dim(0), keys));
    for (int i = 0; i < values.shape().intDim(0); i++) {
      own.copy((long) i * keys, values, (long) i * n + from, keys);
    }
    return own.build();
  }

  /** O = O · r + p · v. */
  private void update(float[] out, Tensor p, Tensor values, GemmKernel pv, Workers alone) {
    if (recipe.update() == Update.START) {
      for (int i = 0; i < out.length; i++) {
        out[i] = round(out[i] * round(rescale[i / d]));
      }
      if (p.elements() > 0) {
        GemmOperands start = GemmOperands.NONE.withC(Tensor.ofFloats(Shape.of(rows, d), out));
        System.arraycopy(pv.multiply(p, values, start, alone).toFloats(), 0, out, 0, out.length);
      }
      return;
    }
    float[] o =
        p.elements() == 0
            ? new float[out.length]
            : pv.multiply(p, values, GemmOperands.NONE, alone).toFloats();
    for (int i = 0; i < o.length; i++) {
      out[i] = (float) Arithmetic.fma(out[i], round(rescale[i / d]), o[i], rounding);
    }
  }

  private float round(float x) {
    return (float) rounding.applyAsDouble(x);
  }

  /** A row's exponentials into {@code p}, a tile for each row, and its new maximum. */
  private void exponentials(float[] s, int r, int n, Hidden hidden, float[] p) {
    float old = max[r];
    for (int j = 0; j < n; j++) {
      int at = r * tile + j;
      p[at] = hidden.at(r, j) ? Float.NEGATIVE_INFINITY : exponent.score(s[r * n + j]);
      max[r] = Math.max(max[r], p[at]);
    }
    rescale[r] = exponent.rescale(old, max[r]);
    for (int at = r * tile; at < r * tile + n; at++) {
      p[at] = p[at] == Float.NEGATIVE_INFINITY ? 0 : exponent.of(p[at], max[r]);
    }
  }

  /** l, a row's sum over all tiles and the sink. */
  float total(int row) {
    float l = sums(row);
    return sink == Float.NEGATIVE_INFINITY ? l : l + exponent.of(sink, max[row]);
  }

  /** The outputs of the shares: the first half plus the second, and so on. */
  float[] outputs() {
    float[][] left = shares.stream().map(share -> share.out.clone()).toArray(float[][]::new);
    for (int n = left.length; n > 1; n = Math.ceilDiv(n, 2)) {
      int half = Math.ceilDiv(n, 2);
      for (int i = 0; i + half < n; i++) {
        for (int at = 0; at < left[i].length; at++) {
          left[i][at] += left[i + half][at];
        }
      }
    }
    return left[0];
  }

  /** The sums of the shares: neighbours, and so on. */
  private float sums(int row) {
    float[] left = new float[shares.size()];
    for (int i = 0; i < left.length; i++) {
      left[i] = shares.get(i).sums.total(row);
    }
    for (int step = 1; step < left.length; step *= 2) {
      for (int i = 0; i + step < left.length; i += 2 * step) {
        left[i] += left[i + step];
      }
    }
    return left[0];
  }

  /** The greatest score of a row, as {@link TileExponent#score} has it. */
  float max(int row) {
    return max[row];
  }

  /** O · (1 / l); zeros for a query that saw no key. */
  float[] normalised() {
    float[] l = new float[rows];
    for (int r = 0; r < rows; r++) {
      l[r] = total(r);
    }
    return normalised(outputs(), l);
  }

  /** O · (1 / l) in place. */
  float[] normalised(float[] o, float[] l) {
    for (int r = 0; r < rows; r++) {
      boolean fast = recipe.norm() == Norm.SFU;
      float inverse = l[r] == 0 ? 0 : fast ? Sfu.rcp(l[r]) : CudaMath.divide(1, l[r]);
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

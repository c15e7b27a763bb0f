package org.bitref.kernel.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.Random;
import org.bitref.functions.Sfu;
import org.bitref.kernel.row.Rows;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.recipe.Presets;
import org.bitref.recipe.TiledAttentionRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention in tiles with float16 scores and outputs, against a loop over one query at a time. */
final class HalfTiledAttentionTest {
  private static final int D = 4;
  private static final int TILE = 8;
  private static final float C = 0.5f * 0x1.715476p0f;
  private static final float HIDDEN = Float.NEGATIVE_INFINITY;
  private static final int[][] ORDERS = {{2, 3, 0, 1}, {0, 1, 2, 3}};

  private static TiledAttentionRecipe recipe(String argument) {
    String gemm = "(in=f16 | fma(acc=f16rne,lanes=1) | seq | none | none | none)";
    return Rows.recipe(
        TiledAttentionRecipe.class,
        "tiled(keys=8,order=forward,depth=chunks(2,even=(1,0),odd=id),scale=f16,arg=%s,exp=ex2,"
                .formatted(argument)
            + "sum=quad(join=sum,tree=pair),p=f16,norm=cr,o=fma,out=f16,qk=%1$s,pv=%1$s)"
                .formatted(gemm));
  }

  private static Tensor random(long seed, long rows) {
    Shape shape = Shape.of(1, 1, rows, D);
    return Tensor.ofFloats(shape, Rows.wide(new Random(seed), (int) rows * D, 2)).cast(DType.F16);
  }

  /** Once rounded: the operands are few bits wide. */
  private static float half(double x) {
    return (float) Format.F16.round(x, Rounding.RNE);
  }

  private static float score(float[] q, float[] k, int key) {
    double sum = 0;
    for (int i : ORDERS[key / TILE % 2]) {
      sum = half(sum + (double) q[i] * k[key * D + i]);
    }
    return (float) sum;
  }

  private static float exponential(float score, float max, boolean towardZero) {
    float addend = -(max * C);
    if (!towardZero) {
      return Sfu.ex2(Math.fma(score, C, addend));
    }
    BigDecimal exact =
        new BigDecimal(score).multiply(new BigDecimal(C)).add(new BigDecimal(addend));
    float near = exact.floatValue();
    boolean away = new BigDecimal(near).abs().compareTo(exact.abs()) > 0;
    return Sfu.ex2(away ? Math.nextAfter(near, 0) : near);
  }

  private static float[] attend(float[] s, float[] v, boolean towardZero) {
    float[] o = new float[D];
    float[] l = new float[4];
    float max = HIDDEN;
    for (int from = 0; from < s.length; from += TILE) {
      float old = max;
      int end = Math.min(s.length, from + TILE);
      for (int j = from; j < end; j++) {
        max = Math.max(max, s[j]);
      }
      if (max == HIDDEN) {
        continue;
      }
      float r = old == HIDDEN ? 1 : exponential(old, max, towardZero);
      float[] p = new float[TILE];
      for (int j = from; j < end; j++) {
        p[j - from] = s[j] == HIDDEN ? 0 : exponential(s[j], max, towardZero);
      }
      for (int t = 0; t < 4; t++) {
        l[t] = Math.fma(l[t], r, p[2 * t] + p[2 * t + 1]);
      }
      for (int i = 0; i < D; i++) {
        double sum = 0;
        for (int j = from; j < end; j++) {
          sum = half(sum + (double) half(p[j - from]) * v[j * D + i]);
        }
        o[i] = half((double) o[i] * half(r) + sum);
      }
    }
    float sum = (l[0] + l[1]) + (l[2] + l[3]);
    for (int i = 0; i < D; i++) {
      o[i] = half((double) o[i] * half(sum == 0 ? 0 : 1 / sum));
    }
    return o;
  }

  @ParameterizedTest
  @CsvSource({"fma, 70", "fma_rz, 70", "fma_rz, 5"})
  void isItsFormula(String argument, int n) {
    TiledAttentionRecipe recipe = recipe(argument);
    Tensor q = random(1, n);
    Tensor k = random(2, n);
    Tensor v = random(3, n);
    boolean[] visible = new boolean[n];
    Random random = new Random(4);
    for (int i = 0; i < n; i++) {
      // The second tile is hidden as a whole, after a maximum was found.
      visible[i] = i / TILE != 1 && random.nextInt(4) > 0;
    }
    AttentionFunction function = AttentionFunction.of(D).notCausal();
    Optional<boolean[]> mask = Optional.of(visible);
    Tensor actual = new TiledAttentionKernel(recipe).run(q, k, v, function, mask, n, Rows.ALONE);
    float[] keys = k.toFloats();
    for (int t = 0; t < n; t++) {
      float[] query = q.slice((long) t * D, Shape.of(D)).toFloats();
      float[] s = new float[n];
      for (int j = 0; j < n; j++) {
        s[j] = visible[j] ? score(query, keys, j) : HIDDEN;
      }
      float[] expected = attend(s, v.toFloats(), argument.equals("fma_rz"));
      Rows.assertSame(expected, actual.slice((long) t * D, Shape.of(D)), "query " + t);
    }
  }

  @Test
  void scalesForHeadsOf128() {
    TiledAttentionRecipe half =
        (TiledAttentionRecipe) Presets.ATTENTION.get("tensorrt-mha-tiled-f16").recipe();
    TiledAttentionRecipe root =
        (TiledAttentionRecipe) Presets.ATTENTION.get("tensorrt-mha-tiled-f16-sqrt").recipe();
    TiledAttentionRecipe single =
        (TiledAttentionRecipe) Presets.ATTENTION.get("torch-flash-f16").recipe();
    assertEquals(
        Float.float16ToFloat((short) 0x2DA8),
        TileExponent.of(half, AttentionFunction.of(128), false).scale());
    assertEquals(
        Float.float16ToFloat((short) 0x2DA9),
        TileExponent.of(root, AttentionFunction.of(128), false).scale());
    assertEquals(
        0x3DB504F3,
        Float.floatToRawIntBits(TileExponent.of(single, AttentionFunction.of(128), false).scale()));
  }
}

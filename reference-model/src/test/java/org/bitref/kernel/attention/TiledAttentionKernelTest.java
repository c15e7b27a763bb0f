package org.bitref.kernel.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.bitref.functions.CudaMath;
import org.bitref.functions.Sfu;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.Rows;
import org.bitref.recipe.KeySplits;
import org.bitref.recipe.TiledAttentionRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention in tiles against loops over one query at a time, two tiles of eight keys and more. */
final class TiledAttentionKernelTest {
  private static final int B = 2;
  private static final int HEADS = 4;
  private static final int KV = 2;
  private static final int D = 4;
  private static final AttentionFunction DEFAULT = AttentionFunction.of(D);
  private static final int TILE = 8;
  private static final float LOG2_E = 0x1.715476p0f;
  private static final float C = 0.5f * LOG2_E;
  private static final float HIDDEN = Float.NEGATIVE_INFINITY;

  private static final String FLASH =
      "keys=8,order=backward,arg=raw,exp=exp2f,sum=quad(join=first,tree=butterfly),norm=cr";
  private static final String EFFICIENT =
      "keys=8,order=forward,arg=scaled_twice,exp=exp2f,sum=warps(8),norm=cr";
  private static final String EDGE =
      "keys=8,order=forward,arg=scaled_e,exp=ex2,sum=warps(8),norm=sfu";
  private static final String CUDNN =
      "keys=8,order=forward,arg=scaled,exp=ex2,sum=quad(join=sum,tree=pair),norm=sfu";

  private static TiledAttentionRecipe recipe(String keys) {
    String gemm = "(in=f16 | fma(acc=f32rne,lanes=1) | seq | none | none | none)";
    return Rows.recipe(
        TiledAttentionRecipe.class,
        "tiled(%s,p=f16,out=f16,qk=%s,pv=%s)".formatted(keys, gemm, gemm));
  }

  private static Tensor random(long seed, long... dims) {
    int n = (int) Shape.of(dims).elements();
    return Tensor.ofFloats(Shape.of(dims), Rows.wide(new Random(seed), n, 2)).cast(DType.F16);
  }

  private static float half(float x) {
    return Float.float16ToFloat(Float.floatToFloat16(x));
  }

  private static float max(float start, float[] s, int from) {
    float max = start;
    for (int j = from; j < Math.min(s.length, from + TILE); j++) {
      max = Math.max(max, s[j]);
    }
    return max;
  }

  /** O, under a new maximum, plus a tile's p · v. */
  private static void addValues(float[] o, float r, float[] p, float[] v, int from) {
    for (int i = 0; i < D; i++) {
      o[i] *= r;
      for (int j = from; j < Math.min(v.length / D, from + TILE); j++) {
        o[i] = Math.fma(half(p[j - from]), v[j * D + i], o[i]);
      }
    }
  }

  private static float[] flash(float[] s, float[] v) {
    float[] o = new float[D];
    float[] l = new float[4];
    float m = HIDDEN;
    for (int from = (s.length - 1) / TILE * TILE; from >= 0; from -= TILE) {
      float old = m;
      m = max(old, s, from);
      if (m == HIDDEN) {
        continue;
      }
      float r = old == HIDDEN ? 0 : CudaMath.exp2f((old - m) * C);
      float[] p = new float[TILE];
      for (int j = from; j < Math.min(s.length, from + TILE); j++) {
        p[j - from] = s[j] == HIDDEN ? 0 : CudaMath.exp2f(s[j] * C - m * C);
      }
      for (int t = 0; t < 4; t++) {
        l[t] = Math.fma(l[t], r, p[2 * t]) + p[2 * t + 1];
      }
      addValues(o, r, p, v, from);
    }
    float sum = (l[0] + l[2]) + (l[1] + l[3]);
    return scaled(o, sum == 0 ? 0 : 1 / sum);
  }

  private static float[] efficient(float[] s, float[] v) {
    for (int j = 0; j < s.length; j++) {
      s[j] = s[j] * 0.5f * LOG2_E;
    }
    float[] o = new float[D];
    float l = oneSum(s, v, o, CudaMath::exp2f);
    return scaled(o, l == 0 ? 0 : 1 / l);
  }

  private static float[] edge(float[] s, float[] v) {
    for (int j = 0; j < s.length; j++) {
      s[j] = s[j] * 0.5f;
    }
    float[] o = new float[D];
    float l = oneSum(s, v, o, x -> Sfu.ex2(x * LOG2_E));
    return scaled(o, l == 0 ? 0 : Sfu.rcp(l));
  }

  private interface Power {
    float of(float x);
  }

  /** The sum of a row's exponentials; their products with the values go into {@code o}. */
  private static float oneSum(float[] s, float[] v, float[] o, Power power) {
    float l = 0;
    float m = HIDDEN;
    for (int from = 0; from < s.length; from += TILE) {
      float old = m;
      m = max(old, s, from);
      if (m == HIDDEN) {
        continue;
      }
      float r = old < m ? power.of(old - m) : 1;
      float[] p = new float[TILE];
      for (int j = from; j < Math.min(s.length, from + TILE); j++) {
        p[j - from] = s[j] == HIDDEN ? 0 : power.of(s[j] - m);
      }
      l = l * r + (((p[0] + p[1]) + (p[2] + p[3])) + ((p[4] + p[5]) + (p[6] + p[7])));
      addValues(o, r, p, v, from);
    }
    return l;
  }

  private static float[] cudnn(float[] s, float[] v) {
    float[] o = new float[D];
    float[] l = new float[4];
    float m = HIDDEN;
    for (int from = 0; from < s.length; from += TILE) {
      float old = m;
      m = Math.max(old, max(HIDDEN, s, from) * C);
      if (m == HIDDEN) {
        continue;
      }
      float r = Sfu.ex2(old - m);
      float[] p = new float[TILE];
      for (int j = from; j < Math.min(s.length, from + TILE); j++) {
        p[j - from] = s[j] == HIDDEN ? 0 : Sfu.ex2(s[j] * C - m);
      }
      for (int t = 0; t < 4; t++) {
        l[t] = Math.fma(r, l[t], p[2 * t] + p[2 * t + 1]);
      }
      addValues(o, r, p, v, from);
    }
    float sum = (l[0] + l[1]) + (l[2] + l[3]);
    return scaled(o, sum == 0 ? 0 : Sfu.rcp(sum));
  }

  private static float[] scaled(float[] o, float factor) {
    for (int i = 0; i < D; i++) {
      o[i] = half(o[i] * factor);
    }
    return o;
  }

  private static float[] expected(String keys, float[] s, float[] v) {
    return switch (keys) {
      case FLASH -> flash(s, v);
      case EFFICIENT -> efficient(s, v);
      case EDGE -> edge(s, v);
      default -> cudnn(s, v);
    };
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        FLASH + ";70;75;true", FLASH + ";5;30;false",
        EFFICIENT + ";70;75;true", EFFICIENT + ";5;30;false",
        EDGE + ";70;75;true", EDGE + ";5;30;false",
        CUDNN + ";70;75;true", CUDNN + ";5;30;false"
      })
  void isItsFormula(String keys, int queries, int n, boolean causal) {
    Tensor q = random(1, B, HEADS, queries, D);
    Tensor k = random(2, B, KV, n, D);
    Tensor v = random(3, B, KV, n, D);
    boolean[] visible = new boolean[B * n];
    Random random = new Random(4);
    for (int i = 0; i < visible.length; i++) {
      visible[i] = i % n > 9 && random.nextInt(4) > 0;
    }
    AttentionFunction function = causal ? DEFAULT : DEFAULT.notCausal();
    Optional<boolean[]> mask = Optional.of(visible);
    TiledAttentionKernel kernel = new TiledAttentionKernel(recipe(keys));
    Tensor actual = kernel.run(q, k, v, function, mask, queries, Rows.ALONE);
    assertEquals(DType.F16, actual.dtype());
    assertEquals(Shape.of(B, queries, HEADS * D), actual.shape());
    for (int row = 0; row < B * HEADS * queries; row++) {
      int b = row / (HEADS * queries);
      int head = row / queries % HEADS;
      int t = row % queries;
      long kv = (long) (b * KV + head / 2) * n * D;
      float[] query = q.slice((long) row * D, Shape.of(D)).toFloats();
      float[] s = k.slice(kv, Shape.of(n, D)).toFloats();
      float[] scores = new float[n];
      for (int j = 0; j < n; j++) {
        for (int i = 0; i < D; i++) {
          scores[j] = Math.fma(query[i], s[j * D + i], scores[j]);
        }
        boolean seen = visible[b * n + j] && (!causal || j <= n - queries + t);
        scores[j] = seen ? scores[j] : HIDDEN;
      }
      float[] expected = expected(keys, scores, v.slice(kv, Shape.of(n, D)).toFloats());
      long at = ((long) (b * queries + t) * HEADS + head) * D;
      Rows.assertSame(expected, actual.slice(at, Shape.of(D)), "head " + head + " query " + t);
    }
  }

  /** Equal halves weigh the same: all values of a range are one number, all scores equal. */
  @Test
  void rangesAreWeighedByTheirSums() {
    int n = 24;
    float[] values = new float[n * D];
    Arrays.fill(values, 0, 16 * D, 3);
    Arrays.fill(values, 16 * D, n * D, 6);
    Tensor q = random(5, 1, 1, 1, D);
    Tensor k = Tensor.ofFloats(Shape.of(1, 1, n, D), new float[n * D]).cast(DType.F16);
    Tensor v = Tensor.ofFloats(Shape.of(1, 1, n, D), values).cast(DType.F16);
    for (int splits = 1; splits <= 4; splits++) {
      String keys = FLASH.replace("arg=", "splits=" + splits + ",arg=");
      Tensor out =
          new TiledAttentionKernel(recipe(keys))
              .run(q, k, v, DEFAULT.notCausal(), Optional.empty(), 1, Rows.ALONE);
      Rows.assertSame(new float[] {4, 4, 4, 4}, out, splits + " ranges");
    }
  }

  @ParameterizedTest
  @CsvSource({"188, 3006, 4", "211, 3006, 5", "212, 3006, 1", "44, 700, 6", "1, 100, 1"})
  void rangesFillTheGpu(int blocks, int keys, int splits) {
    assertEquals(splits, new KeySplits.Fa2(132, 128).count(blocks, keys));
  }

  @ParameterizedTest
  @CsvSource({"1, 80", "2, 80", "3, 80", "2, 7"})
  void neitherThreadsNorChunksMatter(int threads, int chunk) {
    Tensor q = random(6, B, HEADS, 80, D);
    Tensor k = random(7, B, KV, 90, D);
    Tensor v = random(8, B, KV, 90, D);
    TiledAttentionKernel kernel = new TiledAttentionKernel(recipe(CUDNN));
    Tensor alone = kernel.run(q, k, v, DEFAULT, Optional.empty(), 80, Rows.ALONE);
    try (Workers workers = new Workers(threads)) {
      Tensor shared = kernel.run(q, k, v, DEFAULT, Optional.empty(), chunk, workers);
      Rows.assertSame(alone.toFloats(), shared, threads + " threads");
    }
  }
}

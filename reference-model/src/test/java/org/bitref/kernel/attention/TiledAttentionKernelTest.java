package org.bitref.kernel.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
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
  private static final PlainTiles PLAIN = PlainTiles.of(0.5);

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

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        PlainTiles.FLASH + ";70;75;true", PlainTiles.FLASH + ";5;30;false",
        PlainTiles.EFFICIENT + ";70;75;true", PlainTiles.EFFICIENT + ";5;30;false",
        PlainTiles.EDGE + ";70;75;true", PlainTiles.EDGE + ";5;30;false",
        PlainTiles.CUDNN + ";70;75;true", PlainTiles.CUDNN + ";5;30;false"
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
        scores[j] = seen ? scores[j] : PlainTiles.HIDDEN;
      }
      float[] expected = PLAIN.attend(keys, scores, v.slice(kv, Shape.of(n, D)).toFloats());
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
      String keys = PlainTiles.FLASH.replace("arg=", "splits=" + splits + ",arg=");
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
    TiledAttentionKernel kernel = new TiledAttentionKernel(recipe(PlainTiles.CUDNN));
    Tensor alone = kernel.run(q, k, v, DEFAULT, Optional.empty(), 80, Rows.ALONE);
    try (Workers workers = new Workers(threads)) {
      Tensor shared = kernel.run(q, k, v, DEFAULT, Optional.empty(), chunk, workers);
      Rows.assertSame(alone.toFloats(), shared, threads + " threads");
    }
  }
}

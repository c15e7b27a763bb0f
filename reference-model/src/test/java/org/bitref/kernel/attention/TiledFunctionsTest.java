package org.bitref.kernel.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.bitref.kernel.row.Rows;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Presets.Preset;
import org.bitref.recipe.StageRecipe;
import org.bitref.recipe.TiledAttentionRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Attention in tiles with windows, softcaps and sinks, against {@link PlainTiles}. */
final class TiledFunctionsTest {
  private static final int B = 2;
  private static final int HEADS = 4;
  private static final int KV = 2;
  private static final int D = PlainTiles.D;
  private static final AttentionFunction DEFAULT = AttentionFunction.of(D);
  private static final List<Double> SINKS = List.of(0.5, -3., 8., Double.NEGATIVE_INFINITY);

  private static TiledAttentionRecipe recipe(String keys) {
    String gemm = "(in=f16 | fma(acc=f32rne,lanes=1) | seq | none | none | none)";
    return Rows.recipe(
        TiledAttentionRecipe.class,
        "tiled(%s,p=f16,out=f16,qk=%s,pv=%s)".formatted(keys, gemm, gemm));
  }

  private static Tensor random(long seed, DType type, long... dims) {
    int n = (int) Shape.of(dims).elements();
    return Tensor.ofFloats(Shape.of(dims), Rows.wide(new Random(seed), n, 2)).cast(type);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {PlainTiles.FLASH, PlainTiles.EFFICIENT, PlainTiles.EDGE, PlainTiles.CUDNN})
  void isItsFormula(String keys) {
    int[][] shapes = {{1, 1}, {1, 30}, {5, 30}, {70, 75}, {130, 130}};
    for (int[] shape : shapes) {
      for (int window : new int[] {0, 1, 2, 8, 9, 60, shape[1] - 1, shape[1], shape[1] + 1}) {
        check(keys, shape[0], shape[1], window, 0, false, true);
      }
      check(keys, shape[0], shape[1], 0, 1.5, false, true);
      check(keys, shape[0], shape[1], 0, 0, true, true);
      check(keys, shape[0], shape[1], 11, 30, true, true);
      check(keys, shape[0], shape[1], 11, 0.25, true, false);
    }
  }

  private static void check(
      String keys, int queries, int n, int window, double cap, boolean sinks, boolean causal) {
    Tensor q = random(1, DType.F16, B, HEADS, queries, D);
    Tensor k = random(2, DType.F16, B, KV, n, D);
    Tensor v = random(3, DType.F16, B, KV, n, D);
    boolean[] visible = new boolean[B * n];
    Random random = new Random(4);
    for (int i = 0; i < visible.length; i++) {
      visible[i] = i % n > 9 && random.nextInt(4) > 0;
    }
    AttentionFunction function = causal ? DEFAULT : DEFAULT.notCausal();
    function = window > 0 ? function.withWindow(window) : function;
    function = cap > 0 ? function.withSoftcap(cap) : function;
    function = sinks ? function.withSinks(SINKS) : function;
    PlainTiles plain = cap > 0 ? PlainTiles.of(0.5).withSoftcap(cap) : PlainTiles.of(0.5);
    for (boolean padded : new boolean[] {false, true}) {
      Optional<boolean[]> mask = padded ? Optional.of(visible) : Optional.empty();
      Tensor actual =
          new TiledAttentionKernel(recipe(keys)).run(q, k, v, function, mask, queries, Rows.ALONE);
      for (int row = 0; row < B * HEADS * queries; row++) {
        int b = row / (HEADS * queries);
        int head = row / queries % HEADS;
        int t = row % queries;
        int position = n - queries + t;
        long kv = (long) (b * KV + head / 2) * n * D;
        float[] query = q.slice((long) row * D, Shape.of(D)).toFloats();
        float[] scores = products(query, k.slice(kv, Shape.of(n, D)).toFloats());
        for (int j = 0; j < n; j++) {
          boolean seen =
              (!causal || j <= position)
                  && (window == 0 || j > position - window)
                  && (!padded || visible[b * n + j]);
          scores[j] = seen ? scores[j] : PlainTiles.HIDDEN;
        }
        float[] expected =
            plain
                .withSink(function.sink(head))
                .attend(keys, scores, v.slice(kv, Shape.of(n, D)).toFloats());
        long at = ((long) (b * queries + t) * HEADS + head) * D;
        String what = queries + " of " + n + " " + function + " head " + head + " query " + t;
        Rows.assertSame(expected, actual.slice(at, Shape.of(D)), what);
      }
    }
  }

  private static float[] products(float[] query, float[] keys) {
    float[] products = new float[keys.length / D];
    for (int j = 0; j < products.length; j++) {
      for (int i = 0; i < D; i++) {
        products[j] = Math.fma(query[i], keys[j * D + i], products[j]);
      }
    }
    return products;
  }

  /** For one query a window hides what padding before it hides, under the recipes of libraries. */
  @Test
  void aWindowIsPaddingBeforeAQuery() {
    int d = 64;
    int n = 300;
    int[] windows = {1, 2, 63, 64, 65, 129, 298, 299, 300, 301, Integer.MAX_VALUE};
    int tried = 0;
    for (Preset<StageRecipe> preset : Presets.ATTENTION.all()) {
      if (preset.recipe() instanceof TiledAttentionRecipe recipe) {
        DType type = DType.of(recipe.output());
        Tensor q = random(5, type, 1, 2, 1, d);
        Tensor k = random(6, type, 1, 1, n, d);
        Tensor v = random(7, type, 1, 1, n, d);
        AttentionFunction function = AttentionFunction.of(d);
        TiledAttentionKernel kernel = new TiledAttentionKernel(recipe);
        Tensor all = kernel.run(q, k, v, function, Optional.empty(), 1, Rows.ALONE);
        for (int window : windows) {
          boolean[] visible = new boolean[n];
          Arrays.fill(visible, Math.max(0, n - window), n, true);
          Tensor padded = kernel.run(q, k, v, function, Optional.of(visible), 1, Rows.ALONE);
          Tensor windowed =
              kernel.run(q, k, v, function.withWindow(window), Optional.empty(), 1, Rows.ALONE);
          String what = preset.name() + " window " + window;
          Rows.assertSame(padded.toFloats(), windowed, what);
          boolean whole = Arrays.equals(all.toFloats(), windowed.toFloats());
          assertEquals(window >= n, whole, what);
          tried++;
        }
      }
    }
    assertTrue(tried >= 5 * windows.length, "" + tried);
  }

  /** Of all queries at once, each as if it were alone with its keys. */
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 64, 65, 128, 200})
  void noQueryDependsOnAnother(int window) {
    int n = 200;
    Tensor q = random(8, DType.F16, 1, 1, n, D);
    Tensor k = random(9, DType.F16, 1, 1, n, D);
    Tensor v = random(10, DType.F16, 1, 1, n, D);
    for (String keys : List.of(PlainTiles.FLASH, PlainTiles.CUDNN)) {
      TiledAttentionKernel kernel = new TiledAttentionKernel(recipe(keys));
      Tensor all = kernel.run(q, k, v, DEFAULT.withWindow(window), Optional.empty(), n, Rows.ALONE);
      for (int t = 0; t < n; t++) {
        boolean[] visible = new boolean[n];
        Arrays.fill(visible, Math.max(0, t - window + 1), t + 1, true);
        Tensor query = q.slice((long) t * D, Shape.of(1, 1, 1, D));
        Tensor one =
            kernel.run(query, k, v, DEFAULT.notCausal(), Optional.of(visible), 1, Rows.ALONE);
        Rows.assertSame(one.toFloats(), all.slice((long) t * D, Shape.of(D)), "query " + t);
      }
    }
  }

  /** All scores equal: n keys of a value weigh n, and a sink with their score weighs one more. */
  @ParameterizedTest
  @CsvSource({"1, 7", "2, 7", "3, 7", "4, 7", "5, 7", "2, 15"})
  void aSinkCountsOnceInAllRanges(int splits, int n) {
    float[] values = new float[n * D];
    Arrays.fill(values, n + 1);
    Tensor q = random(11, DType.F16, 1, 1, 1, D);
    Tensor k = Tensor.ofFloats(Shape.of(1, 1, n, D), new float[n * D]).cast(DType.F16);
    Tensor v = Tensor.ofFloats(Shape.of(1, 1, n, D), values).cast(DType.F16);
    String keys = PlainTiles.FLASH.replace("arg=", "splits=" + splits + ",arg=");
    AttentionFunction function = DEFAULT.withSinks(List.of(0.));
    Tensor out =
        new TiledAttentionKernel(recipe(keys))
            .run(q, k, v, function, Optional.empty(), 1, Rows.ALONE);
    // n · (n + 1) / (n + 1), an integer that float16 holds.
    Rows.assertSame(new float[] {n, n, n, n}, out, splits + " ranges");
  }

  /** Nothing is seen: zeros, with a sink and without. */
  @ParameterizedTest
  @ValueSource(strings = {PlainTiles.FLASH, PlainTiles.CUDNN})
  void aQueryThatSeesNothingGetsZeros(String keys) {
    int n = 20;
    Tensor x = random(12, DType.F16, 1, 1, n, D);
    boolean[] visible = new boolean[n];
    Arrays.fill(visible, 0, 4, true);
    AttentionFunction window = DEFAULT.withWindow(3);
    for (AttentionFunction function : List.of(window, window.withSinks(List.of(1.)))) {
      Tensor out =
          new TiledAttentionKernel(recipe(keys))
              .run(x, x, x, function, Optional.of(visible), n, Rows.ALONE);
      for (int t = 0; t < n; t++) {
        float[] row = out.slice((long) t * D, Shape.of(D)).toFloats();
        assertEquals(t > 5, Arrays.equals(new float[D], row), "query " + t);
      }
    }
  }

  /** What is not seen may be anything, in tiles that are skipped. */
  @Test
  void whatLiesInSkippedTilesIsNotRead() {
    int n = 200;
    Tensor q = random(13, DType.F16, 1, 1, 1, D);
    Tensor k = random(14, DType.F16, 1, 1, n, D);
    float[] values = random(15, DType.F16, 1, 1, n, D).toFloats();
    Tensor v = Tensor.ofFloats(k.shape(), values).cast(DType.F16);
    Arrays.fill(values, 0, 96 * D, Float.NaN);
    Tensor spoilt = Tensor.ofFloats(k.shape(), values).cast(DType.F16);
    TiledAttentionKernel kernel = new TiledAttentionKernel(recipe(PlainTiles.EDGE));
    AttentionFunction window = DEFAULT.withWindow(n - 96);
    Tensor right = kernel.run(q, k, v, window, Optional.empty(), 1, Rows.ALONE);
    Tensor same = kernel.run(q, k, spoilt, window, Optional.empty(), 1, Rows.ALONE);
    Rows.assertSame(right.toFloats(), same, "NaN before the window");
    AttentionFunction wider = DEFAULT.withWindow(n - 95);
    Tensor other = kernel.run(q, k, spoilt, wider, Optional.empty(), 1, Rows.ALONE);
    assertTrue(Float.isNaN(other.toFloats()[0]));
  }

  /** A score beyond the cap is the cap: two keys far above it weigh the same. */
  @Test
  void scoresAreCapped() {
    Tensor q = Tensor.ofFloats(Shape.of(1, 1, 1, D), 200, 0, 0, 0).cast(DType.F16);
    Tensor k = Tensor.ofFloats(Shape.of(1, 1, 2, D), 100, 0, 0, 0, 200, 0, 0, 0).cast(DType.F16);
    Tensor v = Tensor.ofFloats(Shape.of(1, 1, 2, D), 4, 0, 0, 0, 0, 4, 0, 0).cast(DType.F16);
    for (String keys :
        List.of(PlainTiles.FLASH, PlainTiles.EFFICIENT, PlainTiles.EDGE, PlainTiles.CUDNN)) {
      TiledAttentionKernel kernel = new TiledAttentionKernel(recipe(keys));
      AttentionFunction capped = DEFAULT.withSoftcap(50);
      Tensor out = kernel.run(q, k, v, capped, Optional.empty(), 1, Rows.ALONE);
      Rows.assertSame(new float[] {2, 2, 0, 0}, out, keys);
      Tensor plain = kernel.run(q, k, v, DEFAULT, Optional.empty(), 1, Rows.ALONE);
      assertNotEquals(2, plain.toFloats()[0]);
    }
  }
}

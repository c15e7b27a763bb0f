package org.bitref.kernel.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.Rows;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Attention against its formula in float loops; more queries than one piece of work. */
final class AttentionKernelTest {
  private static final int B = 2;
  private static final int HEADS = 6;
  private static final int KV = 2;
  private static final int D = 4;
  private static final AttentionFunction DEFAULT = AttentionFunction.of(D);

  /** Queries of one head that a piece of work takes where no other head shares the keys. */
  private static final int PIECE = AttentionKernel.ROWS_PER_PIECE;

  /** One query of one head over {@code keys} keys, of which those after {@code last} are hidden. */
  private static float[] attend(
      float[] q,
      float[] k,
      float[] v,
      int keys,
      int last,
      boolean[] visible,
      DType dtype,
      float scale) {
    float lowest = -(float) dtype.format().orElseThrow().maxFinite();
    float[] row = new float[keys];
    float max = Float.NEGATIVE_INFINITY;
    for (int j = 0; j < keys; j++) {
      float dot = 0;
      for (int i = 0; i < D; i++) {
        dot = Math.fma(q[i], k[j * D + i], dot);
      }
      float scaled = EagerCase.store(EagerCase.store(dot, dtype) * scale, dtype);
      row[j] = EagerCase.store(j <= last && visible[j] ? scaled : scaled + lowest, dtype);
      max = Math.max(max, row[j]);
    }
    float sum = 0;
    for (int j = 0; j < keys; j++) {
      row[j] = (float) StrictMath.exp(row[j] - max);
      sum += row[j];
    }
    float[] out = new float[D];
    for (int i = 0; i < D; i++) {
      for (int j = 0; j < keys; j++) {
        out[i] = Math.fma(EagerCase.store(row[j] / sum, dtype), v[j * D + i], out[i]);
      }
      out[i] = EagerCase.store(out[i], dtype);
    }
    return out;
  }

  @ParameterizedTest
  @CsvSource({
    "f32, F32, 5, 5, 5",
    "bf16, BF16, 5, 9, 2",
    "f16, F16, 290, 295, 290",
    "f16, F16, 290, 295, 133",
    "f32, F32, 1, 8, 1",
    "bf16, BF16, 65, 65, 1",
    "bf16, BF16, 129, 129, 128",
    "f16, F16, 6, 6, 100"
  })
  void isItsFormula(String format, DType dtype, int queries, int keys, int chunk) {
    Tensor q = EagerCase.random(1, dtype, B, HEADS, queries, D);
    Tensor k = EagerCase.random(2, dtype, B, KV, keys, D);
    Tensor v = EagerCase.random(3, dtype, B, KV, keys, D);
    boolean[] visible = new boolean[B * keys];
    Random random = new Random(4);
    for (int i = 0; i < visible.length; i++) {
      visible[i] = random.nextInt(4) > 0;
    }
    for (boolean masked : new boolean[] {false, true}) {
      Optional<boolean[]> mask = masked ? Optional.of(visible) : Optional.empty();
      Tensor actual =
          new AttentionKernel(EagerCase.recipe(format))
              .run(q, k, v, DEFAULT, mask, chunk, Rows.ALONE);
      assertEquals(Shape.of(B, queries, HEADS * D), actual.shape());
      for (int row = 0; row < B * HEADS * queries; row++) {
        int b = row / (HEADS * queries);
        int head = row / queries % HEADS;
        int t = row % queries;
        int kv = b * KV + head / 3;
        int last = keys - queries + t;
        int end = keys - queries + Math.min(queries, (t / chunk + 1) * chunk);
        boolean[] seen = new boolean[keys];
        for (int j = 0; j < keys; j++) {
          seen[j] = !masked || visible[b * keys + j];
        }
        float[] expected =
            attend(
                q.slice((long) row * D, Shape.of(D)).toFloats(),
                k.slice((long) kv * keys * D, Shape.of(end, D)).toFloats(),
                v.slice((long) kv * keys * D, Shape.of(end, D)).toFloats(),
                end,
                last,
                seen,
                dtype,
                0.5f);
        long at = ((long) (b * queries + t) * HEADS + head) * D;
        Rows.assertSame(expected, actual.slice(at, Shape.of(D)), "head " + head + " query " + t);
      }
    }
  }

  /**
   * Chunks of 3 from 9 keys on see 12, 15 and 17 keys; with 4 the second product, else the first.
   */
  @Test
  void theNumberOfKeysOfAChunkPicksItsProducts() {
    int queries = 8;
    int keys = 17;
    Tensor q = EagerCase.random(31, DType.F16, B, HEADS, queries, D);
    Tensor k = EagerCase.random(32, DType.F16, B, KV, keys, D);
    Tensor v = EagerCase.random(33, DType.F16, B, KV, keys, D);
    String first = EagerCase.recipe("f16").text();
    String coarse = "fda(w=8,F=8,acc=f32rz)";
    String second = first.replace("fma(acc=f32rne,lanes=1)", coarse);
    String gemm = first.substring(first.indexOf("qk=") + 3, first.indexOf(",pv="));
    String other = second.substring(second.indexOf("qk=") + 3, second.indexOf(",pv="));
    String both = first.replace(gemm, "aligned(4=%s,1=%s)".formatted(other, gemm));
    float[] whole = run(both, q, k, v).toFloats();
    float[] unaligned = run(first, q, k, v).toFloats();
    float[] aligned = run(second, q, k, v).toFloats();
    assertFalse(Arrays.equals(aligned, unaligned));
    for (int i = 0; i < whole.length; i++) {
      int query = i / (HEADS * D) % queries;
      assertEquals(query < 3 ? aligned[i] : unaligned[i], whole[i], "query " + query);
    }
  }

  private static Tensor run(String recipe, Tensor q, Tensor k, Tensor v) {
    return new AttentionKernel((AttentionRecipe) StageRecipe.parse(recipe))
        .run(q, k, v, DEFAULT, Optional.empty(), 3, Rows.ALONE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void threadsShareTheHeads(int threads) {
    Tensor q = EagerCase.random(5, DType.BF16, B, HEADS, 270, D);
    Tensor k = EagerCase.random(6, DType.BF16, B, KV, 280, D);
    Tensor v = EagerCase.random(7, DType.BF16, B, KV, 280, D);
    AttentionKernel kernel = new AttentionKernel(EagerCase.recipe("bf16"));
    Tensor alone = kernel.run(q, k, v, DEFAULT, Optional.empty(), 270, Rows.ALONE);
    assertEquals(DType.BF16, alone.dtype());
    try (Workers workers = new Workers(threads)) {
      Tensor shared = kernel.run(q, k, v, DEFAULT, Optional.empty(), 270, workers);
      Rows.assertSame(alone.toFloats(), shared, threads + " threads");
    }
  }

  /** Scaled copies of q, or of q and k, and scores as they come. */
  @ParameterizedTest
  @CsvSource({"q, 0.5, 1", "sqrt, 0.70710678, 0.70710678"})
  void theScaleMayStandBeforeTheProduct(String scale, float ofQ, float ofK) {
    DType dtype = DType.F16;
    Tensor q = EagerCase.random(8, dtype, 1, 1, 9, D);
    Tensor k = EagerCase.random(9, dtype, 1, 1, 9, D);
    Tensor v = EagerCase.random(10, dtype, 1, 1, 9, D);
    AttentionRecipe recipe =
        (AttentionRecipe)
            StageRecipe.parse(
                EagerCase.recipe("f16")
                    .text()
                    .replace("score=f16,", "score=f16,scale=" + scale + ","));
    Tensor actual =
        new AttentionKernel(recipe).run(q, k, v, DEFAULT, Optional.empty(), 9, Rows.ALONE);
    boolean[] seen = new boolean[9];
    Arrays.fill(seen, true);
    float[] keys = times(k.toFloats(), ofK, dtype);
    for (int t = 0; t < 9; t++) {
      float[] query = times(q.slice((long) t * D, Shape.of(D)).toFloats(), ofQ, dtype);
      float[] expected = attend(query, keys, v.toFloats(), 9, t, seen, dtype, 1);
      Rows.assertSame(expected, actual.slice((long) t * D, Shape.of(D)), scale + " query " + t);
    }
  }

  /**
   * Scores of -60000 are less than those of 60000 under a mask of -65504: it is the keys after the
   * query that are attended to, also those after the last query of a piece of work.
   */
  @Test
  void aMaskThatScoresOutweighHidesNothing() {
    int n = PIECE + 6;
    float[] query = {-400, 0, 0, 0};
    float[] qs = new float[n * D];
    float[] ks = new float[n * D];
    for (int t = 0; t < n; t++) {
      qs[t * D] = query[0];
      ks[t * D] = t <= PIECE ? 300 : -300;
    }
    Tensor v = EagerCase.random(11, DType.F16, 1, 1, n, D);
    Tensor actual = attended(qs, ks, v, n);
    boolean[] seen = new boolean[n];
    Arrays.fill(seen, true);
    float[] half = {-200, 0, 0, 0};
    for (int t = 0; t < n; t++) {
      float[] expected = attend(half, ks, v.toFloats(), n, t, seen, DType.F16, 1);
      Rows.assertSame(expected, actual.slice((long) t * D, Shape.of(D)), "query " + t);
      float[] visible = attend(half, ks, v.toFloats(), t + 1, t, seen, DType.F16, 1);
      assertEquals(t > PIECE, Arrays.equals(expected, visible), "query " + t);
    }
  }

  /** A weight of zero times infinity is not zero. */
  @Test
  void anInfiniteValueIsNotLeftOut() {
    int n = PIECE + 6;
    float[] zeros = new float[n * D];
    float[] values = new float[n * D];
    values[(n - 1) * D] = Float.POSITIVE_INFINITY;
    Tensor v = Tensor.ofFloats(Shape.of(1, 1, n, D), values).cast(DType.F16);
    float[] actual = attended(zeros, zeros, v, n).toFloats();
    for (int t = 0; t < n; t++) {
      assertEquals(t < n - 1, Float.isNaN(actual[t * D]), "query " + t);
      assertEquals(0, actual[t * D + 1], "query " + t);
    }
  }

  private static Tensor attended(float[] q, float[] k, Tensor v, int n) {
    AttentionRecipe recipe =
        (AttentionRecipe)
            StageRecipe.parse(
                EagerCase.recipe("f16").text().replace("score=f16,", "score=f16,scale=q,"));
    Shape shape = Shape.of(1, 1, n, D);
    Tensor queries = Tensor.ofFloats(shape, q).cast(DType.F16);
    Tensor keys = Tensor.ofFloats(shape, k).cast(DType.F16);
    return new AttentionKernel(recipe)
        .run(queries, keys, v, DEFAULT, Optional.empty(), n, Rows.ALONE);
  }

  /** The factor may be held in a format of its own; 1/sqrt(8) is 0x35A8 in float16. */
  @Test
  void theFactorMayBeRounded() {
    int d = 8;
    Tensor q = Tensor.ofFloats(Shape.of(1, 1, 1, d), 8, 1, 0, 0, 0, 0, 0, 0);
    float[] second = new float[2 * d];
    second[d] = 1;
    Tensor k = Tensor.ofFloats(Shape.of(1, 1, 2, d), second);
    String text = EagerCase.recipe("f32").text();
    for (float factor : new float[] {(float) (1 / Math.sqrt(8)), 0x1.6ap-2f}) {
      String held = factor == 0x1.6ap-2f ? "score=f32,factor=f16," : "score=f32,";
      AttentionRecipe recipe =
          (AttentionRecipe) StageRecipe.parse(text.replace("score=f32,", held));
      float other = (float) StrictMath.exp(-8 * factor);
      float[] expected = new float[d];
      expected[0] = 1 / (other + 1);
      Rows.assertSame(
          expected,
          new AttentionKernel(recipe)
              .run(q, k, k, AttentionFunction.of(d), Optional.empty(), 1, Rows.ALONE),
          held);
    }
  }

  private static float[] times(float[] values, float factor, DType dtype) {
    float[] products = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      products[i] = EagerCase.store(values[i] * factor, dtype);
    }
    return products;
  }

  /** In f16 a product beyond 65504 is infinite before the scale; the row is then NaN. */
  @Test
  void scoresOverflowBeforeTheyAreScaled() {
    Tensor q = Tensor.ofFloats(Shape.of(1, 1, 1, 4), 200, 200, 0, 0).cast(DType.F16);
    Tensor v = Tensor.ofFloats(Shape.of(1, 1, 1, 4), 1, 2, 3, 4).cast(DType.F16);
    Tensor out =
        new AttentionKernel(EagerCase.recipe("f16"))
            .run(q, q, v, DEFAULT, Optional.empty(), 1, Rows.ALONE);
    Rows.assertSame(new float[] {Float.NaN, Float.NaN, Float.NaN, Float.NaN}, out, "f16");
    Tensor wide =
        new AttentionKernel(EagerCase.recipe("bf16"))
            .run(q, q, v, DEFAULT, Optional.empty(), 1, Rows.ALONE);
    Rows.assertSame(new float[] {1, 2, 3, 4}, wide, "bf16");
  }
}

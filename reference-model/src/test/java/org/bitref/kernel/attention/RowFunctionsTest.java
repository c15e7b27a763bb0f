package org.bitref.kernel.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.bitref.kernel.row.Rows;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention over whole rows with windows, softcaps and sinks, against float loops. */
final class RowFunctionsTest {
  private static final int B = 2;
  private static final int HEADS = 6;
  private static final int KV = 2;
  private static final int D = 4;
  private static final double NO_SINK = Double.NEGATIVE_INFINITY;

  /**
   * One query over some keys.
   *
   * @param seen which of them count
   * @param cap 0 for none
   */
  private static float[] attend(
      float[] q, float[] k, float[] v, boolean[] seen, DType dtype, double cap, double sink) {
    int keys = seen.length;
    boolean withSink = sink != NO_SINK;
    float[] row = new float[withSink ? keys + 1 : keys];
    float lowest = -(float) dtype.format().orElseThrow().maxFinite();
    for (int j = 0; j < keys; j++) {
      float dot = 0;
      for (int i = 0; i < D; i++) {
        dot = Math.fma(q[i], k[j * D + i], dot);
      }
      row[j] = EagerCase.store(EagerCase.store(dot, dtype) * 0.5f, dtype);
      if (cap > 0) {
        float inner = EagerCase.store(row[j] / cap, dtype);
        row[j] = EagerCase.store(EagerCase.store(StrictMath.tanh(inner), dtype) * cap, dtype);
      }
      row[j] = seen[j] ? row[j] : EagerCase.store(row[j] + lowest, dtype);
    }
    if (withSink) {
      row[keys] = EagerCase.store(sink, dtype);
    }
    float max = Float.NEGATIVE_INFINITY;
    float sum = 0;
    for (float score : row) {
      max = Math.max(max, score);
    }
    for (int j = 0; j < row.length; j++) {
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

  private static AttentionFunction function(int window, double cap, boolean sinks, boolean causal) {
    AttentionFunction function = AttentionFunction.of(D);
    function = window > 0 ? function.withWindow(window) : function;
    function = cap > 0 ? function.withSoftcap(cap) : function;
    function = sinks ? function.withSinks(List.of(0.5, -3., 2.25, NO_SINK, 9., 0.)) : function;
    return causal ? function : function.notCausal();
  }

  @ParameterizedTest
  @CsvSource({
    "f32, F32, 1, 1, 1, 1, 0, false, true",
    "f16, F16, 1, 8, 1, 3, 0, false, true",
    "bf16, BF16, 5, 9, 2, 1, 0, false, true",
    "f32, F32, 7, 7, 7, 6, 0, false, true",
    "f32, F32, 7, 7, 7, 7, 0, false, true",
    "f16, F16, 9, 12, 4, 100, 0, false, true",
    "f16, F16, 290, 295, 133, 40, 0, false, true",
    "f32, F32, 6, 9, 6, 0, 1.5, false, true",
    "bf16, BF16, 6, 9, 6, 0, 50, false, true",
    "f16, F16, 6, 9, 4, 0, 0.375, true, true",
    "f32, F32, 1, 5, 1, 0, 0, true, true",
    "bf16, BF16, 8, 8, 3, 0, 0, true, true",
    "f16, F16, 390, 391, 390, 17, 2, true, true",
    "f32, F32, 6, 9, 6, 0, 0, false, false",
    "f16, F16, 6, 9, 4, 2, 3, true, false"
  })
  void isItsFormula(
      String format,
      DType dtype,
      int queries,
      int keys,
      int chunk,
      int window,
      double cap,
      boolean sinks,
      boolean causal) {
    Tensor q = EagerCase.random(1, dtype, B, HEADS, queries, D);
    Tensor k = EagerCase.random(2, dtype, B, KV, keys, D);
    Tensor v = EagerCase.random(3, dtype, B, KV, keys, D);
    AttentionFunction function = function(window, cap, sinks, causal);
    boolean[] visible = new boolean[B * keys];
    Random random = new Random(4);
    for (int i = 0; i < visible.length; i++) {
      visible[i] = random.nextInt(4) > 0;
    }
    for (boolean padded : new boolean[] {false, true}) {
      Optional<boolean[]> mask = padded ? Optional.of(visible) : Optional.empty();
      Tensor actual =
          new AttentionKernel(EagerCase.recipe(format))
              .run(q, k, v, function, mask, chunk, Rows.ALONE);
      for (int row = 0; row < B * HEADS * queries; row++) {
        int b = row / (HEADS * queries);
        int head = row / queries % HEADS;
        int t = row % queries;
        int position = keys - queries + t;
        int end = keys - queries + Math.min(queries, (t / chunk + 1) * chunk);
        boolean[] seen = new boolean[end];
        for (int j = 0; j < end; j++) {
          seen[j] =
              (!causal || j <= position)
                  && (window == 0 || j > position - window)
                  && (!padded || visible[b * keys + j]);
        }
        long kv = (long) (b * KV + head / 3) * keys * D;
        float[] expected =
            attend(
                q.slice((long) row * D, Shape.of(D)).toFloats(),
                k.slice(kv, Shape.of(end, D)).toFloats(),
                v.slice(kv, Shape.of(end, D)).toFloats(),
                seen,
                dtype,
                cap,
                function.sink(head));
        long at = ((long) (b * queries + t) * HEADS + head) * D;
        Rows.assertSame(expected, actual.slice(at, Shape.of(D)), "head " + head + " query " + t);
      }
    }
  }

  /**
   * A sink is a last key that every query sees, with the score of the sink and values of zero: keys
   * and queries get a fifth element, which is 1 in a query and in that key twice the sink.
   */
  @ParameterizedTest
  @CsvSource({"f32, F32", "f16, F16", "bf16, BF16"})
  void aSinkIsAKeyWithoutValue(String format, DType dtype) {
    int n = 11;
    double sink = 1.75;
    Tensor q = EagerCase.random(5, dtype, 1, 1, n, D);
    Tensor k = EagerCase.random(6, dtype, 1, 1, n, D);
    Tensor v = EagerCase.random(7, dtype, 1, 1, n, D);
    AttentionFunction full = AttentionFunction.of(D).notCausal();
    AttentionKernel kernel = new AttentionKernel(EagerCase.recipe(format));
    Tensor with =
        kernel.run(q, k, v, full.withSinks(List.of(sink)), Optional.empty(), n, Rows.ALONE);
    Tensor wideQ = widened(q, n, 1, 0);
    Tensor wideK = widened(k, n + 1, 0, (float) (2 * sink));
    Tensor wideV = widened(v, n + 1, 0, 0);
    Tensor key = kernel.run(wideQ, wideK, wideV, full, Optional.empty(), n, Rows.ALONE);
    Tensor without = kernel.run(q, k, v, full, Optional.empty(), n, Rows.ALONE);
    int moved = 0;
    for (int t = 0; t < n; t++) {
      float[] expected = key.slice((long) t * (D + 1), Shape.of(D)).toFloats();
      Rows.assertSame(expected, with.slice((long) t * D, Shape.of(D)), "query " + t);
      moved += Arrays.equals(expected, without.slice((long) t * D, Shape.of(D)).toFloats()) ? 0 : 1;
    }
    assertEquals(n, moved);
  }

  /**
   * Rows with one more element, and as many more as there are missing to n, whose last is given.
   */
  private static Tensor widened(Tensor x, int n, float more, float last) {
    float[] out = new float[n * (D + 1)];
    for (int i = 0; i < x.elements(); i++) {
      out[i / D * (D + 1) + i % D] = (float) x.get(i);
    }
    for (int t = 0; t < n; t++) {
      out[t * (D + 1) + D] = (long) t * D < x.elements() ? more : last;
    }
    return Tensor.ofFloats(Shape.of(1, 1, n, D + 1), out).cast(x.dtype());
  }

  /** Where padding hides every key, eager code weighs all of them; a sink takes everything. */
  @Test
  void aRowOfNothingButPaddingIsTheMeanOrTheSinks() {
    int n = 8;
    Tensor q = EagerCase.random(8, DType.F32, 1, 1, n, D);
    Tensor v = EagerCase.random(9, DType.F32, 1, 1, n, D);
    AttentionKernel kernel = new AttentionKernel(EagerCase.recipe("f32"));
    AttentionFunction window = AttentionFunction.of(D).withWindow(2);
    Optional<boolean[]> none = Optional.of(new boolean[n]);
    Tensor out = kernel.run(q, q, v, window, none, n, Rows.ALONE);
    float[] mean = new float[D];
    for (int i = 0; i < n * D; i++) {
      mean[i % D] = Math.fma(1f / n, (float) v.get(i), mean[i % D]);
    }
    Tensor sink = kernel.run(q, q, v, window.withSinks(List.of(-50.)), none, n, Rows.ALONE);
    for (int t = 0; t < n; t++) {
      Rows.assertSame(mean, out.slice((long) t * D, Shape.of(D)), "query " + t);
      Rows.assertSame(new float[D], sink.slice((long) t * D, Shape.of(D)), "query " + t);
    }
  }

  /** A score that overflows is the cap, not NaN; NaN stays NaN. */
  @Test
  void specialScoresAreCapped() {
    Tensor q = Tensor.ofFloats(Shape.of(1, 1, 1, D), 200, 200, 0, 0).cast(DType.F16);
    Tensor k = Tensor.ofFloats(Shape.of(1, 1, 2, D), 0, 0, 0, 0, 200, 200, 0, 0).cast(DType.F16);
    Tensor v = Tensor.ofFloats(Shape.of(1, 1, 2, D), 1, 0, 0, 0, 0, 1, 0, 0).cast(DType.F16);
    AttentionKernel kernel = new AttentionKernel(EagerCase.recipe("f16"));
    AttentionFunction capped = AttentionFunction.of(D).withSoftcap(2);
    float[] out = kernel.run(q, k, v, capped, Optional.empty(), 1, Rows.ALONE).toFloats();
    float e = (float) StrictMath.exp(-2);
    assertEquals(EagerCase.store(e / (e + 1), DType.F16), out[0]);
    assertEquals(EagerCase.store(1 / (e + 1), DType.F16), out[1]);
    Tensor nan = Tensor.ofFloats(Shape.of(1, 1, 1, D), Float.NaN, 0, 0, 0).cast(DType.F16);
    Tensor spoilt = kernel.run(nan, k, v, capped, Optional.empty(), 1, Rows.ALONE);
    assertTrue(Float.isNaN(spoilt.toFloats()[0]));
  }

  /** A window hides a key as padding does. */
  @Test
  void aWindowIsPaddingBeforeAQuery() {
    int n = 21;
    List<Integer> windows = new ArrayList<>(List.of(1, 2, 3, 20, 21, 22, Integer.MAX_VALUE));
    Tensor q = EagerCase.random(10, DType.BF16, 1, 4, 1, D);
    Tensor k = EagerCase.random(11, DType.BF16, 1, 2, n, D);
    Tensor v = EagerCase.random(12, DType.BF16, 1, 2, n, D);
    AttentionKernel kernel = new AttentionKernel(EagerCase.recipe("bf16"));
    AttentionFunction function = AttentionFunction.of(D);
    for (int window : windows) {
      boolean[] visible = new boolean[n];
      Arrays.fill(visible, Math.max(0, n - window), n, true);
      Tensor padded = kernel.run(q, k, v, function, Optional.of(visible), 1, Rows.ALONE);
      Tensor windowed =
          kernel.run(q, k, v, function.withWindow(window), Optional.empty(), 1, Rows.ALONE);
      Rows.assertSame(padded.toFloats(), windowed, "window " + window);
    }
  }
}

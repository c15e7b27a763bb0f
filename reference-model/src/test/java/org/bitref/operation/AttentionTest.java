package org.bitref.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.kernel.row.Rows;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The exact attention against double loops, and what goes along with its operands. */
class AttentionTest {
  private static final int B = 2;
  private static final int HEADS = 4;
  private static final int KV = 2;
  private static final int D = 8;

  private static Tensor random(long seed, long... dims) {
    int n = (int) Shape.of(dims).elements();
    return Tensor.ofFloats(Shape.of(dims), Rows.wide(new Random(seed), n, 1));
  }

  private static Attention attention(int queries, int keys, Optional<boolean[]> visible) {
    Tensor q = random(1, B, HEADS, queries, D);
    Tensor k = random(2, B, KV, keys, D);
    return new Attention(q, k, random(3, B, KV, keys, D), visible);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 0, 0, false, true",
    "1, 9, 4, 0, false, true",
    "5, 12, 1, 0, false, true",
    "9, 9, 9, 0, false, true",
    "9, 9, 50, 0, false, true",
    "7, 9, 0, 2.5, false, true",
    "7, 9, 0, 0, true, true",
    "7, 9, 3, 0.5, true, true",
    "7, 9, 3, 30, true, false"
  })
  void isItsFormulaInDouble(
      int queries, int keys, int window, double cap, boolean sinks, boolean causal) {
    AttentionFunction function = AttentionFunction.of(D).withScale(0.3);
    function = window > 0 ? function.withWindow(window) : function;
    function = cap > 0 ? function.withSoftcap(cap) : function;
    function = sinks ? function.withSinks(List.of(1., -2., 3.5, 0.)) : function;
    function = causal ? function : function.notCausal();
    boolean[] visible = new boolean[B * keys];
    Random random = new Random(4);
    for (int i = 0; i < visible.length; i++) {
      // Every query sees itself, so that no row is without keys.
      visible[i] = i % keys >= keys - queries || random.nextInt(3) > 0;
    }
    for (boolean padded : new boolean[] {false, true}) {
      Optional<boolean[]> mask = padded ? Optional.of(visible) : Optional.empty();
      Attention attention = attention(queries, keys, mask).withFunction(function);
      Tensor actual = attention.exact(Rows.ALONE);
      for (int row = 0; row < B * HEADS * queries; row++) {
        int b = row / (HEADS * queries);
        int t = row % queries;
        int position = keys - queries + t;
        boolean[] seen = new boolean[keys];
        for (int j = 0; j < keys; j++) {
          seen[j] =
              (!causal || j <= position)
                  && (window == 0 || position - j < window)
                  && (!padded || visible[b * keys + j]);
        }
        long at = ((long) (b * queries + t) * HEADS + row / queries % HEADS) * D;
        check(attention, row, seen, actual, at);
      }
    }
  }

  /**
   * One query's outputs. A score of D products and additions, a factor and a cap is off by (D + 5)
   * u of what it is made of, at most A with a cap's slope below 1; that is d. A probability then is
   * off by exp(2d) - 1 and the T + 4 roundings of exponential, sum and quotient, the output by T
   * roundings more. The other side is off by no more, so that twice the sum of both holds.
   */
  private static void check(Attention a, int row, boolean[] seen, Tensor actual, long at) {
    int queries = a.q().shape().intDim(2);
    int keys = seen.length;
    int head = row / queries;
    long kv = (long) (head / HEADS * KV + head % HEADS / 2) * keys * D;
    double sink = a.function().sink(head % HEADS);
    double[] p = new double[keys];
    double total = Math.exp(sink);
    double largest = 0;
    for (int j = 0; j < keys; j++) {
      double s = 0;
      double size = 0;
      for (int i = 0; i < D; i++) {
        double product = a.q().get((long) row * D + i) * a.k().get(kv + (long) j * D + i);
        s += product;
        size += Math.abs(product);
      }
      s *= 0.3;
      double cap = a.function().softcap().orElse(0);
      s = cap > 0 ? cap * Math.tanh(s / cap) : s;
      p[j] = seen[j] ? Math.exp(s) : 0;
      total += p[j];
      largest = Math.max(largest, 0.3 * size);
    }
    double u = 0x1p-53;
    double relative = Math.expm1(2 * (D + 5) * u * largest) + (2 * keys + 4) * u;
    for (int i = 0; i < D; i++) {
      double expected = 0;
      double size = 0;
      for (int j = 0; j < keys; j++) {
        expected += p[j] / total * a.v().get(kv + (long) j * D + i);
        size += p[j] / total * Math.abs(a.v().get(kv + (long) j * D + i));
      }
      assertEquals(expected, actual.get(at + i), 2 * relative * size, "row " + row + " " + i);
    }
  }

  @Test
  void theFunctionGoesAlongWithOperands() {
    Attention attention = attention(3, 5, Optional.empty());
    assertEquals(AttentionFunction.of(D), attention.function());
    AttentionFunction other = AttentionFunction.of(D).withWindow(2).withSoftcap(3);
    Attention with = attention.withFunction(other);
    assertEquals(other, with.withInput(1, attention.v()).function());
    assertTrue(with.withInput(1, attention.v()).k().equals(attention.v()));
  }

  @Test
  void everyHeadNeedsASink() {
    Attention attention = attention(3, 5, Optional.empty());
    AttentionFunction three = AttentionFunction.of(D).withSinks(List.of(1., 2., 3.));
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> attention.withFunction(three));
    assertEquals("3 sinks do not fit [2, 4, 3, 8]", refused.getMessage());
  }
}

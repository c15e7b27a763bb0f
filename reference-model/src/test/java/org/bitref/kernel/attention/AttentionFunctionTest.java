package org.bitref.kernel.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which keys are seen, in the words of transformers' masking_utils.py. */
final class AttentionFunctionTest {
  private static final int KEYS = 9;

  /** sliding_window_overlay and causal_mask_function, and both. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 8, 9, 10, Integer.MAX_VALUE})
  void aWindowIsTheOverlayOfTransformers(int window) {
    AttentionFunction function = AttentionFunction.of(4).withWindow(window);
    for (int query = 0; query < KEYS; query++) {
      for (int key = 0; key < KEYS; key++) {
        boolean overlay = key > query - (long) window;
        boolean causal = key <= query;
        assertEquals(overlay && causal, !function.hides(query, key), query + " " + key);
        assertEquals(overlay, !function.notCausal().hides(query, key), query + " " + key);
        assertEquals(causal, !AttentionFunction.of(4).hides(query, key), query + " " + key);
      }
    }
  }

  @Test
  void whatIsNotHiddenLiesBetweenTheFirstAndTheLast() {
    AttentionFunction base = AttentionFunction.of(4);
    for (AttentionFunction function :
        List.of(base, base.notCausal(), base.withWindow(3), base.withWindow(3).notCausal())) {
      for (int query = 0; query < KEYS; query++) {
        for (int key = 0; key < KEYS; key++) {
          boolean between = key >= function.firstKey(query) && key <= function.lastKey(query, KEYS);
          assertEquals(between, !function.hides(query, key), query + " " + key);
        }
      }
    }
  }

  @Test
  void scoresAreScaledAndThenCapped() {
    AttentionFunction plain = AttentionFunction.of(16);
    assertEquals(0.75, plain.score(3));
    AttentionFunction capped = plain.withSoftcap(2);
    // 2 tanh(0.375), by hand: tanh(0.375) = (e^0.75 - 1) / (e^0.75 + 1).
    assertEquals(2 * 0.35835739835078595, capped.score(3), 0x1p-51);
    assertEquals(2, capped.score(Double.POSITIVE_INFINITY));
    assertEquals(-2, capped.score(-1e9));
    assertEquals(2 * StrictMath.tanh(1.5), capped.withScale(1).score(3));
  }

  @Test
  void aHeadHasItsOwnSink() {
    AttentionFunction function = AttentionFunction.of(4).withWindow(3).withSinks(List.of(1., -2.));
    assertEquals(-2, function.sink(1));
    assertEquals(List.of(-2.), function.ofHead(1).sinks());
    assertEquals(function.window(), function.ofHead(1).window());
    assertEquals(Double.NEGATIVE_INFINITY, AttentionFunction.of(4).sink(1));
    assertEquals(AttentionFunction.of(4), AttentionFunction.of(4).ofHead(1));
  }

  @Test
  void whatIsNoFunctionIsRefused() {
    AttentionFunction base = AttentionFunction.of(4);
    for (double no : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> base.withScale(no), "scale " + no);
      assertThrows(IllegalArgumentException.class, () -> base.withSoftcap(no), "softcap " + no);
    }
    for (int no : new int[] {0, -1, Integer.MIN_VALUE}) {
      assertThrows(IllegalArgumentException.class, () -> base.withWindow(no), "window " + no);
    }
    for (double no : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> base.withSinks(List.of(no)), "sink " + no);
    }
  }
}

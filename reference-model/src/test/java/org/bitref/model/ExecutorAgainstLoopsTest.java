package org.bitref.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole forward passes against one written in plain loops. */
final class ExecutorAgainstLoopsTest {
  private static final int TOKENS = 11;

  private static NaiveForward loops(
      Casts casts, Map<String, Tensor> prompt, Map<String, double[]> anchor) {
    PrefillInputs inputs = PrefillInputs.read(TinyModel.source(prompt), TinyModel.CONFIG);
    NaiveForward naive = new NaiveForward(TinyModel.CONFIG, TinyModel.weights(1), casts, anchor);
    List<double[]> deepstack = new ArrayList<>();
    for (int i = 0; i < inputs.features(); i++) {
      deepstack.add(inputs.find("deepstack." + i).orElseThrow().toDoubles());
    }
    naive.run(
        prompt.get("inputs_embeds").toDoubles(),
        inputs.positions(),
        inputs.visualMask(),
        deepstack,
        inputs.attentionMask());
    return naive;
  }

  @ParameterizedTest
  @CsvSource({"F32,0", "F32,1", "BF16,0", "BF16,3", "F16,1", "F16,2"})
  void lowPrecisionIsEqualBitForBit(Casts casts, int deepstack) {
    for (long seed = 1; seed <= 5; seed++) {
      Map<String, Tensor> prompt = TinyModel.prompt(seed, TOKENS, deepstack);
      if (seed % 2 == 0) {
        prompt.put(
            "attention_mask", Tensor.ofLongs(Shape.of(1, TOKENS), 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1));
        prompt.put("position_ids", Tensor.ofLongs(Shape.of(3, TOKENS), positions()));
      }
      Map<String, double[]> expected = loops(casts, prompt, Map.of()).results();
      Map<String, Tensor> actual = TinyModel.run(casts, prompt);
      assertEquals(expected.keySet(), actual.keySet());
      assertEquals(deepstack >= 2, actual.containsKey("layers.2.input_hidden"));
      String where = casts + " seed " + seed + " ";
      expected.forEach((stage, values) -> assertEqual(values, actual.get(stage), where + stage));
    }
  }

  private static long[] positions() {
    long[] positions = new long[3 * TOKENS];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = i * 37L % 101;
    }
    return positions;
  }

  private static void assertEqual(double[] expected, Tensor actual, String where) {
    assertEquals(expected.length, actual.elements(), where);
    for (int i = 0; i < expected.length; i++) {
      if (Double.doubleToLongBits(expected[i]) != Double.doubleToLongBits(actual.get(i))) {
        fail(where + " element " + i + ": expected " + expected[i] + ", not " + actual.get(i));
      }
    }
  }

  /** Every stage on the executor's own inputs, so that the bounds need not be carried along. */
  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void exactLiesInsideTheErrorOfDoubles(int deepstack) {
    for (long seed = 11; seed <= 14; seed++) {
      Map<String, Tensor> prompt = TinyModel.prompt(seed, TOKENS, deepstack);
      Map<String, Tensor> actual = TinyModel.run(Casts.F64, prompt);
      Map<String, double[]> anchor = new HashMap<>();
      actual.forEach((stage, tensor) -> anchor.put(stage, tensor.toDoubles()));
      NaiveForward naive = loops(Casts.F64, prompt, anchor);
      assertEquals(naive.results().keySet(), actual.keySet());
      String where = "seed " + seed + " ";
      naive
          .results()
          .forEach(
              (stage, values) ->
                  assertInside(values, naive.bounds(stage), anchor.get(stage), where + stage));
    }
  }

  private static void assertInside(
      double[] expected, double[] bound, double[] actual, String where) {
    assertEquals(expected.length, actual.length, where);
    for (int i = 0; i < expected.length; i++) {
      double error = Math.abs(expected[i] - actual[i]);
      if (!(error <= bound[i])) {
        fail(where + " element " + i + ": error " + error + " above " + bound[i]);
      }
      assertTrue(bound[i] <= 1e-12, where);
    }
  }

  @Test
  void aKeyMaskedForAllGivesTheMeanOfAllValues() {
    Map<String, Tensor> prompt = TinyModel.prompt(3, TOKENS, 0);
    prompt.put("attention_mask", Tensor.ofLongs(Shape.of(1, TOKENS), new long[TOKENS]));
    prompt.put("position_ids", Tensor.ofLongs(Shape.of(3, TOKENS), positions()));
    for (Casts casts : Casts.values()) {
      Map<String, Tensor> actual = TinyModel.run(casts, prompt);
      double[] v = actual.get("kv.0.v").toDoubles();
      double[] out = actual.get("layers.0.attn_out").toDoubles();
      double p = casts.store(casts.calc(1.0 / TOKENS));
      int d = TinyModel.CONFIG.headDim();
      int width = TinyModel.CONFIG.queryWidth();
      for (int i = 0; i < out.length; i++) {
        int kv = i % width / d / 2;
        double sum = 0;
        double magnitude = 0;
        for (int t = 0; t < TOKENS; t++) {
          double value = v[(kv * TOKENS + t) * d + i % d];
          sum = casts.accumulate(p, value, sum);
          magnitude += Math.abs(p * value);
        }
        double bound = casts == Casts.F64 ? 2 * TOKENS * 0x1p-53 * magnitude : 0;
        double error = Math.abs(casts.store(sum) - out[i]);
        assertTrue(error <= bound, casts + " element " + i + " is " + out[i]);
      }
      actual.forEach(
          (stage, tensor) -> {
            for (double x : tensor.toDoubles()) {
              assertTrue(Double.isFinite(x), casts + " " + stage);
            }
          });
    }
  }

  @Test
  void rowsBeforeTheFirstVisibleKeyAreFiniteToo() {
    Map<String, Tensor> prompt = TinyModel.prompt(4, TOKENS, 0);
    long[] mask = new long[TOKENS];
    mask[TOKENS - 1] = 1;
    prompt.put("attention_mask", Tensor.ofLongs(Shape.of(1, TOKENS), mask));
    prompt.put("position_ids", Tensor.ofLongs(Shape.of(3, TOKENS), positions()));
    Map<String, double[]> expected = loops(Casts.F16, prompt, Map.of()).results();
    Map<String, Tensor> actual = TinyModel.run(Casts.F16, prompt);
    expected.forEach((stage, values) -> assertEqual(values, actual.get(stage), stage));
    assertEquals(Optional.empty(), notFinite(actual));
  }

  private static Optional<String> notFinite(Map<String, Tensor> results) {
    return results.entrySet().stream()
        .filter(e -> !java.util.Arrays.stream(e.getValue().toDoubles()).allMatch(Double::isFinite))
        .map(Map.Entry::getKey)
        .findFirst();
  }
}

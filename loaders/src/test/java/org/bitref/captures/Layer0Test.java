package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layer 0 of an 8B model as four systems computed it: every stage by one preset for each. */
class Layer0Test {
  private static List<Reproduced> all;

  @BeforeAll
  static void compute() {
    all = Layer0.all();
  }

  @ParameterizedTest
  @CsvSource({
    "pytorch_cuda,      16, 384000",
    "trt_strong_marked, 16, 384000",
    "trt_fp16_marked,   16, 384000",
    "trt_strong_fused,   4,  38400",
    "trt_fp16_fused,     4,  38400",
    "ort_cpu,           10, 337920"
  })
  void everyElementOfEveryStageIsEqual(String system, int stages, long elements) {
    List<Reproduced> rows =
        all.stream()
            .filter(row -> row.system().equals(system) && !row.stage().endsWith(Layer0.STORED))
            .toList();
    assertEquals(stages, rows.size());
    assertEquals(elements, rows.stream().mapToLong(Reproduced::total).sum());
    assertEquals(counts(rows, Reproduced::total), counts(rows, Reproduced::equal));
  }

  private static Map<String, Long> counts(List<Reproduced> rows, ToLongFunction<Reproduced> count) {
    return rows.stream().collect(Collectors.toMap(Reproduced::stage, count::applyAsLong));
  }

  @Test
  void onnxRuntimesStoredValuesAreNotWhatItWentOnWith() {
    List<Reproduced> rows =
        all.stream().filter(row -> row.stage().endsWith(Layer0.STORED)).toList();
    assertEquals(12, rows.size());
    for (Reproduced row : rows) {
      assertTrue(row.equal() < row.total(), row::line);
      assertTrue(row.equal() > row.total() / 2, row::line);
    }
  }
}

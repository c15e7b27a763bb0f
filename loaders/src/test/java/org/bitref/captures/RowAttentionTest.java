package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Attention kernels of an H100 that keep whole rows of scores. */
class RowAttentionTest {
  private static List<String> counts(List<Reproduced> rows) {
    return rows.stream()
        .map(row -> row.stage() + " " + row.equal() + " of " + row.total())
        .toList();
  }

  @Test
  void mathAndUnfusedTensorRtOver3006Tokens() {
    assertEquals(
        List.of(
            "torch_math_f16 15360 of 15360",
            "torch_math_bf16 15360 of 15360",
            "trt_strong 15360 of 15360",
            "trt_fp16 15360 of 15360"),
        counts(RowAttention.causal()));
  }

  @Test
  void fusedTensorRtOver77Tokens() {
    assertEquals(
        List.of(
            "s77d64.trt_fp16.f32 9856 of 9856",
            "s77d64.trt_fp16.q 9856 of 9856",
            "s77d64.trt_fp16.scores 9856 of 9856",
            "s77d64.trt_fp16.sqrt 9856 of 9856",
            "s77d64.trt_strong.f32 9856 of 9856",
            "s77d64.trt_strong.q 9856 of 9856",
            "s77d64.trt_strong.scores 9856 of 9856",
            "s77d64.trt_strong.sqrt 9856 of 9856"),
        counts(RowAttention.full()));
  }
}

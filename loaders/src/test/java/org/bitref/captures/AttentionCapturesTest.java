package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Attention in tiles against captures of PyTorch's and TensorRT's kernels on an H100 and an H200.
 */
class AttentionCapturesTest {
  private static List<String> counts(List<Reproduced> rows) {
    return rows.stream()
        .map(row -> row.stage() + " " + row.equal() + " of " + row.total())
        .toList();
  }

  @Test
  void causalOverManyTiles() {
    assertEquals(
        List.of(
            "torch_flash_f16 15360 of 15360",
            "torch_flash_bf16 15360 of 15360",
            "torch_efficient_f16 15360 of 15360",
            "torch_efficient_bf16 15360 of 15360",
            "torch_cudnn_f16 15360 of 15360",
            "torch_cudnn_bf16 15360 of 15360"),
        counts(TiledAttention.causal()));
  }

  @Test
  void causalAtAnyLength() {
    List<Reproduced> rows = TiledAttention.lengths();
    assertEquals(3 * 2 * 4, rows.size());
    rows.forEach(row -> assertEquals(7680, row.equal(), row.stage()));
    assertEquals(7680, rows.getFirst().total());
  }

  @Test
  void notCausal() {
    assertEquals(
        List.of(
            "s77d64.torch_sdpa 9856 of 9856",
            "s512d128.torch_sdpa 131072 of 131072",
            "s512d128.trt_fp16.f32 131072 of 131072",
            "s512d128.trt_fp16.q 131072 of 131072",
            "s512d128.trt_fp16.scores 131072 of 131072",
            "s512d128.trt_strong.q 131072 of 131072",
            "s512d128.trt_strong.scores 131072 of 131072",
            "s512d128.trt_fp16.sqrt 131072 of 131072",
            "s512d128.trt_strong.sqrt 131072 of 131072",
            "s512d128.trt_strong.f32 131072 of 131072"),
        counts(TiledAttention.full()));
  }

  /** Eight engines are three functions, told apart by where their graphs have the scale. */
  @Test
  void eachEngineIsOneOfThreeFunctions() {
    String half = "[tensorrt-mha-tiled-f16]";
    String sqrt = "[tensorrt-mha-tiled-f16-sqrt]";
    assertEquals(
        Map.of(
            "s512d128.trt_fp16.f32", half,
            "s512d128.trt_fp16.q", half,
            "s512d128.trt_fp16.scores", half,
            "s512d128.trt_strong.q", half,
            "s512d128.trt_strong.scores", half,
            "s512d128.trt_fp16.sqrt", sqrt,
            "s512d128.trt_strong.sqrt", sqrt,
            "s512d128.trt_strong.f32", "[tensorrt-mha-tiled-f32]"),
        TiledAttention.fitting().entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().toString())));
  }
}

package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bitref.bound.AttentionCase;
import org.bitref.diagnose.Corruption;
import org.bitref.diagnose.Damage;
import org.bitref.diagnose.Pattern;
import org.bitref.kernel.Workers;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Captured attention is right; the same capture held against another scale or mask is not. */
@Tag("long")
class AttentionCorruptionTest {
  /** TensorRT's fused attention, the scale in four places of the graph. */
  @ParameterizedTest
  @ValueSource(strings = {"s512d128", "s77d64"})
  void notCausal(String shape) {
    try (TensorSource capture = Captures.capture("tensorrt-mha-h100");
        Workers workers = new Workers(2)) {
      int checked = 0;
      for (String system : List.of("torch_sdpa", "trt_fp16.", "trt_strong.")) {
        for (String form : List.of("", "f32", "q", "scores", "sqrt")) {
          String name = shape + ".attn." + system + form;
          if (capture.has(name)) {
            AttentionCase attention = notCausal(capture, shape, name);
            assertEquals(Optional.empty(), Corruption.find(attention, workers), name);
            checked++;
          }
        }
      }
      assertEquals(9, checked);
    }
  }

  private static AttentionCase notCausal(TensorSource capture, String shape, String name) {
    Tensor q = capture.read(shape + ".q");
    int[] positions = IntStream.range(0, q.shape().intDim(1)).toArray();
    AttentionFunction full = AttentionFunction.of(q.shape().intDim(2)).notCausal();
    Tensor k = capture.read(shape + ".k");
    return new AttentionCase(q, k, capture.read(shape + ".v"), capture.read(name), positions, full);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "torch_cudnn_bf16",
        "torch_cudnn_f16",
        "torch_eager_bf16",
        "torch_eager_f16",
        "torch_efficient_bf16",
        "torch_efficient_f16",
        "torch_flash_bf16",
        "torch_flash_f16",
        "torch_math_bf16",
        "torch_math_f16",
        "trt_fp16",
        "trt_strong"
      })
  void causal(String system) {
    try (TensorSource capture = Captures.capture("attention-h100");
        Workers workers = new Workers(2)) {
      AttentionCase attention = causal(capture, system);
      assertEquals(Optional.empty(), Corruption.find(attention, workers));
    }
  }

  private static AttentionCase causal(TensorSource capture, String system) {
    Tensor out = capture.read("attn." + system);
    DType type = out.dtype();
    Tensor rows = capture.read("rows");
    int[] positions =
        IntStream.range(0, (int) rows.elements()).map(i -> (int) rows.getLong(i)).toArray();
    return new AttentionCase(
        capture.read("q").cast(type),
        capture.read("k").cast(type),
        capture.read("v").cast(type),
        out,
        positions,
        AttentionFunction.of(128));
  }

  /** If the right scale were the one given here, what was captured would be corrupt. */
  @ParameterizedTest
  @CsvSource({
    "torch_flash_f16, 1, SCALE_OF_ROOT_OF_HEAD_DIM",
    "trt_strong, 0.0078125, SCALE_ROOT",
    "torch_eager_bf16, 0.29730177875068026, SCALE_SQUARED"
  })
  void anotherScale(String system, double scale, Damage.Known damage) {
    try (TensorSource capture = Captures.capture("attention-h100");
        Workers workers = new Workers(2)) {
      AttentionCase a = causal(capture, system);
      AttentionFunction other = a.function().withScale(scale);
      AttentionCase wrong = new AttentionCase(a.q(), a.k(), a.v(), a.out(), a.positions(), other);
      Corruption found = Corruption.find(wrong, workers).orElseThrow();
      assertEquals(Pattern.SCALE_MISPLACED, found.pattern());
      assertEquals(damage, found.damage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"torch_flash_f16", "trt_strong"})
  void aMaskWhereNoneShouldBe(String system) {
    try (TensorSource capture = Captures.capture("attention-h100");
        Workers workers = new Workers(2)) {
      AttentionCase a = causal(capture, system);
      AttentionFunction full = a.function().notCausal();
      AttentionCase wrong = new AttentionCase(a.q(), a.k(), a.v(), a.out(), a.positions(), full);
      Corruption found = Corruption.find(wrong, workers).orElseThrow();
      assertEquals(Pattern.MASK_WRONG, found.pattern());
      assertTrue(
          found.damage() instanceof Damage.MaskSeen(_, int to) && to == 3005, found::toString);
    }
  }
}

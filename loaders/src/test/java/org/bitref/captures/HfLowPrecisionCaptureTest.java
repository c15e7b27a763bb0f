package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bitref.compare.Comparer;
import org.bitref.compare.TensorComparison;
import org.bitref.model.Stage;
import org.bitref.model.StageId;
import org.bitref.numerics.Format;
import org.bitref.operation.OperationKind;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The presets hf-bf16-eager and hf-f16-eager against transformers' own forward pass. */
class HfLowPrecisionCaptureTest {

  static Stream<Arguments> cases() {
    return HfCapture.folders()
        .flatMap(
            folder ->
                Stream.of(
                    Arguments.of(folder, "bf16", Format.BF16),
                    Arguments.of(folder, "f16", Format.F16)));
  }

  private static HfCapture open(Path folder, String dtype) {
    return new HfCapture(folder, "hf-cpu-" + dtype + "-eager.safetensors");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void allStagesAreEqual(Path folder, String dtype, Format lo) {
    try (HfCapture hf = open(folder, dtype)) {
      Map<StageId, Tensor> ours = hf.anchored("hf-" + dtype + "-eager");
      assertTrue(ours.size() >= 20, "recomputable stages: " + ours.keySet());
      ours.forEach(
          (id, tensor) -> {
            TensorComparison c = Comparer.compare(hf.captured(id), tensor);
            assertEquals(hf.captured(id).dtype(), tensor.dtype(), id.name());
            assertEquals(c.total(), c.equal(), id.name());
          });
    }
  }

  private static boolean isSum(OperationKind kind) {
    return kind == OperationKind.PRODUCT || kind == OperationKind.ATTEND;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyElementOfASumIsInsideItsBound(Path folder, String dtype, Format lo) {
    try (HfCapture hf = open(folder, dtype)) {
      Map<StageId, Tensor> ours = hf.anchored("hf-" + dtype + "-eager");
      Map<StageId, Tensor> exact = hf.anchored("exact");
      ErrorBounds bounds = new ErrorBounds(hf, lo);
      for (StageId id : ours.keySet()) {
        Stage stage = hf.plan.stage(id);
        if (isSum(stage.kind())) {
          double[] bound =
              stage.kind() == OperationKind.ATTEND
                  ? bounds.attention(stage, exact.get(id))
                  : bounds.linear(stage, exact.get(id));
          Inside.check(id + " of bitref", ours.get(id), exact.get(id), bound);
          Inside.check(id + " of transformers", hf.captured(id), exact.get(id), bound);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void logitsFromThePromptAloneAreEqualWithOneThreadAndTwo(Path folder, String dtype, Format lo) {
    try (HfCapture hf = open(folder, dtype)) {
      StageId logits = StageId.of("logits");
      String recipe = "hf-" + dtype + "-eager";
      for (int threads = 1; threads <= 2; threads++) {
        Tensor ours = hf.endToEnd(recipe, Set.of(logits), threads).get(logits);
        TensorComparison c = Comparer.compare(hf.captured(logits), ours);
        assertEquals(c.total(), c.equal(), threads + " threads");
      }
    }
  }
}

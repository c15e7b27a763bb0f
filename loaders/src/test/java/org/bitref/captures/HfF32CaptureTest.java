package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.bitref.compare.Comparer;
import org.bitref.compare.TensorComparison;
import org.bitref.model.Stage;
import org.bitref.model.StageId;
import org.bitref.numerics.Format;
import org.bitref.operation.OperationKind;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The preset hf-f32 against transformers' own float32 forward pass. */
class HfF32CaptureTest {
  private static final String FILE = "hf-cpu-f32-eager.safetensors";

  @ParameterizedTest
  @MethodSource("org.bitref.captures.HfCapture#folders")
  void stagesAreEqualAndTablesWithinOneUlp(Path folder) {
    try (HfCapture hf = new HfCapture(folder, FILE)) {
      Map<StageId, Tensor> ours = hf.anchored("hf-f32");
      Map<OperationKind, Integer> seen = new EnumMap<>(OperationKind.class);
      ours.forEach(
          (id, tensor) -> {
            TensorComparison c = Comparer.compare(hf.captured(id), tensor);
            OperationKind kind = hf.plan.stage(id).kind();
            seen.merge(kind, 1, Integer::sum);
            switch (kind) {
              case COSINES, SINES -> assertTrue(c.maxUlp() <= 1, id + ": " + c.maxUlp() + " ULP");
              default -> assertEquals(c.total(), c.equal(), id.name());
            }
          });
      assertEquals(
          EnumSet.complementOf(EnumSet.of(OperationKind.CAST, OperationKind.GELU)), seen.keySet());
    }
  }

  @ParameterizedTest
  @MethodSource("org.bitref.captures.HfCapture#folders")
  void everyElementOfSumsAndExponentialsIsInsideItsBound(Path folder) {
    try (HfCapture hf = new HfCapture(folder, FILE)) {
      Map<StageId, Tensor> exact = hf.anchored("exact");
      Map<StageId, Tensor> ours = hf.anchored("hf-f32");
      ErrorBounds bounds = new ErrorBounds(hf, Format.F32);
      for (StageId id : ours.keySet()) {
        Stage stage = hf.plan.stage(id);
        double[] bound =
            switch (stage.kind()) {
              case PRODUCT -> bounds.linear(stage, exact.get(id));
              case ATTEND -> bounds.attention(stage, exact.get(id));
              case SILU -> bounds.silu(exact.get(id));
              default -> null;
            };
        if (bound != null) {
          Inside.check(id + " of bitref", ours.get(id), exact.get(id), bound);
          Inside.check(id + " of transformers", hf.captured(id), exact.get(id), bound);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.bitref.captures.HfCapture#folders")
  void logitsEndToEndDifferByAtMostATenThousandthOfTheLargest(Path folder) {
    try (HfCapture hf = new HfCapture(folder, FILE)) {
      StageId logits = StageId.of("logits");
      Tensor ours = hf.endToEnd("hf-f32", Set.of(logits), 2).get(logits);
      Tensor theirs = hf.captured(logits);
      double largest = 0;
      for (double x : theirs.toDoubles()) {
        largest = Math.max(largest, Math.abs(x));
      }
      double difference = Comparer.compare(theirs, ours).maxAbs();
      assertTrue(difference <= 1e-4 * largest, difference + " of " + largest);
    }
  }
}

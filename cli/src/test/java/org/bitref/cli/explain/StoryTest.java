package org.bitref.cli.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.bitref.compare.OwnError;
import org.bitref.explain.Capture;
import org.bitref.explain.Explainer;
import org.bitref.explain.Explanation;
import org.bitref.explain.SystemStage;
import org.bitref.explain.SystemStage.Finding;
import org.bitref.explain.SystemStage.Recomputed;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.recipe.Presets;
import org.bitref.search.Identification;
import org.bitref.search.Outcome;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;

/** What is told of two systems that multiply with different accumulators. */
class StoryTest {
  private final Random random = new Random(5);

  private Tensor random(long rows, long columns) {
    TensorBuilder builder = new TensorBuilder(DType.F16, Shape.of(rows, columns));
    for (long i = 0; i < rows * columns; i++) {
      builder.set(i, random.nextGaussian());
    }
    return builder.build();
  }

  @Test
  void theCauseIsTheAccumulatorAndTheAdviceFloat32() {
    Tensor x = random(24, 64);
    Tensor w = random(96, 64);
    Map<String, Tensor> file = new LinkedHashMap<>(Map.of("in.input_ln", x, "w.q_proj", w));
    try (Workers workers = new Workers(2)) {
      Map.of("a", "hopper-f16-f32acc", "b", "tensorrt-f16-f16acc")
          .forEach(
              (system, recipe) ->
                  file.put(
                      system + ".q_proj",
                      Kernels.gemm(Presets.GEMM.get(recipe).recipe())
                          .multiply(x, w, GemmOperands.NONE, workers)));
      Explanation found =
          Explainer.explain(
              Capture.of(List.of(TensorSource.of("f", file)), Optional.empty()),
              List.of("a", "b"),
              List.of(),
              workers,
              stage -> {});
      String cause = answer(found, "What explains it?");
      assertTrue(cause.contains("a: float32 accumulator"), cause);
      assertTrue(cause.contains("b: float16 accumulator"), cause);
      String change = answer(found, "What to change?");
      assertTrue(change.startsWith("b: cast the MatMul's inputs to FP32"), change);
    }
  }

  private static String answer(Explanation found, String question) {
    return Story.of(found, found.chain()).answers().stream()
        .filter(answer -> answer.question().equals(question))
        .findFirst()
        .orElseThrow()
        .answer();
  }

  @Test
  void whatALaterStageTellsIsSaid() {
    Identification found =
        new Identification(
            new Outcome.Classes(2), 4, List.of(), List.of(), List.of(), List.of(), List.of(), 9);
    Recomputed recomputed =
        new Recomputed(found, List.of(), new OwnError(0, 0, 0), Optional.empty(), 0);
    SystemStage norm =
        new SystemStage(
            "a",
            DType.F16,
            new Finding.Reproduced(Optional.of("layers.0.q_proj")),
            Optional.of(recomputed));
    assertEquals(
        "2 classes of recipes reproduce every output and differ on other inputs; the first of them"
            + " is the one whose unrounded result explains layers.0.q_proj",
        StageWords.reason(norm));
  }
}

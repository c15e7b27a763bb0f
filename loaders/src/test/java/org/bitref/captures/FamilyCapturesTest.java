package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.bitref.compare.StoredBits;
import org.bitref.model.Stage;
import org.bitref.model.StageId;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Other families than Qwen3-VL against what transformers computed on an H200, bit for bit. */
final class FamilyCapturesTest {
  private static HfCapture open(String model, String file) {
    Path folder = Path.of(System.getProperty("bitref.captures", ""), "families");
    assumeTrue(Files.isDirectory(folder.resolve(model)), "no captures of other families");
    return new HfCapture(folder, model, file + ".safetensors");
  }

  /** A checkpoint, what was captured of it, and the recipe of what ran. */
  @Retention(RetentionPolicy.RUNTIME)
  @ParameterizedTest
  @CsvSource({
    "tiny-qwen3, qwen3-cuda-bf16-eager, hf-cuda-bf16-eager",
    "tiny-qwen3, qwen3-cuda-bf16-sdpa, hf-cuda-bf16-sdpa",
    "tiny-llama3, llama3-cuda-bf16-eager, hf-cuda-bf16-eager",
    "tiny-llama3, llama3-cuda-bf16-sdpa, hf-cuda-bf16-sdpa",
    "tiny-qwen2_5-vl, qwen2_5-vl-cuda-bf16-eager, hf-cuda-bf16-eager",
    "tiny-qwen2_5-vl, qwen2_5-vl-cuda-bf16-sdpa, hf-cuda-bf16-sdpa",
    "tiny-gemma3, gemma3-cuda-bf16-eager, hf-cuda-bf16-eager",
    "tiny-gemma3, gemma3-cuda-bf16-sdpa, hf-cuda-bf16-sdpa",
    "tiny-gemma3, gemma3-cuda-f16-eager, hf-cuda-f16-eager"
  })
  private @interface EachCapture {}

  /** Of the eager captures nearly every stage has its inputs beside it. */
  @EachCapture
  void everyCapturedStageIsEqualOnCapturedInputs(String model, String file, String recipe) {
    try (HfCapture hf = open(model, file)) {
      assertEqual(hf, hf.anchored(recipe, captured(hf)));
    }
  }

  @EachCapture
  void everyCapturedStageIsEqualFromTheIdsOn(String model, String file, String recipe) {
    try (HfCapture hf = open(model, file)) {
      assertEqual(hf, hf.endToEnd(recipe, captured(hf), 2));
    }
  }

  private static Set<StageId> captured(HfCapture hf) {
    Set<StageId> captured = new LinkedHashSet<>();
    hf.plan.stages().stream()
        .map(Stage::id)
        .filter(id -> hf.capture.has(id.name()))
        .forEach(captured::add);
    return captured;
  }

  private static void assertEqual(HfCapture hf, Map<StageId, Tensor> ours) {
    assertEquals(captured(hf), ours.keySet());
    assertTrue(ours.keySet().contains(StageId.of("logits")), "logits");
    ours.forEach((id, tensor) -> assertLastRows(hf.captured(id), tensor, id.name()));
  }

  /** The logits were captured of the last tokens only. */
  private static void assertLastRows(Tensor captured, Tensor ours, String what) {
    assertEquals(captured.dtype(), ours.dtype(), what);
    long missing = ours.elements() - captured.elements();
    Tensor rows = ours.slice(missing, Shape.of(captured.elements()));
    long equal = StoredBits.equal(captured.reshape(rows.shape()), rows);
    assertEquals(captured.elements(), equal, what);
  }
}

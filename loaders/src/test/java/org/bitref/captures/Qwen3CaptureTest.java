package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bitref.compare.StoredBits;
import org.bitref.model.Qwen3;
import org.bitref.model.Stage;
import org.bitref.model.StageId;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Recipes;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Qwen3 dense text models against what transformers computed on an H200, bit for bit. */
final class Qwen3CaptureTest {
  private static HfCapture open(String file) {
    Path folder = Path.of(System.getProperty("bitref.captures", ""), "families");
    assumeTrue(Files.isDirectory(folder.resolve("tiny-qwen3")), "no captures of other families");
    return new HfCapture(folder, "tiny-qwen3", file);
  }

  /** Eager, or with the attention that PyTorch's SDPA took. */
  private static ModelRecipe recipe(String attention) {
    ModelRecipe eager = Recipes.model("hf-cuda-bf16-eager");
    if (attention.equals("eager")) {
      return eager;
    }
    List<ModelRecipe.Rule> rules = new ArrayList<>();
    rules.add(new ModelRecipe.Rule(".*attn_out", Presets.ATTENTION.get(attention).recipe()));
    rules.addAll(eager.rules());
    return new ModelRecipe(attention, rules);
  }

  @ParameterizedTest
  @CsvSource({
    "qwen3-cuda-bf16-eager.safetensors, eager, 30",
    "qwen3-cuda-bf16-sdpa.safetensors, torch-cudnn-bf16, 2"
  })
  void everyStageOfWhichTheInputsWereCapturedIsEqual(String file, String attention, int atLeast) {
    try (HfCapture hf = open(file)) {
      assertInstanceOf(Qwen3.class, hf.checkpoint.config().family());
      Map<StageId, Tensor> ours = hf.anchored(recipe(attention));
      assertTrue(ours.size() >= atLeast, "recomputable stages: " + ours.keySet());
      ours.forEach((id, tensor) -> assertLastRows(hf.captured(id), tensor, id.name()));
    }
  }

  /** The logits were captured of the last tokens only. */
  @ParameterizedTest
  @CsvSource({
    "qwen3-cuda-bf16-eager.safetensors, eager",
    "qwen3-cuda-bf16-sdpa.safetensors, torch-cudnn-bf16"
  })
  void everyCapturedStageIsEqualFromTheIdsOn(String file, String attention) {
    try (HfCapture hf = open(file)) {
      Set<StageId> captured = new LinkedHashSet<>();
      hf.plan.stages().stream()
          .map(Stage::id)
          .filter(id -> hf.capture.has(id.name()))
          .forEach(captured::add);
      Map<StageId, Tensor> ours = hf.endToEnd(recipe(attention), captured, 2);
      assertEquals(captured, ours.keySet());
      ours.forEach((id, tensor) -> assertLastRows(hf.captured(id), tensor, id.name()));
    }
  }

  private static void assertLastRows(Tensor captured, Tensor ours, String what) {
    assertEquals(captured.dtype(), ours.dtype(), what);
    long missing = ours.elements() - captured.elements();
    Tensor rows = ours.slice(missing, Shape.of(captured.elements()));
    long equal = StoredBits.equal(captured.reshape(rows.shape()), rows);
    assertEquals(captured.elements(), equal, what);
  }
}

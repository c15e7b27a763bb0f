package org.bitref.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.Frequencies;
import org.bitref.recipe.Recipes;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The dense text model: the layer of Qwen3-VL without images. */
final class Qwen3Test {
  private static final ModelConfig CONFIG =
      new ModelConfig(
          new Qwen3(),
          50,
          32,
          2,
          4,
          2,
          8,
          24,
          1e-6,
          Frequencies.interleaved(0x1p16, List.of(4, 0, 0)),
          false,
          ModelConfig.VisionTokens.NONE);

  private static Map<String, Tensor> ids() {
    return Map.of("input_ids", Tensor.ofLongs(Shape.of(1, 6), 3, 1, 41, 5, 9, 40));
  }

  @Test
  void planIsThatOfAModelWithoutFeatures() {
    assertEquals(TinyModel.CONFIG.plan(0).stages(), CONFIG.plan(0).stages());
  }

  @Test
  void positionsCountTokensWhateverTheirIds() {
    PrefillInputs inputs = PrefillInputs.read(TinyModel.source(ids()), CONFIG);
    for (long[] axis : inputs.positions()) {
      for (int i = 0; i < 6; i++) {
        assertEquals(i, axis[i]);
      }
    }
  }

  @Test
  void computesWhatQwen3VlComputesOfAText() {
    Map<String, Tensor> text = new LinkedHashMap<>(ids());
    text.put("position_ids", Tensor.ofLongs(Shape.of(1, 6), 0, 1, 2, 3, 4, 5));
    Map<String, Tensor> expected =
        TinyModel.run(Recipes.model("hf-f32"), text, CacheOptions.FRESH, TinyModel.weights(1), 1);
    Map<String, Tensor> ours = new LinkedHashMap<>();
    PrefillInputs inputs = PrefillInputs.read(TinyModel.source(ids()), CONFIG);
    try (Workers workers = new Workers(1)) {
      new Executor(
              inputs, TinyModel.weights(1), Recipes.model("hf-f32"), CacheOptions.FRESH, workers)
          .run(
              StageFilter.ALL.select(inputs.plan()),
              Executor.Sources.NONE,
              (stage, result) -> ours.put(stage.id().name(), result));
    }
    TinyModel.assertSame(expected, ours, "dense");
  }

  @ParameterizedTest
  @ValueSource(strings = {"visual_mask", "visual_embeds", "deepstack.0"})
  void imagesAreRefused(String name) {
    Map<String, Tensor> prompt = new LinkedHashMap<>(ids());
    prompt.put(name, Tensor.ofLongs(Shape.of(1, 6), 0, 1, 1, 0, 0, 0));
    BadInputException e =
        assertThrows(
            BadInputException.class, () -> PrefillInputs.read(TinyModel.source(prompt), CONFIG));
    assertTrue(e.getMessage().contains(name), e.getMessage());
    assertTrue(e.getMessage().contains("sees no images"), e.getMessage());
  }
}

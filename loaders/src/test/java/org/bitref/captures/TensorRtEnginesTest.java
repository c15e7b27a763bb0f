package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.loaders.engine.EngineRecipe;
import org.bitref.loaders.engine.EngineRecipe.Basis;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Engines of two layers: every captured value, from the layers of the engine alone. */
final class TensorRtEnginesTest {
  @ParameterizedTest
  @CsvSource({"strong_marked, 4096000", "fp16_marked, 4096000"})
  void everyStageOfAnEngineFollowsFromItsLayers(String engine, long elements) {
    try (TensorRtEngines engines = TensorRtEngines.open();
        TensorSource captured = engines.outputs(engine)) {
      assertSame(engines, engine, captured, Optional.of(captured), elements);
    }
  }

  @ParameterizedTest
  @CsvSource({"strong_fused", "fp16_fused"})
  void theEndOfAFusedEngineFollowsFromItsInputsAndLayers(String engine) {
    try (TensorRtEngines engines = TensorRtEngines.open();
        TensorSource captured = engines.outputs(engine)) {
      assertSame(engines, engine, captured, Optional.empty(), 163840);
    }
  }

  private static void assertSame(
      TensorRtEngines engines,
      String engine,
      TensorSource captured,
      Optional<TensorSource> anchor,
      long elements) {
    EngineRecipe recipe = engines.recipe(engine);
    assertTrue(recipe.kernels().stream().allMatch(one -> one.basis() == Basis.MEASURED));
    List<String> stages = List.copyOf(captured.tensors().keySet());
    long total = 0;
    for (Map.Entry<String, Tensor> one : engines.run(recipe.rules(), stages, anchor).entrySet()) {
      Tensor expected = captured.read(one.getKey());
      assertEquals(
          expected.elements(), Captures.equal(expected, one.getValue()), engine + one.getKey());
      total += expected.elements();
    }
    assertEquals(elements, total);
  }
}

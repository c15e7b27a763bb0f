package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.loaders.safetensors.SafetensorsFile;
import org.bitref.operation.Attention;
import org.bitref.recipe.Chosen;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.Sizes;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The first token after a cache in PyTorch 2.11 on an H200: four of 32 query heads, which share one
 * of 8 heads of keys. The numbers of keys are one for each kernel that 32 heads up to 513 keys
 * take.
 */
class OneQueryTest {
  @ParameterizedTest
  @CsvSource({
    "f16, eager, 17",
    "f16, eager, 64",
    "f16, eager, 78",
    "f16, eager, 129",
    "f16, eager, 334",
    "f16, eager, 513",
    "bf16, eager, 17",
    "bf16, eager, 78",
    "bf16, eager, 129",
    "bf16, eager, 334",
    "f16, sdpa, 17",
    "f16, sdpa, 64",
    "f16, sdpa, 129",
    "f16, sdpa, 334",
    "f16, sdpa, 513",
    "bf16, sdpa, 17",
    "bf16, sdpa, 78",
    "bf16, sdpa, 334",
  })
  void allValuesAreEqual(String format, String attention, int keys) {
    try (TensorSource captures = captures();
        Workers workers = new Workers(2)) {
      String at = format + ".t" + keys + ".";
      Attention operation =
          new Attention(
              captures.read(at + "q"),
              captures.read(at + "k"),
              captures.read(at + "v"),
              Optional.empty());
      Chosen chosen =
          Recipes.model("hf-cuda-" + format + "-" + attention)
              .of("layers.0.attn_out")
              .at(new Sizes(32, 1, keys, 128));
      assertEquals(Chosen.Basis.MEASURED, chosen.basis());
      Tensor captured = captures.read(at + attention);
      Tensor computed = operation.run(chosen.recipe(), workers);
      assertEquals(captured.elements(), Captures.equal(captured, computed));
    }
  }

  private static TensorSource captures() {
    try {
      return SafetensorsFile.open(
          Path.of(
              Objects.requireNonNull(OneQueryTest.class.getResource("one-query-h200.safetensors"))
                  .toURI()));
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}

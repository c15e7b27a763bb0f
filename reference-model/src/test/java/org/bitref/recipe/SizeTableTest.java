package org.bitref.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.bitref.recipe.Chosen.Basis;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Recipes that a library chooses by the sizes of a product. */
final class SizeTableTest {
  private static final BySize F16 = new BySize("cublas-f16");

  @ParameterizedTest
  @CsvSource({
    "1, 1024, 4096, 3",
    "128, 1024, 4096, 3",
    "256, 1024, 4096, 2",
    "3006, 1024, 4096, 1",
    "16, 4096, 4096, 2",
    "33, 4096, 12288, 4",
    "16, 2560, 9728, 5",
    "1, 4096, 2560, 1",
  })
  void slicesOfTheCapturesOfAnH200(int m, int n, int k, int slices) {
    Chosen chosen = F16.at(Sizes.product(m, n, k));
    assertEquals(Basis.MEASURED, chosen.basis());
    GemmRecipe recipe = (GemmRecipe) chosen.recipe();
    int s = recipe.split() instanceof Split.SplitK split ? split.s() : 1;
    assertEquals(slices, s);
  }

  @Test
  void anUnknownWeightIsTakenForTheNearest() {
    Chosen chosen = F16.at(Sizes.product(16, 1020, 4090));
    assertEquals(Basis.PREDICTED, chosen.basis());
    assertEquals(Sizes.product(16, 1024, 4096), chosen.nearest());
    assertEquals(F16.at(Sizes.product(16, 1024, 4096)).recipe(), chosen.recipe());
  }

  @Test
  void moreRowsThanWereMeasuredArePredicted() {
    Chosen chosen = F16.at(Sizes.product(100_000, 4096, 4096));
    assertEquals(Basis.PREDICTED, chosen.basis());
    assertEquals(Sizes.product(4096, 4096, 4096), chosen.nearest());
  }

  @Test
  void manyProductsInOneCallWereNotMeasured() {
    assertEquals(Basis.PREDICTED, F16.at(new Sizes(32, 128, 4096, 4096)).basis());
  }

  @Test
  void aKernelThatSplitsOnlySomeTilesIsNotCalledMeasured() {
    BySize half = new BySize("cublas-f16-accum16");
    assertEquals(Basis.PREDICTED, half.at(Sizes.product(512, 4096, 4096)).basis());
    assertEquals(Basis.MEASURED, half.at(Sizes.product(900, 4096, 4096)).basis());
  }

  @Test
  void thePlainRecipeOfEachTableIsItsPreset() {
    for (SizeTable table : SizeTable.all()) {
      GemmRecipe preset = Presets.GEMM.get(table.name()).recipe();
      Chosen largest = new BySize(table.name()).at(Sizes.product(4096, 12288, 4096));
      assertEquals(preset, largest.recipe(), table.name());
    }
  }

  @Test
  void eachTableTellsWhatShowsIt() {
    for (SizeTable table : SizeTable.all()) {
      assertTrue(table.evidence().length() > 40, table.name());
      assertEquals(Device.H200, table.device());
      assertEquals("cuBLAS 13", table.library());
    }
  }

  @Test
  void otherRecipesAreTheSameAtEverySize() {
    StageRecipe plain = Presets.GEMM.get("cublas-f16").recipe();
    assertEquals(plain, plain.at(Sizes.product(1, 1024, 4096)).recipe());
    assertEquals(List.of(plain), plain.candidates());
  }

  @Test
  void aNameWithoutTableIsRefused() {
    RecipeSyntaxException refused =
        assertThrows(RecipeSyntaxException.class, () -> StageRecipe.parse("bysize(cublas-f17)"));
    assertTrue(refused.getMessage().contains("cublas-f16"), refused.getMessage());
  }

  @Test
  void sizesAreAtLeastOne() {
    assertThrows(IllegalArgumentException.class, () -> Sizes.product(0, 1, 1));
  }
}

package org.bitref.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
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
  void oneQueryHasKernelsOfItsOwn() {
    BySize eager = new BySize("torch-eager-f16");
    Chosen one = eager.at(new Sizes(32, 1, 333, 128));
    assertEquals(Basis.MEASURED, one.basis());
    assertEquals(Basis.MEASURED, eager.at(new Sizes(32, 333, 333, 128)).basis());
    assertEquals(Basis.PREDICTED, eager.at(new Sizes(32, 4, 333, 128)).basis());
    assertEquals(Basis.PREDICTED, eager.at(new Sizes(24, 1, 333, 128)).basis());
    assertEquals(new Sizes(32, 1, 333, 128), eager.at(new Sizes(28, 1, 333, 128)).nearest());
    BySize fused = new BySize("torch-sdpa-f16");
    assertEquals(Basis.MEASURED, fused.at(new Sizes(32, 1, 512, 128)).basis());
    assertEquals(Basis.MEASURED, fused.at(new Sizes(32, 1, 1000, 128)).basis());
    assertEquals(Basis.PREDICTED, fused.at(new Sizes(32, 1, 1001, 128)).basis());
  }

  @Test
  void queriesWithMoreKeysThanThoseHaveARecipeOfTheirOwn() {
    BySize fused = new BySize("torch-sdpa-f16");
    Chosen part = fused.at(new Sizes(32, 100, 1100, 128));
    assertEquals(Basis.PREDICTED, part.basis());
    assertNotEquals(part.recipe(), fused.at(new Sizes(32, 1100, 1100, 128)).recipe());
    BySize eager = new BySize("torch-eager-f16");
    assertEquals(
        eager.at(new Sizes(32, 1100, 1100, 128)).recipe(),
        eager.at(new Sizes(32, 100, 1100, 128)).recipe());
  }

  @Test
  void thePlainRecipeOfEachTableIsItsPreset() {
    for (SizeTable table : SizeTable.all()) {
      if (table.over() == SizeTable.Over.ATTENTION) {
        continue;
      }
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
      boolean products = table.over() == SizeTable.Over.PRODUCTS;
      assertEquals(products ? "cuBLAS 13" : "PyTorch 2.11", table.library());
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

  private static Chosen attention(int heads, int queries, int keys) {
    return new BySize("torch-eager-f16").at(new Sizes(heads, queries, keys, 128));
  }

  private static String products(Chosen chosen, int keys) {
    AttentionRecipe recipe = (AttentionRecipe) chosen.recipe();
    GemmRecipe pv = recipe.pv().of(keys);
    String rest = pv.split() instanceof Split.SplitK split ? " rest " + split.bk() : "";
    return ((Inner.Fda) recipe.qk().of(keys).inner()).w()
        + " "
        + ((Inner.Fda) pv.inner()).w()
        + rest;
  }

  @ParameterizedTest
  @CsvSource({
    "32, 1024, 16 16",
    "32, 3006, 16 16 rest 64",
    "32, 333, 8 8 rest 32",
    "32, 77, 16 16 rest 64",
    "32, 100, 16 16 rest 32",
    "32, 127, 16 8 rest 32",
    "64, 65, 16 8 rest 32",
    "8, 65, 16 16 rest 64",
  })
  void theNumberOfKeysDecidesOverAttention(int heads, int keys, String expected) {
    Chosen chosen = attention(heads, keys, keys);
    assertEquals(Basis.MEASURED, chosen.basis());
    assertEquals(expected, products(chosen, keys));
  }

  @Test
  void otherNumbersOfHeadsAndCachedKeysArePredicted() {
    assertEquals(Basis.PREDICTED, attention(30, 333, 333).basis());
    assertEquals(new Sizes(32, 333, 333, 128), attention(30, 333, 333).nearest());
    assertEquals(Basis.PREDICTED, attention(32, 16, 333).basis());
  }
}

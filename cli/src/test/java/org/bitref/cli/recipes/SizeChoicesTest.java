package org.bitref.cli.recipes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.bitref.cli.recipes.SizeChoices.Choice;
import org.bitref.recipe.Chosen;
import org.bitref.recipe.SizeTable;
import org.bitref.recipe.Sizes;
import org.junit.jupiter.api.Test;

/** What is said of sizes that a library was asked for, and of others. */
class SizeChoicesTest {
  private static final String START =
      "cublas-f16 sums in the order that cuBLAS 13 was measured to take on an H200";
  private static final String END = " Confirm with `bitref probe`.";

  private static SizeChoices of(Choice... sizes) {
    return new SizeChoices("cublas-f16", "cuBLAS 13", "h200", List.of(sizes));
  }

  private static Choice choice(String stage, boolean measured) {
    return new Choice(stage, "M=1", "r", measured, "M=2");
  }

  @Test
  void measuredSizesAreSaidOnce() {
    assertEquals(START + " for this size", of(choice("", true)).told());
    SizeChoices two = of(choice("q", true), choice("k", true));
    assertEquals(START + " for these 2 sizes", two.told());
    assertTrue(two.measured());
  }

  @Test
  void twoOfThoseThatWereNotMeasuredAreNamed() {
    SizeChoices one = of(choice("q", true), choice("k", false));
    assertFalse(one.measured());
    assertEquals(
        START
            + "; but for 1 of these 2 sizes it is predicted, not measured: k, M=1, as for M=2."
            + END,
        one.told());
    SizeChoices three = of(choice("q", false), choice("k", false), choice("v", false));
    assertEquals(
        START
            + "; but for these 3 sizes it is predicted, not measured: "
            + "q, M=1, as for M=2; k, M=1, as for M=2; and others (all with --format json)."
            + END,
        three.told());
  }

  @Test
  void aNameOfATableIsLookedUpAndOthersAreNot() {
    Sizes sizes = Sizes.product(16, 4096, 4096);
    Chosen split = RecipeArgument.product("cublas-f16", sizes);
    assertEquals(Chosen.Basis.MEASURED, split.basis());
    SizeChoices said = SizeChoices.of(SizeTable.find("cublas-f16").orElseThrow(), sizes);
    assertEquals(split.recipe().text(), said.sizes().getFirst().recipe());
    String text = RecipeArgument.product("cublas-f16").text();
    Chosen fixed = RecipeArgument.product(text, sizes);
    assertEquals(Chosen.Basis.FIXED, fixed.basis());
    assertEquals(text, fixed.recipe().text());
  }
}

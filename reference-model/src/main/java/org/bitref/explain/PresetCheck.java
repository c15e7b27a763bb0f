package org.bitref.explain;

import org.bitref.identify.GemmCase;
import org.bitref.identify.StageCase;
import org.bitref.identify.StageOutputs;
import org.bitref.identify.StageRun;
import org.bitref.identify.StageSearch;
import org.bitref.kernel.Workers;
import org.bitref.recipe.GemmPreset;
import org.bitref.recipe.GemmPresets;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.StageRecipe;

/** A quick look whether a product may be one of a known library: two rows, the named recipes. */
final class PresetCheck {
  private static final int ROWS = 2;

  private PresetCheck() {}

  /** True if some named recipe, with any rounding at its end, reproduces the first rows. */
  static boolean anyFits(StageCase stage, Workers workers) {
    GemmCase whole = ((StageCase.Product) stage).gemm();
    int rows = Math.min(ROWS, whole.rows());
    StageCase part =
        new StageCase.Product(
            new GemmCase(whole.x().rows(0, rows), whole.w(), whole.y().rows(0, rows), null, null));
    for (GemmPreset preset : GemmPresets.all()) {
      if (fits(preset.recipe(), part, workers)) {
        return true;
      }
    }
    return false;
  }

  private static boolean fits(GemmRecipe recipe, StageCase part, Workers workers) {
    int held = part.inputs().getFirst().dtype().format().orElseThrow().precision();
    if (recipe.in().x().precision() < held) {
      return false;
    }
    StageRecipe unrounded = StageOutputs.unrounded(recipe).orElseThrow();
    return StageSearch.equal(StageRun.of(unrounded, part, workers).cast(part.y().dtype()), part.y())
        == part.y().elements();
  }
}

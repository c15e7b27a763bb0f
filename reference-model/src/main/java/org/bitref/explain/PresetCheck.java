package org.bitref.explain;

import java.util.LinkedHashSet;
import java.util.Set;
import org.bitref.capture.GemmCase;
import org.bitref.identify.StageCase;
import org.bitref.identify.StageOutputs;
import org.bitref.identify.StageRun;
import org.bitref.identify.StageSearch;
import org.bitref.kernel.Workers;
import org.bitref.recipe.GemmPresets;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** A quick look whether a product may be one of a known library: a corner of it. */
final class PresetCheck {
  private static final int ROWS = 4;
  private static final int COLUMNS = 16;

  private PresetCheck() {}

  /** True if some named recipe, with any rounding at its end, reproduces the corner. */
  static boolean anyFits(StageCase product, Workers workers) {
    StageCase corner = corner(((StageCase.Product) product).gemm());
    int held = corner.inputs().getFirst().dtype().format().orElseThrow().precision();
    Set<StageRecipe> recipes = new LinkedHashSet<>();
    GemmPresets.all().stream()
        .filter(preset -> preset.recipe().in().x().precision() >= held)
        .forEach(preset -> recipes.add(StageOutputs.unrounded(preset.recipe()).orElseThrow()));
    return recipes.stream().anyMatch(recipe -> fits(recipe, corner, workers));
  }

  private static StageCase corner(GemmCase whole) {
    int rows = Math.min(ROWS, whole.rows());
    int columns = Math.min(COLUMNS, whole.columns());
    TensorBuilder y = new TensorBuilder(whole.y().dtype(), Shape.of(rows, columns));
    for (int row = 0; row < rows; row++) {
      y.copy((long) row * columns, whole.y(), (long) row * whole.columns(), columns);
    }
    return new StageCase.Product(
        new GemmCase(whole.x().rows(0, rows), whole.w().rows(0, columns), y.build(), null, null));
  }

  private static boolean fits(StageRecipe recipe, StageCase corner, Workers workers) {
    Tensor y = StageRun.of(recipe, corner, workers).cast(corner.y().dtype());
    return StageSearch.equal(y, corner.y()) == corner.y().elements();
  }
}

package org.bitref.explain;

import java.util.LinkedHashSet;
import java.util.Set;
import org.bitref.kernel.Workers;
import org.bitref.operation.GemmCase;
import org.bitref.recipe.Presets;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.StageCase;
import org.bitref.search.StageOutputs;
import org.bitref.search.StageRun;
import org.bitref.search.StageSearch;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** A quick look whether a product may be one of a known library: a corner of it, then some rows. */
final class PresetCheck {
  private static final int ROWS = 4;
  private static final int COLUMNS = 16;

  /** Multiplications beyond which further rows are left out. */
  private static final long MOST_PRODUCTS = 1L << 27;

  private PresetCheck() {}

  /** True if some named recipe, with any rounding at its end, reproduces these outputs. */
  static boolean anyFits(StageCase product, Workers workers) {
    GemmCase whole = ((StageCase.Product) product).gemm();
    StageCase corner = corner(whole, ROWS, COLUMNS);
    long perRow = (long) whole.columns() * whole.depth();
    int rows = Math.clamp(MOST_PRODUCTS / Math.max(1, perRow), 1, Integer.MAX_VALUE);
    StageCase part = corner(whole, rows, whole.columns());
    int held = corner.inputs().getFirst().dtype().format().orElseThrow().precision();
    Set<StageRecipe> recipes = new LinkedHashSet<>();
    Presets.GEMM.all().stream()
        .filter(preset -> preset.recipe().in().x().precision() >= held)
        .forEach(preset -> recipes.add(StageOutputs.unrounded(preset.recipe()).orElseThrow()));
    return recipes.stream()
        .anyMatch(recipe -> fits(recipe, corner, workers) && fits(recipe, part, workers));
  }

  /** The first rows and columns; fewer if there are not so many. */
  private static StageCase corner(GemmCase whole, int mostRows, int mostColumns) {
    int rows = Math.min(mostRows, whole.rows());
    int columns = Math.min(mostColumns, whole.columns());
    TensorBuilder y = new TensorBuilder(whole.y().dtype(), Shape.of(rows, columns));
    for (int row = 0; row < rows; row++) {
      y.copy((long) row * columns, whole.y(), (long) row * whole.columns(), columns);
    }
    return new StageCase.Product(
        new GemmCase(whole.x().rows(0, rows), whole.w().rows(0, columns), y.build(), null, null));
  }

  private static boolean fits(StageRecipe recipe, StageCase part, Workers workers) {
    Tensor y = StageRun.of(recipe, part, workers).cast(part.y().dtype());
    return StageSearch.equal(y, part.y()) == part.y().elements();
  }
}

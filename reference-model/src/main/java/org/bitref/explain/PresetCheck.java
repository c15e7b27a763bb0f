package org.bitref.explain;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bitref.compare.StoredBits;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.Presets;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.space.StageSpace;
import org.bitref.tensor.Tensor;

/** A quick look whether a product may be one of a known library: a corner of it, then more rows. */
final class PresetCheck {
  private static final int ROWS = 4;
  private static final int COLUMNS = 16;

  /** Multiplications beyond which further rows are left out. */
  private static final long MOST_PRODUCTS = 1L << 27;

  private PresetCheck() {}

  /** True if some named recipe, with any rounding at its end, reproduces these outputs. */
  static boolean anyFits(Captured<Product> whole, Workers workers) {
    List<Captured<Product>> parts = new ArrayList<>();
    parts.add(corner(whole, ROWS, COLUMNS));
    parts.add(corner(whole, ROWS, whole.operation().columns()));
    long perRow = (long) whole.operation().columns() * whole.operation().depth();
    int rows = Math.clamp(MOST_PRODUCTS / Math.max(1, perRow), 1, Integer.MAX_VALUE);
    parts.add(corner(whole, rows, whole.operation().columns()));
    int held = whole.operation().x().dtype().format().orElseThrow().precision();
    Set<StageRecipe> recipes = new LinkedHashSet<>();
    Presets.GEMM.all().stream()
        .filter(preset -> preset.recipe().in().x().precision() >= held)
        .forEach(preset -> recipes.add(StageSpace.unrounded(preset.recipe()).orElseThrow()));
    return recipes.stream()
        .anyMatch(recipe -> parts.stream().allMatch(part -> fits(recipe, part, workers)));
  }

  /** The first rows and columns; fewer if there are not so many. */
  private static Captured<Product> corner(Captured<Product> whole, int mostRows, int mostColumns) {
    int rows = Math.min(mostRows, whole.operation().rows());
    return Product.corner(whole, rows, Math.min(mostColumns, whole.operation().columns()));
  }

  private static boolean fits(StageRecipe recipe, Captured<?> part, Workers workers) {
    Tensor y = part.operation().run(recipe, workers).cast(part.y().dtype());
    return StoredBits.equal(y, part.y()) == part.y().elements();
  }
}

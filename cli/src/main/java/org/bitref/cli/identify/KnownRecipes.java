package org.bitref.cli.identify;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.capture.GemmCase;
import org.bitref.cli.recipes.Catalogue;
import org.bitref.cli.recipes.Catalogue.Entry;
import org.bitref.cli.recipes.GemmArgument;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Kernels;
import org.bitref.kernel.Workers;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;

/**
 * The recipes of a catalogue, tried on a product before anything is searched: a name for what is
 * found, never a reason to leave something out.
 */
final class KnownRecipes {
  private KnownRecipes() {}

  /** An entry and how many outputs of the product it gives. */
  record Known(String name, String device, String framework, String recipe, long equal) {}

  /**
   * Every entry of a product that stores this one's type, the best first.
   *
   * @throws org.bitref.BadInputException if the file is no catalogue, or an entry is no recipe
   */
  static List<Known> of(Path catalogue, GemmCase product, Workers workers) {
    Map<String, Long> counted = new LinkedHashMap<>();
    List<Known> known = new ArrayList<>();
    for (Entry entry : Catalogue.read(catalogue).recipes()) {
      if (!(GemmArgument.stage(entry.recipe()) instanceof GemmRecipe recipe)) {
        continue;
      }
      if (DType.of(recipe.output()) == product.y().dtype()) {
        long equal = counted.computeIfAbsent(recipe.text(), _ -> equal(recipe, product, workers));
        known.add(new Known(entry.name(), entry.device(), entry.framework(), recipe.text(), equal));
      }
    }
    known.sort(Comparator.comparingLong(Known::equal).reversed());
    return known;
  }

  private static long equal(GemmRecipe recipe, GemmCase product, Workers workers) {
    GemmOperands operands = GemmOperands.NONE.withC(product.c()).withBias(product.bias());
    Tensor y = Kernels.gemm(recipe).multiply(product.x(), product.w(), operands, workers);
    long equal = 0;
    for (long i = 0; i < y.elements(); i++) {
      boolean bothNan = Double.isNaN(y.get(i)) && Double.isNaN(product.y().get(i));
      equal += bothNan || y.bits(i) == product.y().bits(i) ? 1 : 0;
    }
    return equal;
  }
}

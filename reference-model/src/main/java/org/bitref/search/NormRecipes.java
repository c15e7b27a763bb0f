package org.bitref.search;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bitref.numerics.Format;
import org.bitref.operation.Norm;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.NormRecipe.Form;
import org.bitref.recipe.NormRecipe.Mean;
import org.bitref.recipe.NormRecipe.Place;
import org.bitref.recipe.NormRecipe.Rsqrt;
import org.bitref.recipe.SumOrder;

/** The norms that a search goes through: every formula, in every order of the sum. */
final class NormRecipes {
  /** Where a model's own eps is not known, these are seen. */
  private static final List<Double> EPS = List.of(1e-6, 1e-5, 1e-12, 0.0);

  private NormRecipes() {}

  /** Orders of a sum in float32, those of libraries first. */
  static List<SumOrder> orders() {
    List<SumOrder> orders = new ArrayList<>();
    orders.add(new SumOrder.TorchCuda());
    orders.add(new SumOrder.Cascade(8));
    orders.add(SumOrder.EXACT);
    orders.add(SumOrder.SEQUENTIAL);
    orders.add(new SumOrder.Cascade(4));
    orders.add(new SumOrder.Cascade(16));
    orders.add(new SumOrder.Lanes(16, 1, 1, 16, true));
    for (int count = 4; count <= 1024; count *= 2) {
      for (int vec = 1; vec <= 8; vec *= 2) {
        for (int acc : new int[] {1, 4}) {
          orders.add(new SumOrder.Lanes(count, vec, acc, count, false));
          if (count > 32) {
            orders.add(new SumOrder.Lanes(count, vec, acc, 32, false));
          }
        }
      }
    }
    return orders;
  }

  /** All recipes with this order of the sum. */
  static List<NormRecipe> of(SumOrder order, Norm norm, Format output) {
    Format stored = norm.weight().dtype().format().orElseThrow();
    Set<Format> weights = new LinkedHashSet<>();
    weights.add(stored.precision() < output.precision() ? stored : output);
    weights.add(stored);
    List<NormRecipe> recipes = new ArrayList<>();
    for (boolean low : output == Format.F32 ? new boolean[] {false} : new boolean[] {false, true}) {
      for (Mean mean : Mean.values()) {
        for (Optional<Double> eps : eps(norm.eps())) {
          for (Format weight : weights) {
            for (Form form : Form.values()) {
              forms(order, low, mean, eps, weight, form, output, recipes);
            }
          }
        }
      }
    }
    return recipes;
  }

  /** The model's own, without a number in the recipe, and the usual others. */
  private static List<Optional<Double>> eps(double model) {
    List<Optional<Double>> list = new ArrayList<>();
    list.add(Optional.empty());
    EPS.stream().filter(eps -> eps != model).forEach(eps -> list.add(Optional.of(eps)));
    return list;
  }

  private static void forms(
      SumOrder order,
      boolean low,
      Mean mean,
      Optional<Double> eps,
      Format weight,
      Form form,
      Format output,
      List<NormRecipe> recipes) {
    boolean divides = form == Form.DIV || form == Form.F32_WEIGHT_DIV;
    for (Place place : Place.values()) {
      for (Rsqrt rsqrt : Rsqrt.values()) {
        // A form that divides takes no reciprocal; the GPU's is of a sum that holds eps.
        boolean sense = divides ? rsqrt == Rsqrt.CR : rsqrt != Rsqrt.SFU || place == Place.INSIDE;
        if (sense && (place == Place.INSIDE || eps.orElse(1.0) != 0)) {
          recipes.add(
              new NormRecipe(
                  form, Format.F32, order, mean, eps, place, rsqrt, low, false, weight, output));
        }
      }
    }
  }
}

package org.bitref.search.space;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bitref.numerics.Format;
import org.bitref.operation.Norm;
import org.bitref.recipe.Exponential;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.NormRecipe.Form;
import org.bitref.recipe.NormRecipe.Mean;
import org.bitref.recipe.NormRecipe.Place;
import org.bitref.recipe.NormRecipe.Rsqrt;
import org.bitref.recipe.SoftmaxRecipe;
import org.bitref.recipe.SumOrder;

/** The norms and softmaxes: every formula, in every order of the sum. */
public final class RowSpace {
  /** Where a model's own eps is not known, these are seen. */
  private static final List<Double> EPS = List.of(1e-6, 1e-5, 1e-12, 0.0);

  private RowSpace() {}

  /** Orders of a norm's sum in float32, those of libraries first. */
  public static List<SumOrder> normSums() {
    List<SumOrder> orders = new ArrayList<>();
    orders.add(new SumOrder.TorchCuda());
    orders.add(new SumOrder.Cascade(8));
    orders.add(new SumOrder.Halves(8));
    orders.add(new SumOrder.Exact());
    orders.add(new SumOrder.Sequential());
    orders.add(new SumOrder.Cascade(4));
    orders.add(new SumOrder.Cascade(16));
    orders.add(new SumOrder.Lanes(16, 1, 1, 16, true));
    orders.addAll(lanes(4));
    return orders;
  }

  private static List<SumOrder> softmaxSums() {
    List<SumOrder> orders = new ArrayList<>();
    orders.add(new SumOrder.TorchSoftmax(Format.F32));
    orders.add(new SumOrder.TorchSoftmax(Format.F16));
    orders.add(new SumOrder.Halves(8));
    orders.add(new SumOrder.Lanes(16, 1, 1, 16, true));
    orders.add(new SumOrder.Lanes(8, 1, 1, 8, true));
    orders.add(new SumOrder.Exact());
    orders.add(new SumOrder.Sequential());
    orders.addAll(lanes(2));
    return orders;
  }

  /** From so many lanes on. */
  private static List<SumOrder> lanes(int least) {
    List<SumOrder> orders = new ArrayList<>();
    for (int count = least; count <= 1024; count *= 2) {
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

  /** All norms whose result is stored like this. */
  public static List<NormRecipe> norms(Norm norm, Format output) {
    Format stored = norm.weight().dtype().format().orElseThrow();
    Set<Format> weights = new LinkedHashSet<>();
    weights.add(stored.precision() < output.precision() ? stored : output);
    weights.add(stored);
    List<NormRecipe> recipes = new ArrayList<>();
    for (SumOrder order : normSums()) {
      for (boolean low : output == Format.F32 ? List.of(false) : List.of(false, true)) {
        for (Mean mean : Mean.values()) {
          for (Optional<Double> eps : eps(norm.eps())) {
            for (Format weight : weights) {
              forms(order, low, mean, eps, weight, output, recipes);
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
      Format output,
      List<NormRecipe> recipes) {
    for (Form form : Form.values()) {
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

  /** All softmaxes whose result is stored like this, those of libraries first. */
  public static List<SoftmaxRecipe> softmaxes(Format output) {
    List<SoftmaxRecipe> all = new ArrayList<>();
    for (Format step : new LinkedHashSet<>(List.of(Format.F32, output))) {
      for (SumOrder sum : softmaxSums()) {
        for (Exponential exponential : Exponential.values()) {
          for (SoftmaxRecipe.Quotient quotient : SoftmaxRecipe.Quotient.values()) {
            all.add(new SoftmaxRecipe(Format.F32, step, exponential, sum, quotient, output));
          }
        }
      }
    }
    return all;
  }
}

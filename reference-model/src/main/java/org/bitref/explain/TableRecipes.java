package org.bitref.explain;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bitref.compare.StoredBits;
import org.bitref.diagnose.RotaryFunction;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.operation.RotaryTable;
import org.bitref.recipe.RopeTableRecipe;
import org.bitref.recipe.RopeTableRecipe.Pow;
import org.bitref.recipe.RopeTableRecipe.Trig;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** Recipes of the rotary tables that a system stored. */
final class TableRecipes {
  private TableRecipes() {}

  /**
   * Those that give every value of a table by the model's angles; none without its positions.
   *
   * @param angles that it should have
   * @param first tried before the others, as the two tables of a system have one recipe as a rule
   */
  static List<RopeTableRecipe> of(
      Tensor table,
      Optional<RotaryFunction> angles,
      boolean sine,
      Set<RopeTableRecipe> first,
      Workers workers) {
    if (angles.isEmpty()) {
      return List.of();
    }
    int d = table.shape().intDim(-1);
    RotaryTable operation =
        new RotaryTable(
            sine,
            angles.get().positions(),
            angles.get().model(),
            Shape.of(1, table.elements() / d, d),
            Optional.empty());
    Set<RopeTableRecipe> candidates = new LinkedHashSet<>(first);
    candidates.addAll(all(table.dtype().format().orElseThrow()));
    return candidates.stream().filter(one -> fits(operation, one, table, workers)).toList();
  }

  private static boolean fits(
      RotaryTable operation, RopeTableRecipe recipe, Tensor table, Workers workers) {
    if (recipe.output() != table.dtype().format().orElseThrow()) {
      return false;
    }
    Tensor made = operation.run(recipe, workers).cast(table.dtype());
    return StoredBits.equal(made, table.reshape(made.shape())) == table.elements();
  }

  private static List<RopeTableRecipe> all(Format output) {
    List<RopeTableRecipe> all = new ArrayList<>();
    for (Pow pow : Pow.values()) {
      for (Trig trig : Trig.values()) {
        for (Format inv : List.of(Format.F32, Format.F16, Format.BF16)) {
          all.add(new RopeTableRecipe(Format.F32, pow, inv, trig, output));
        }
      }
    }
    all.add(new RopeTableRecipe(Format.F64, Pow.CR, Format.F64, Trig.CR, output));
    return all;
  }
}

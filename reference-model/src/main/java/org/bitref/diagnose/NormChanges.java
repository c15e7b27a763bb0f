package org.bitref.diagnose;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.bitref.operation.Norm;
import org.bitref.recipe.NormRecipe;
import org.bitref.search.Identification;

/** Other functions that recipes of norms have. */
public final class NormChanges {
  private NormChanges() {}

  /**
   * What the recipes that reproduce a norm say of its function; empty if one of them computes the
   * model's, or if none reproduces it.
   */
  public static Set<OtherFunction> of(Identification found, Norm norm) {
    Optional<NormRecipe> first = Optional.empty();
    for (Identification.Match match : found.best()) {
      if (match.equal() == found.total() && match.recipe() instanceof NormRecipe recipe) {
        if (changes(recipe, norm).isEmpty()) {
          return Set.of();
        }
        first = first.or(() -> Optional.of(recipe));
      }
    }
    return first.map(recipe -> changes(recipe, norm)).orElse(Set.of());
  }

  private static Set<OtherFunction> changes(NormRecipe recipe, Norm norm) {
    Set<OtherFunction> changes = new LinkedHashSet<>();
    recipe
        .eps()
        .filter(eps -> eps != norm.eps())
        .ifPresent(eps -> changes.add(new OtherFunction.Epsilon(eps, norm.eps())));
    if (recipe.place() == NormRecipe.Place.OUTSIDE) {
      changes.add(OtherFunction.Known.EPSILON_OUTSIDE_THE_ROOT);
    }
    if (recipe.form() == NormRecipe.Form.GEMMA) {
      changes.add(OtherFunction.Known.ONE_PLUS_WEIGHT);
    }
    return changes;
  }
}

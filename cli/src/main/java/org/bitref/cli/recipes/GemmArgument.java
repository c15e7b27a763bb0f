package org.bitref.cli.recipes;

import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Presets.Preset;
import org.bitref.recipe.RecipeSyntaxException;

/** A GEMM recipe as an argument: a name, its text, or {@code catalogue:FILE#NAME}. */
public final class GemmArgument {
  private GemmArgument() {}

  /**
   * Finds what the argument means.
   *
   * @throws BadInputException if it is no name and no recipe
   */
  public static GemmRecipe resolve(String argument) {
    Optional<Preset<GemmRecipe>> preset = Presets.GEMM.find(argument);
    if (preset.isPresent()) {
      return preset.get().recipe();
    }
    try {
      return GemmRecipe.parse(Catalogue.text(argument));
    } catch (RecipeSyntaxException e) {
      throw new BadInputException(
          "--recipe",
          e.getMessage(),
          "Give the six fields with |, or a name that `bitref recipes` lists.",
          e);
    }
  }
}

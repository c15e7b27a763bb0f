package org.bitref.experiment;

import java.util.Optional;
import java.util.function.Predicate;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Presets.Preset;
import org.bitref.recipe.RecipeSyntaxException;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.StageRecipe;

/** What a rule of a hypothesis says of the stages that it matches. */
public sealed interface Choice {
  /**
   * The recipe of one of these stages.
   *
   * @param admits false for recipes of rules to pass over
   */
  StageRecipe of(String stage, Predicate<StageRecipe> admits);

  /** One recipe for all of them. */
  record One(StageRecipe recipe) implements Choice {
    @Override
    public StageRecipe of(String stage, Predicate<StageRecipe> admits) {
      return recipe;
    }
  }

  /** To each stage what a recipe of a whole model says of it. */
  record Model(ModelRecipe recipe) implements Choice {
    @Override
    public StageRecipe of(String stage, Predicate<StageRecipe> admits) {
      return recipe.of(stage, admits);
    }
  }

  /**
   * Reads the name of a preset (of a model, a product, an attention) or the text of a recipe.
   *
   * @throws RecipeSyntaxException if it is neither
   */
  static Choice parse(String text) {
    String name = text.strip();
    if (Recipes.isModel(name)) {
      return new Model(Recipes.model(name));
    }
    Optional<StageRecipe> product = Presets.GEMM.find(name).map(Preset::recipe);
    return new One(
        product
            .or(() -> Presets.ATTENTION.find(name).map(Preset::recipe))
            .orElseGet(() -> StageRecipe.parse(name)));
  }
}

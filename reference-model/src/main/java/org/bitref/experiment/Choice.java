package org.bitref.experiment;

import org.bitref.recipe.AttentionPreset;
import org.bitref.recipe.AttentionPresets;
import org.bitref.recipe.GemmPreset;
import org.bitref.recipe.GemmPresets;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.RecipeSyntaxException;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.StageRecipe;

/** What a rule of a hypothesis says of the stages that it matches. */
public sealed interface Choice {
  /** The recipe of one of these stages. */
  StageRecipe of(String stage);

  /** One recipe for all of them. */
  record One(StageRecipe recipe) implements Choice {
    @Override
    public StageRecipe of(String stage) {
      return recipe;
    }
  }

  /** To each stage what a recipe of a whole model says of it. */
  record Model(ModelRecipe recipe) implements Choice {
    @Override
    public StageRecipe of(String stage) {
      return recipe.of(stage);
    }
  }

  /**
   * Reads the name of a preset (of a model, a product, an attention) or the text of a recipe.
   *
   * @throws RecipeSyntaxException if it is neither
   */
  static Choice parse(String text) {
    String name = text.strip();
    if (Recipes.models().contains(name)) {
      return new Model(Recipes.model(name));
    }
    for (GemmPreset preset : GemmPresets.all()) {
      if (preset.name().equals(name)) {
        return new One(preset.recipe());
      }
    }
    for (AttentionPreset preset : AttentionPresets.all()) {
      if (preset.name().equals(name)) {
        return new One(preset.recipe());
      }
    }
    return new One(StageRecipe.parse(name));
  }
}

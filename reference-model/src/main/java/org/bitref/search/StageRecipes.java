package org.bitref.search;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bitref.numerics.Format;
import org.bitref.operation.Attention;
import org.bitref.operation.Captured;
import org.bitref.operation.Pointwise;
import org.bitref.operation.Rotation;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.recipe.Exponential;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.RopeRecipe;
import org.bitref.recipe.StageRecipe;

/** The recipes of stages that are neither products nor norms; those of presets come first. */
final class StageRecipes {
  private static final List<Format> CALCS = List.of(Format.F32, Format.F64);

  private StageRecipes() {}

  /** All whose result has the type of the captured one. */
  static List<StageRecipe> of(Captured<?> stage) {
    Format output = stage.y().dtype().format().orElseThrow();
    Set<StageRecipe> recipes = new LinkedHashSet<>();
    switch (stage.operation()) {
      case Rotation _ -> {
        recipes.addAll(presets("layers.0.q_rope"));
        recipes.addAll(rope(output));
      }
      case Pointwise point -> {
        recipes.addAll(
            point.function() == PointRecipe.Kind.SILU ? presets("layers.0.mlp_act") : Set.of());
        recipes.addAll(point(point.function(), output));
      }
      case Attention _ -> recipes.addAll(attention(output));
      default -> throw new IllegalArgumentException(stage.operation().kind().name());
    }
    recipes.removeIf(recipe -> recipe.output() != output);
    return List.copyOf(recipes);
  }

  /** What the named recipes of models say of a stage. */
  static Set<StageRecipe> presets(String stage) {
    Set<StageRecipe> recipes = new LinkedHashSet<>();
    Recipes.models().forEach(model -> recipes.add(Recipes.model(model).of(stage)));
    return recipes;
  }

  private static List<StageRecipe> rope(Format output) {
    List<StageRecipe> recipes = new ArrayList<>();
    for (Format calc : CALCS) {
      for (RopeRecipe.Form form : RopeRecipe.Form.values()) {
        recipes.add(new RopeRecipe(form, calc, output));
      }
    }
    return recipes;
  }

  private static List<StageRecipe> point(PointRecipe.Kind kind, Format output) {
    List<StageRecipe> recipes = new ArrayList<>();
    boolean silu = kind == PointRecipe.Kind.SILU;
    for (PointRecipe.Form form : PointRecipe.Form.values()) {
      for (Format calc : CALCS) {
        for (Exponential exponential : Exponential.values()) {
          boolean plain = exponential == Exponential.CR;
          if (silu ? plain || calc == Format.F32 : plain && form == PointRecipe.Form.DIV) {
            recipes.add(new PointRecipe(kind, calc, exponential, form, output));
          }
        }
      }
    }
    return recipes;
  }

  private static List<StageRecipe> attention(Format output) {
    Set<StageRecipe> recipes = new LinkedHashSet<>(presets("layers.0.attn_out"));
    Presets.ATTENTION.all().forEach(preset -> recipes.add(preset.recipe()));
    for (StageRecipe recipe : List.copyOf(recipes)) {
      if (recipe instanceof AttentionRecipe rows) {
        recipes.addAll(variants(rows, output));
      }
    }
    return List.copyOf(recipes);
  }

  /** The same products and softmax with the scale in every place, scores rounded or not. */
  private static List<StageRecipe> variants(AttentionRecipe a, Format output) {
    List<StageRecipe> variants = new ArrayList<>();
    for (AttentionRecipe.Scale scale : AttentionRecipe.Scale.values()) {
      for (Format score : new LinkedHashSet<>(List.of(output, Format.F32))) {
        GemmRecipe qk = score == Format.F32 ? StageOutputs.unrounded(a.qk()) : a.qk();
        variants.add(new AttentionRecipe(score, scale, a.factor(), a.softmax(), qk, a.pv()));
      }
    }
    return variants;
  }
}

package org.bitref.operation;

import java.util.List;
import java.util.Optional;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.RopeRecipe;
import org.bitref.recipe.RopeTableRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.recipe.TiledAttentionRecipe;

/** The kinds of steps that a forward pass is made of. */
public enum OperationKind {
  /** Rows of the embedding table, or given embeddings. */
  EMBED("inputs_embeds"),
  /** Cosines of the rotary angles. */
  COSINES("rope.cos"),
  /** Sines of the rotary angles. */
  SINES("rope.sin"),
  /** Adds given features to some rows. */
  ADD_ROWS("layers.0.input_hidden"),
  /** RMSNorm. */
  NORM("layers.0.input_ln"),
  /** A product with a weight. */
  PRODUCT("layers.0.q_proj"),
  /** Rotates heads by position. */
  ROTATE("layers.0.q_rope"),
  /** Appends keys or values to those of earlier calls. */
  APPEND("kv.0.k"),
  /** Attention of all heads. */
  ATTEND("layers.0.attn_out"),
  /** The sum of two tensors. */
  ADD("layers.0.hidden"),
  /** The SiLU function. */
  SILU("layers.0.mlp_act"),
  /** The GELU function by the hyperbolic tangent. */
  GELU("layers.0.mlp_act"),
  /** The product of two tensors, element by element. */
  MUL("layers.0.mlp_mul"),
  /** Another storage format. */
  CAST("kv.0.k");

  private static final List<OperationKind> ACTIVATIONS = List.of(SILU, GELU);

  /** The name of a stage of this kind, for looking up a model recipe's rule. */
  private final String example;

  OperationKind(String example) {
    this.example = example;
  }

  /** The recipe that computes in float64 with exact sums and stores float64. */
  public StageRecipe exact() {
    return Recipes.model("exact").of(example, this::takes);
  }

  /** What an element-wise recipe for this kind computes; empty for other kinds. */
  public Optional<PointRecipe.Kind> point() {
    return switch (this) {
      case EMBED, APPEND, CAST -> Optional.of(PointRecipe.Kind.CAST);
      case ADD_ROWS, ADD -> Optional.of(PointRecipe.Kind.ADD);
      case SILU -> Optional.of(PointRecipe.Kind.SILU);
      case GELU -> Optional.of(PointRecipe.Kind.GELU);
      case MUL -> Optional.of(PointRecipe.Kind.MUL);
      case COSINES, SINES, NORM, PRODUCT, ROTATE, ATTEND -> Optional.empty();
    };
  }

  /**
   * False for a recipe of another activation than this one: a recipe of models may hold several for
   * stages of one name. What is for another kind altogether is a mistake, and admitted to be named.
   */
  public boolean admits(StageRecipe recipe) {
    return !ACTIVATIONS.contains(this)
        || !(recipe instanceof PointRecipe other)
        || ACTIVATIONS.stream()
            .filter(kind -> kind != this)
            .noneMatch(kind -> kind.point().equals(Optional.of(other.kind())));
  }

  /** True if the recipe, at whatever sizes, is for this kind. */
  public boolean takes(StageRecipe recipe) {
    return recipe.candidates().stream().allMatch(this::takesOne);
  }

  private boolean takesOne(StageRecipe recipe) {
    return switch (this) {
      case COSINES, SINES -> recipe instanceof RopeTableRecipe;
      case NORM -> recipe instanceof NormRecipe;
      case PRODUCT -> recipe instanceof GemmRecipe;
      case ROTATE -> recipe instanceof RopeRecipe;
      case ATTEND -> recipe instanceof AttentionRecipe || recipe instanceof TiledAttentionRecipe;
      case EMBED, ADD_ROWS, APPEND, ADD, SILU, GELU, MUL, CAST ->
          recipe instanceof PointRecipe point && point().equals(Optional.of(point.kind()));
    };
  }
}

package org.bitref.recipe;

import org.bitref.numerics.Format;

/** How one kind of stage is rounded and ordered. Immutable data with one canonical text form. */
public sealed interface StageRecipe
    permits AttentionRecipe,
        GemmRecipe,
        NormRecipe,
        PointRecipe,
        RopeRecipe,
        RopeTableRecipe,
        SoftmaxRecipe,
        TiledAttentionRecipe {

  /** The canonical text; {@link #parse} reads it back to an equal recipe. */
  String text();

  /**
   * Reads a stage recipe of any kind.
   *
   * @throws RecipeSyntaxException if the text is none
   */
  static StageRecipe parse(String text) {
    String stripped = text.strip();
    boolean nested = stripped.startsWith("attention") || stripped.startsWith("tiled");
    if (text.contains("|") && !nested) {
      return GemmRecipe.parse(text);
    }
    Part part = Part.parse(text);
    try {
      StageRecipe recipe = parse(part);
      part.end();
      return recipe;
    } catch (RecipeSyntaxException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw part.error(e.getMessage());
    }
  }

  private static StageRecipe parse(Part part) {
    return switch (part.name()) {
      case "norm" -> NormRecipe.parse(part);
      case "ropetable" -> RopeTableRecipe.parse(part);
      case "rope" -> RopeRecipe.parse(part);
      case "attention" -> AttentionRecipe.parse(part);
      case "tiled" -> TiledAttentionRecipe.parse(part);
      case "softmax" -> SoftmaxRecipe.parse(part, "out");
      case "cast", "add", "mul", "silu" ->
          PointRecipe.parse(part.constant(part.name(), PointRecipe.Kind.class), part);
      default ->
          throw part.error(
              "unknown kind \""
                  + part.name()
                  + "\"; known are a GEMM (six fields with |),"
                  + " norm, ropetable, rope, attention, tiled, softmax, cast, add, mul, silu");
    };
  }

  /** The format in which the stage's result is stored. */
  Format output();
}

package org.bitref.recipe;

import java.util.List;
import org.bitref.numerics.Format;

/** How one kind of stage is rounded and ordered. Immutable data with one canonical text form. */
public sealed interface StageRecipe
    permits AttentionRecipe,
        BySize,
        GemmRecipe,
        NormRecipe,
        PointRecipe,
        RopeRecipe,
        RopeTableRecipe,
        SoftmaxRecipe,
        TiledAttentionRecipe {

  /** The canonical text; {@link #parse} reads it back to an equal recipe. */
  default String text() {
    return Grammar.STAGE.text(this);
  }

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
      return Grammar.STAGE.parse(part, part);
    } catch (RecipeSyntaxException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw part.error(e.getMessage());
    }
  }

  /** The recipe at these sizes: itself, but for one that is chosen {@link BySize}. */
  default Chosen at(Sizes sizes) {
    return new Chosen(this, Chosen.Basis.FIXED, sizes);
  }

  /** All that {@link #at} may give. */
  default List<StageRecipe> candidates() {
    return List.of(this);
  }

  /** The format in which the stage's result is stored. */
  Format output();
}

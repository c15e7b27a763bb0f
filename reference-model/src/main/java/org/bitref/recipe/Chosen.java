package org.bitref.recipe;

/**
 * The recipe of a stage at its sizes.
 *
 * @param basis what it was chosen by
 * @param nearest the sizes that were measured, those asked for or the nearest
 */
public record Chosen(StageRecipe recipe, Basis basis, Sizes nearest) {
  /** What a choice rests on. */
  public enum Basis {
    /** The recipe is the same for all sizes. */
    FIXED,
    /** The library was asked for these sizes. */
    MEASURED,
    /** The library was asked for other sizes, of which these are the nearest. */
    PREDICTED
  }
}

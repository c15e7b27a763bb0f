package org.bitref.recipe;

import org.bitref.numerics.Format;

/** How one kind of stage is rounded and ordered. Immutable data with one canonical text form. */
public sealed interface StageRecipe permits GemmRecipe {

  /** The canonical text; parsing reads it back to an equal recipe. */
  String text();

  /** The format in which the stage's result is stored. */
  Format output();
}

package org.bitref.recipe;

/** A recipe's text that cannot be read; the message shows the text and says what was expected. */
public final class RecipeSyntaxException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  RecipeSyntaxException(String text, String problem) {
    super("recipe \"" + text + "\": " + problem);
  }
}

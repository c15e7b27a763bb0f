package org.bitref.cli.recipes;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bitref.BadInputException;
import org.bitref.loaders.file.IoProblem;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.RecipeSyntaxException;
import org.bitref.recipe.Recipes;

/**
 * A recipe for a whole model as an argument: a name, a file of rules, the rules themselves, or an
 * entry of a catalogue. A rule's recipe may be an entry of a catalogue, too.
 */
public final class RecipeArgument {
  private static final String PRODUCTS = ".*_proj|.*\\.mlp_down|logits";
  private static final Pattern ENTRY = Pattern.compile("(?<==)[ \\t]*(catalogue:\\S+)");

  private RecipeArgument() {}

  /**
   * Finds what the argument means.
   *
   * @throws UnknownRecipeException if it is no name and no file
   * @throws BadInputException if the file cannot be read or its rules cannot be parsed
   */
  public static ModelRecipe resolve(String argument) {
    if (Recipes.models().contains(argument)) {
      return Recipes.model(argument);
    }
    if (argument.startsWith(Catalogue.PREFIX)) {
      return products(argument);
    }
    if (argument.contains("=")) {
      return parse("--recipe", argument);
    }
    Path file = Path.of(argument);
    if (!Files.exists(file)) {
      throw new UnknownRecipeException(argument);
    }
    try {
      return parse(argument, Files.readString(file));
    } catch (CharacterCodingException e) {
      throw new BadInputException(
          argument, "is no text in UTF-8", "Name a file of rules \"regex = recipe\".", e);
    } catch (IOException e) {
      throw IoProblem.reading(file, e);
    }
  }

  /** All products under the entry, the other stages as on a CPU in the type of its operands. */
  private static ModelRecipe products(String argument) {
    GemmRecipe entry = GemmArgument.resolve(argument);
    String others =
        switch (entry.in().x()) {
          case F16 -> "hf-f16-eager";
          case BF16 -> "hf-bf16-eager";
          default -> "hf-f32";
        };
    return parse(argument, PRODUCTS + " = " + entry.text() + "\n" + Recipes.text(others));
  }

  private static ModelRecipe parse(String name, String text) {
    Matcher entries = ENTRY.matcher(text);
    String resolved =
        entries.replaceAll(e -> Matcher.quoteReplacement(Catalogue.resolve(e.group(1))));
    try {
      return ModelRecipe.parse(name, resolved);
    } catch (RecipeSyntaxException e) {
      throw new BadInputException(
          name,
          e.getMessage(),
          "`bitref recipes show hf-bf16-eager` prints rules to start from.",
          e);
    }
  }

  /** An argument that is neither a name nor a file. */
  public static final class UnknownRecipeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnknownRecipeException(String argument) {
      super(
          "no recipe and no file is called '%s'; recipes are %s"
              .formatted(argument, String.join(", ", Recipes.models())));
    }
  }
}

package org.bitref.cli.recipes;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.cli.console.TextFile;
import org.bitref.cli.console.UsageException;
import org.bitref.loaders.file.Nearest;
import org.bitref.recipe.BySize;
import org.bitref.recipe.Chosen;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.Presets;
import org.bitref.recipe.RecipeSyntaxException;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.SizeTable;
import org.bitref.recipe.Sizes;

/**
 * Recipes as arguments. A model's is a name, a file of rules, the rules themselves, or an entry of
 * a catalogue; a rule's recipe may be an entry of a catalogue, too.
 */
public final class RecipeArgument {
  private static final String PRODUCTS = ".*_proj|.*\\.mlp_down|logits";
  private static final Pattern ENTRY = Pattern.compile("(?<==)[ \\t]*(catalogue:\\S+)");

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]+");

  private RecipeArgument() {}

  /**
   * The recipe of a model that an option names.
   *
   * @throws UsageException if it is no name and no file
   * @throws BadInputException as {@link #find}
   */
  public static ModelRecipe model(String option, String argument) {
    return find(argument).orElseThrow(() -> UsageException.value(option, unknown(argument)));
  }

  /**
   * The recipe of a model; empty if the argument is no name and no file.
   *
   * @throws BadInputException if the file cannot be read or its rules cannot be parsed
   */
  public static Optional<ModelRecipe> find(String argument) {
    if (Recipes.isModel(argument)) {
      return Optional.of(Recipes.model(argument));
    }
    if (argument.startsWith(Catalogue.PREFIX)) {
      return Optional.of(products(argument));
    }
    if (argument.contains("=")) {
      return Optional.of(parse("--recipe", argument));
    }
    Path file = Path.of(argument);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    String text = TextFile.read(file, "Name a file of rules \"regex = recipe\".");
    return Optional.of(parse(argument, text));
  }

  /** What to say where {@link #find} finds nothing. */
  public static String unknown(String argument) {
    return unknown(argument, Recipes.models());
  }

  /** The same where recipes of these names will do. */
  static String unknown(String argument, List<String> names) {
    return "no recipe and no file is called '%s'; the nearest names are %s; recipes are %s"
        .formatted(argument, Nearest.of(argument, names), String.join(", ", names));
  }

  /**
   * The recipe of a product: a name, its text, or {@code catalogue:FILE#NAME}.
   *
   * @throws BadInputException if it is no name and no recipe
   */
  public static GemmRecipe product(String argument) {
    try {
      return Presets.GEMM
          .find(argument)
          .map(Presets.Preset::recipe)
          .orElseGet(() -> GemmRecipe.parse(Catalogue.text(argument)));
    } catch (RecipeSyntaxException e) {
      throw new BadInputException(
          "--recipe",
          e.getMessage(),
          "Give the six fields with |, or a name that `bitref recipes` lists.",
          e);
    }
  }

  /**
   * The recipe of a product of these sizes: a name of which a {@link SizeTable} tells more is
   * looked up there.
   *
   * @throws BadInputException as {@link #product(String)}
   */
  public static Chosen product(String argument, Sizes sizes) {
    boolean listed = SizeTable.find(argument).isPresent();
    return (listed ? new BySize(argument) : product(argument)).at(sizes);
  }

  /**
   * Refuses a name that no recipe has. What holds more than a name is left to the parser.
   *
   * @param names of recipes that may be meant
   * @throws UsageException which gives the nearest names
   */
  public static void checkName(String argument, List<String> names) {
    if (NAME.matcher(argument).matches() && !names.contains(argument)) {
      throw UsageException.value(
          "--recipe",
          "no recipe is called %s; the nearest names are %s, and `bitref recipes` lists all"
              .formatted(Text.quote(argument), Nearest.of(argument, names)));
    }
  }

  /** Names of recipes of products. */
  public static List<String> products() {
    return Presets.GEMM.all().stream().map(Presets.Preset::name).toList();
  }

  /** Names of recipes of models, of products and of attention. */
  public static List<String> names() {
    List<String> names = new ArrayList<>(Recipes.models());
    names.addAll(products());
    Presets.ATTENTION.all().forEach(preset -> names.add(preset.name()));
    return names;
  }

  /** All products under the entry, the other stages as on a CPU in the type of its operands. */
  private static ModelRecipe products(String argument) {
    GemmRecipe entry = product(argument);
    String others =
        switch (entry.in().x()) {
          case F16 -> "hf-f16-eager";
          case BF16 -> "hf-bf16-eager";
          default -> "hf-f32";
        };
    return parse(argument, PRODUCTS + " = " + entry.text() + "\n" + Recipes.text(others));
  }

  private static ModelRecipe parse(String name, String text) {
    String resolved =
        ENTRY
            .matcher(text)
            .replaceAll(entry -> Matcher.quoteReplacement(Catalogue.resolve(entry.group(1))));
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
}

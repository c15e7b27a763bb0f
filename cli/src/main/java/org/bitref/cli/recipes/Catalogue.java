package org.bitref.cli.recipes;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.TextFile;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.Nearest;
import org.bitref.loaders.file.RunFiles;
import org.bitref.loaders.json.JsonCursor;
import org.bitref.recipe.RecipeSyntaxException;
import org.bitref.recipe.StageRecipe;

/**
 * A file of decoded recipes with where each comes from.
 *
 * @param schema {@link #SCHEMA}
 */
public record Catalogue(String schema, List<Entry> recipes) {
  /** What an argument starts with that means an entry: {@code catalogue:FILE#NAME}. */
  public static final String PREFIX = "catalogue:";

  private static final String SCHEMA = "bitref.catalogue/1";
  private static final String REMEDY = "Write catalogues with `bitref probe decode --save`.";

  /**
   * One recipe.
   *
   * @param kernels names of kernels or tactics, as the framework gives them
   * @param confirmed outputs that it reproduces
   */
  public record Entry(
      String name,
      String recipe,
      String device,
      String framework,
      String kernels,
      String options,
      String shape,
      long confirmed) {
    /**
     * The recipe, which may be of another stage than a product.
     *
     * @throws BadInputException if it is none
     */
    public StageRecipe stage() {
      try {
        return recipe.contains("(") ? StageRecipe.parse(recipe) : RecipeArgument.product(recipe);
      } catch (RecipeSyntaxException e) {
        throw new BadInputException("the catalogue's entry " + name, e.getMessage(), REMEDY, e);
      }
    }
  }

  /**
   * Reads a catalogue.
   *
   * @throws BadInputException if the file is none
   */
  public static Catalogue read(Path file) {
    List<Entry> entries = new ArrayList<>();
    String[] schema = {"none"};
    try (MappedFile mapped = MappedFile.open(file, MappedFile.SETTINGS)) {
      JsonCursor.readObject(
          file.toString(),
          REMEDY,
          mapped.bytes(),
          (in, name) -> {
            switch (name) {
              case "schema" -> schema[0] = in.string("schema");
              case "recipes" -> in.array("recipes", () -> entries.add(entry(in)));
              default -> in.skip();
            }
          });
    }
    if (!schema[0].equals(SCHEMA)) {
      throw new BadInputException(
          file.toString(), "has schema " + schema[0] + ", not " + SCHEMA, REMEDY);
    }
    return new Catalogue(SCHEMA, entries);
  }

  private static Entry entry(JsonCursor in) {
    Map<String, String> fields = new LinkedHashMap<>();
    in.object("an entry of recipes", name -> fields.put(name, in.skip()));
    for (String needed : List.of("name", "recipe")) {
      if (!fields.containsKey(needed)) {
        throw in.bad("an entry of recipes has no " + needed);
      }
    }
    String confirmed = fields.getOrDefault("confirmed", "0");
    return new Entry(
        fields.get("name"),
        fields.get("recipe"),
        fields.getOrDefault("device", ""),
        fields.getOrDefault("framework", ""),
        fields.getOrDefault("kernels", ""),
        fields.getOrDefault("options", ""),
        fields.getOrDefault("shape", ""),
        confirmed.matches("\\d{1,18}") ? Long.parseLong(confirmed) : 0);
  }

  /**
   * Adds an entry to a file, which is made if there is none.
   *
   * @param replace whether an entry of this name may be replaced
   */
  public static void add(Path file, Entry entry, boolean replace) {
    List<Entry> entries =
        new ArrayList<>(
            Files.exists(file) ? RunFiles.notInputs(() -> read(file)).recipes : List.<Entry>of());
    boolean known = entries.removeIf(e -> e.name.equals(entry.name));
    if (known && !replace) {
      throw new BadInputException(
          file.toString(),
          "has an entry " + entry.name + " already",
          "Choose another name, or replace it with --force.");
    }
    entries.add(entry);
    TextFile.write(file, Json.text(new Catalogue(SCHEMA, entries)), true);
  }

  /** What the argument says if it is a recipe itself, else the recipe of its entry. */
  public static String text(String argument) {
    String stripped = argument.strip();
    return stripped.startsWith(PREFIX) ? resolve(stripped) : argument;
  }

  /** The recipe that {@code catalogue:FILE#NAME} means. */
  static String resolve(String argument) {
    int hash = argument.lastIndexOf('#');
    if (hash < 0) {
      throw new BadInputException(
          argument, "names no entry", "Write " + PREFIX + "FILE#NAME with one of its names.");
    }
    Path file = Path.of(argument.substring(PREFIX.length(), hash));
    String name = argument.substring(hash + 1);
    List<Entry> entries = read(file).recipes;
    return entries.stream()
        .filter(e -> e.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new BadInputException(
                    file.toString(),
                    "has no entry " + Text.quote(name),
                    "The nearest names are %s; bitref recipes show %s%s lists all."
                        .formatted(
                            Nearest.of(name, entries.stream().map(Entry::name).toList()),
                            PREFIX,
                            file)))
        .recipe;
  }
}

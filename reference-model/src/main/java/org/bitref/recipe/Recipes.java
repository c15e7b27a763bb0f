package org.bitref.recipe;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The recipes for a whole model that have a name; {@link Presets} are those of single stages. */
public final class Recipes {
  /** The file of each name; a second name of a recipe has the file of the first. */
  private static final Map<String, String> FILES = new LinkedHashMap<>();

  private static final Map<String, ModelRecipe> READ = new ConcurrentHashMap<>();

  static {
    for (String line : resource("models.txt").lines().toList()) {
      String[] names = line.split(" = ", 2);
      FILES.put(names[0], names[names.length - 1]);
    }
  }

  private Recipes() {}

  /** Names of the recipes for a whole model, each recipe once. */
  public static List<String> models() {
    return FILES.values().stream().distinct().toList();
  }

  /** True for the name of a recipe for a whole model, a second one too. */
  public static boolean isModel(String name) {
    return FILES.containsKey(name);
  }

  /**
   * The named recipe for a whole model.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  public static ModelRecipe model(String name) {
    return READ.computeIfAbsent(name, _ -> ModelRecipe.parse(name, text(name)));
  }

  /**
   * The named recipe as written, with comments; the user may copy and change it.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  public static String text(String name) {
    if (!isModel(name)) {
      throw new IllegalArgumentException(
          "no recipe named \"" + name + "\"; known are " + String.join(", ", models()));
    }
    return resource(FILES.get(name) + ".recipe");
  }

  /** A file beside this class. */
  static String resource(String file) {
    try (InputStream in = Recipes.class.getResourceAsStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A few lines of a file and what shows that they are right.
   *
   * @param evidence the comment above the lines, without its number signs
   * @param lines what is no comment; none if the block is but a remark
   */
  record Block(String evidence, List<String> lines) {}

  /** Reads a file whose blocks are separated by blank lines. */
  static List<Block> blocks(String file) {
    List<Block> blocks = new ArrayList<>();
    for (String block : resource(file).strip().split("\n\\s*\n", -1)) {
      List<String> comment = new ArrayList<>();
      List<String> lines = new ArrayList<>();
      for (String line : block.lines().map(String::strip).toList()) {
        boolean remark = line.startsWith("#");
        (remark ? comment : lines).add(remark ? line.substring(1).strip() : line);
      }
      blocks.add(new Block(String.join(" ", comment), Collections.unmodifiableList(lines)));
    }
    return blocks;
  }
}

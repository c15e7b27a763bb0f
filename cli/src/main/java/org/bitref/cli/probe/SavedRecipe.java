package org.bitref.cli.probe;

import java.nio.file.Path;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.cli.recipes.Catalogue;

/** What {@code --save FILE#NAME} adds to a catalogue. */
final class SavedRecipe {
  private SavedRecipe() {}

  /**
   * Adds one entry.
   *
   * @param suffix stands behind NAME
   * @throws BadInputException if {@code save} is not FILE#NAME, or there is such an entry and
   *     {@code force} is not given
   */
  static void add(
      String save,
      String suffix,
      String recipe,
      String shape,
      long confirmed,
      Outputs outputs,
      boolean force) {
    int hash = save.lastIndexOf('#');
    if (hash < 1 || hash == save.length() - 1) {
      throw new BadInputException("--save", "is not FILE#NAME", "Name a file and an entry.");
    }
    Map<String, String> noted = outputs.metadata();
    Catalogue.Entry entry =
        new Catalogue.Entry(
            save.substring(hash + 1) + suffix,
            recipe,
            noted.getOrDefault("device", "unknown"),
            noted.getOrDefault("framework", "unknown"),
            noted.getOrDefault("kernels", ""),
            noted.getOrDefault("options", ""),
            shape,
            confirmed);
    Catalogue.add(Path.of(save.substring(0, hash)), entry, force);
  }
}

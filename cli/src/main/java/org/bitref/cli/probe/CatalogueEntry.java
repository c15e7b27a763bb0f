package org.bitref.cli.probe;

import java.nio.file.Path;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.cli.console.OutputFile;
import org.bitref.cli.recipes.Catalogue;

/** Where the option {@code --save} puts recipes: {@code FILE#NAME}. */
record CatalogueEntry(Path file, String name) {

  /**
   * Refuses what could not be written in the end.
   *
   * @throws BadInputException if the text is something else, or the file is none to write to
   */
  static CatalogueEntry of(String save) {
    int hash = save.lastIndexOf('#');
    if (hash < 1 || hash == save.length() - 1) {
      throw new BadInputException("--save", "is not FILE#NAME", "Name a file and an entry.");
    }
    Path file = Path.of(save.substring(0, hash));
    OutputFile.check(file, true);
    return new CatalogueEntry(file, save.substring(hash + 1));
  }

  /**
   * Adds a recipe to the catalogue.
   *
   * @param device what the outputs say of where they come from
   * @throws BadInputException if there is such an entry and {@code force} is not given
   */
  void save(Question.Decided found, Map<String, String> device, String shape, boolean force) {
    Catalogue.Entry entry =
        new Catalogue.Entry(
            name + found.suffix(),
            found.recipe(),
            device.getOrDefault("device", "unknown"),
            device.getOrDefault("framework", "unknown"),
            device.getOrDefault("kernels", ""),
            device.getOrDefault("options", ""),
            shape,
            found.confirmed());
    Catalogue.add(file, entry, force);
  }
}

package org.bitref.cli.sweep;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.TextFile;
import org.bitref.experiment.CellStore;
import org.bitref.experiment.Difference;
import org.bitref.loaders.file.IoProblem;

/**
 * Finished cells as files {@code DIR/cells/KEY.json}, and the matrix beside them. One process at a
 * time.
 */
final class FolderStore implements CellStore {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path folder;
  private final Path cells;
  private final Map<String, Difference> read = new HashMap<>();

  /** A cell as its file has it. */
  private record CellFile(String key, String recipe, Difference difference) {}

  private FolderStore(Path folder) {
    this.folder = folder;
    this.cells = folder.resolve("cells");
  }

  /**
   * Opens the folder of this experiment, or makes it.
   *
   * @param experiment digest
   * @param force whether the matrix of another experiment may be replaced
   * @throws BadInputException if the folder holds other things, or another experiment's matrix
   */
  static FolderStore open(Path folder, String experiment, boolean force) {
    FolderStore store = new FolderStore(folder);
    try {
      store.check(experiment, force);
      Files.createDirectories(store.cells);
      store.clean();
    } catch (IOException e) {
      throw IoProblem.writing(folder, e);
    }
    return store;
  }

  private Path matrix() {
    return folder.resolve("matrix.json");
  }

  private void check(String experiment, boolean force) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    if (!Files.isDirectory(folder)) {
      throw new BadInputException(folder.toString(), "is a file", "Name a folder.");
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      if (entries.iterator().hasNext() && !Files.isDirectory(cells)) {
        throw new BadInputException(
            folder.toString(), "holds no sweep", "Name a new folder, or one of an earlier sweep.");
      }
    }
    if (Files.exists(matrix()) && !force) {
      String other = text(matrix()).map(node -> node.path("experiment").asText()).orElse("");
      if (!other.equals(experiment)) {
        throw new BadInputException(
            matrix().toString(),
            "is the matrix of another experiment",
            "Choose another folder, or replace it with --force; finished cells are used again.");
      }
    }
  }

  /** A run that was killed may have left a file that it was writing. */
  private void clean() throws IOException {
    clean(cells, ".*.json.tmp-*");
    clean(folder, ".matrix.json.tmp-*");
  }

  private static void clean(Path folder, String names) throws IOException {
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(folder, names)) {
      for (Path leftover : leftovers) {
        Files.delete(leftover);
      }
    }
  }

  private Path file(String key) {
    return cells.resolve(key + ".json");
  }

  @Override
  public Optional<Difference> find(String key) {
    if (!read.containsKey(key)) {
      text(file(key)).flatMap(node -> difference(key, node)).ifPresent(d -> read.put(key, d));
    }
    return Optional.ofNullable(read.get(key));
  }

  /** Empty for what is no JSON: such a file is written anew. */
  private static Optional<JsonNode> text(Path file) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(MAPPER.readTree(Files.readAllBytes(file)));
    } catch (JacksonException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw IoProblem.reading(file, e);
    }
  }

  private static Optional<Difference> difference(String key, JsonNode node) {
    JsonNode d = node.path("difference");
    boolean whole =
        node.path("key").asText().equals(key)
            && d.path("total").isIntegralNumber()
            && d.path("equal").isIntegralNumber()
            && d.path("max_ulp").isIntegralNumber();
    try {
      return whole
          ? Optional.of(
              new Difference(
                  d.get("total").asLong(),
                  d.get("equal").asLong(),
                  Double.parseDouble(d.path("mean_abs").asText()),
                  Double.parseDouble(d.path("max_abs").asText()),
                  d.get("max_ulp").asLong()))
          : Optional.empty();
    } catch (NumberFormatException _) {
      return Optional.empty();
    }
  }

  @Override
  public void put(String key, String recipe, Difference difference) {
    TextFile.write(
        file(key), Json.object("sweep.cell", new CellFile(key, recipe, difference)), true);
    read.put(key, difference);
  }

  /** Writes the matrix. */
  void finish(SweepReport report) {
    TextFile.write(matrix(), Json.object("sweep", report), true);
  }
}

package org.bitref.cli.sweep;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
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
import org.bitref.experiment.Cell;
import org.bitref.experiment.Cell.Difference;
import org.bitref.loaders.file.IoProblem;

/**
 * Finished cells as files {@code DIR/cells/KEY.json}, and the matrix beside them. One process at a
 * time.
 */
final class FolderStore implements Cell.Store {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  private final Path folder;
  private final Path cells;
  private final Map<String, Difference> read = new HashMap<>();

  /** A cell as its file has it. */
  private record CellFile(String key, String recipe, Difference difference) {}

  /** What is read of a matrix. */
  private record Matrix(String experiment) {}

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
      String other = content(matrix(), Matrix.class).map(Matrix::experiment).orElse("");
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
      content(file(key), CellFile.class)
          .filter(cell -> key.equals(cell.key))
          .ifPresent(cell -> read.put(key, cell.difference));
    }
    return Optional.ofNullable(read.get(key));
  }

  /** Empty for what is no such file: it is written anew. */
  private static <T> Optional<T> content(Path file, Class<T> type) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(MAPPER.readValue(Files.readAllBytes(file), type));
    } catch (JacksonException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw IoProblem.reading(file, e);
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

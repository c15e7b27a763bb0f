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
import org.bitref.loaders.file.NewFile;
import org.bitref.loaders.file.RunFiles;
import org.bitref.loaders.file.Temporary;

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
   * Refuses a folder that an input of this run lies in the way of. To be called before any work is
   * done.
   *
   * @throws BadInputException if it does
   */
  static void claim(Path folder) {
    FolderStore store = new FolderStore(folder);
    RunFiles.writes(store.matrix());
    RunFiles.replaces(store.cells);
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
      Temporary.cleanAll(store.cells);
      Temporary.clean(store.matrix());
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
    if (NewFile.exists(matrix()) && !force) {
      String other = content(matrix(), Matrix.class).map(Matrix::experiment).orElse("");
      if (!other.equals(experiment)) {
        throw new BadInputException(
            matrix().toString(),
            "is the matrix of another experiment",
            "Choose another folder, or replace it with --force; finished cells are used again.");
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
    try {
      if (!Files.exists(file) || Files.size(file) == 0) {
        return Optional.empty();
      }
      byte[] text = RunFiles.notInputs(() -> TextFile.bytes(file));
      return Optional.ofNullable(MAPPER.readValue(text, type));
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

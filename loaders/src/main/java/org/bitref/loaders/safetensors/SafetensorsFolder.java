package org.bitref.loaders.safetensors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.bitref.BadInputException;
import org.bitref.loaders.file.IoProblem;
import org.bitref.loaders.file.RunFiles;
import org.bitref.tensor.TensorSource;

/** A checkpoint folder: its index if it has one, else all of its *.safetensors, by name. */
public final class SafetensorsFolder {
  private static final String SUFFIX = ".safetensors";
  private static final String INDEX_SUFFIX = ".safetensors.index.json";
  private static final String USUAL_INDEX = "model" + INDEX_SUFFIX;

  private SafetensorsFolder() {}

  /**
   * Opens what the folder holds.
   *
   * @throws BadInputException if the folder holds no such file, or several indexes of which none is
   *     model.safetensors.index.json; otherwise as {@link ShardedSource} and {@link
   *     SafetensorsFile}
   */
  public static TensorSource open(Path folder) {
    List<Path> indexes = visible(folder, INDEX_SUFFIX);
    Path usual = folder.resolve(USUAL_INDEX);
    if (indexes.contains(usual)) {
      return ShardedSource.openIndex(usual);
    }
    if (indexes.size() > 1) {
      throw new BadInputException(
          folder.toString(), "holds several indexes: " + indexes, "Name the one that you mean.");
    }
    if (indexes.size() == 1) {
      return ShardedSource.openIndex(indexes.getFirst());
    }
    RunFiles.readsAll(folder, INDEX_SUFFIX);
    RunFiles.readsAll(folder, SUFFIX);
    List<Path> files = visible(folder, SUFFIX);
    if (files.isEmpty()) {
      throw new BadInputException(
          folder.toString(),
          "holds neither *" + SUFFIX + " nor *" + INDEX_SUFFIX,
          "Name a checkpoint folder, or a single file.");
    }
    return files.size() == 1
        ? SafetensorsFile.open(files.getFirst())
        : ShardedSource.openAll(folder.toString(), files);
  }

  /**
   * What a folder holds under names that end so, sorted; unfinished files start with a dot and are
   * left out.
   *
   * @throws BadInputException if the folder cannot be listed
   */
  public static List<Path> visible(Path folder, String end) {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(path -> !path.getFileName().toString().startsWith("."))
          .filter(path -> path.getFileName().toString().endsWith(end))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw IoProblem.reading(folder, e);
    }
  }
}

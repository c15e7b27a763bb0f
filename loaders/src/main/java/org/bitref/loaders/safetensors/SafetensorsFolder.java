package org.bitref.loaders.safetensors;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bitref.BadInputException;
import org.bitref.loaders.file.IoProblem;
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
    List<Path> indexes = list(folder, "*" + INDEX_SUFFIX);
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
    List<Path> files = list(folder, "*" + SUFFIX);
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

  private static List<Path> list(Path folder, String glob) {
    List<Path> found = new ArrayList<>();
    // The glob of a DirectoryStream also matches the names of unfinished files, which start with a
    // dot.
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder, glob)) {
      for (Path path : paths) {
        if (!path.getFileName().toString().startsWith(".")) {
          found.add(path);
        }
      }
    } catch (IOException e) {
      throw IoProblem.reading(folder, e);
    }
    found.sort(null);
    return found;
  }
}

package org.bitref.loaders.safetensors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bitref.BadInputException;
import org.bitref.loaders.file.IoProblem;
import org.bitref.loaders.file.RunFiles;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * A checkpoint folder, read as transformers does: model.safetensors.index.json and the shards in
 * it, else model.safetensors, else another index, else all *.safetensors, by name. What lies there
 * besides, such as adapters or the same weights under other names, is left aside and told.
 */
public final class SafetensorsFolder {
  private static final String SUFFIX = ".safetensors";
  private static final String INDEX_SUFFIX = ".safetensors.index.json";
  private static final String USUAL_INDEX = "model" + INDEX_SUFFIX;
  private static final String USUAL_FILE = "model" + SUFFIX;

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
    List<Path> files = visible(folder, SUFFIX);
    Path usual = folder.resolve(USUAL_INDEX);
    if (indexes.contains(usual)) {
      return openIndex(folder, usual, files);
    }
    Path whole = folder.resolve(USUAL_FILE);
    if (files.contains(whole)) {
      TensorSource source = SafetensorsFile.open(whole);
      RunFiles.leavesAside(folder, whole, files.stream().filter(f -> !f.equals(whole)).toList());
      return source;
    }
    if (indexes.size() > 1) {
      throw new BadInputException(
          folder.toString(), "holds several indexes: " + indexes, "Name the one that you mean.");
    }
    if (indexes.size() == 1) {
      return openIndex(folder, indexes.getFirst(), files);
    }
    RunFiles.readsAll(folder, INDEX_SUFFIX);
    RunFiles.readsAll(folder, SUFFIX);
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

  private static TensorSource openIndex(Path folder, Path index, List<Path> files) {
    TensorSource source = ShardedSource.openIndex(index);
    Set<String> read =
        source.tensors().values().stream().map(TensorInfo::file).collect(Collectors.toSet());
    RunFiles.leavesAside(
        folder, index, files.stream().filter(file -> !read.contains(file.toString())).toList());
    return source;
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

package org.bitref.loaders;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bitref.loaders.file.IoProblem;

/** JSON files that describe what lies beside them. */
final class Sidecar {
  private Sidecar() {}

  /**
   * The JSON file that describes a raw file: {@code x.bin.json} or {@code x.json} beside {@code
   * x.bin}; the path itself if it is no raw file or has none.
   */
  static Path of(Path path) {
    String extension = Format.extension(path);
    if (!extension.equals("bin") && !extension.equals("raw")) {
      return path;
    }
    String file = path.getFileName().toString();
    String stem = file.substring(0, file.length() - extension.length());
    for (String name : List.of(file + ".json", stem + "json")) {
      Path sidecar = path.resolveSibling(name);
      if (Files.exists(path) && Files.exists(sidecar)) {
        return sidecar;
      }
    }
    return path;
  }

  /** The JSON file of a folder that holds one, and no safetensors. */
  static Optional<Path> onlyJson(Path folder) {
    try (Stream<Path> all = Files.list(folder)) {
      List<Path> files = all.filter(file -> !hidden(file)).toList();
      boolean safetensors = files.stream().anyMatch(file -> hasExtension(file, "safetensors"));
      List<Path> json = files.stream().filter(file -> hasExtension(file, "json")).toList();
      return safetensors || json.size() != 1 ? Optional.empty() : Optional.of(json.getFirst());
    } catch (IOException e) {
      throw IoProblem.reading(folder, e);
    }
  }

  private static boolean hidden(Path file) {
    return file.getFileName().toString().startsWith(".");
  }

  private static boolean hasExtension(Path file, String extension) {
    return Format.extension(file).equals(extension);
  }
}

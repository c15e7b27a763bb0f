package org.bitref.cli.console;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.npy.NpzWriter;
import org.bitref.loaders.polygraphy.PolygraphyWriter;
import org.bitref.loaders.safetensors.SafetensorsWriter;

/**
 * A file that a run ends in. Tensors: npz or Polygraphy's JSON if its name says so, else
 * safetensors.
 */
public record OutputFile(Path path, boolean overwrite) {

  /**
   * @throws BadInputException if the file exists and must not be replaced, or its folder is missing
   */
  public OutputFile {
    check(path, overwrite);
    if (ends(path, ".npz") || ends(path, ".json")) {
      check(metadataFile(path), overwrite);
    }
  }

  private static boolean ends(Path path, String extension) {
    return path.toString().endsWith(extension);
  }

  /**
   * Refuses what could not be written in the end.
   *
   * @throws BadInputException if the file exists and must not be replaced, or its folder is missing
   */
  static void check(Path path, boolean overwrite) {
    if (Files.isDirectory(path)) {
      throw new BadInputException(path.toString(), "is a folder", "Name a file to write to.");
    }
    if (Files.exists(path) && !overwrite) {
      throw new BadInputException(
          path.toString(), "exists already", "Choose another name, or replace it with --force.");
    }
    Path folder = path.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder)) {
      throw new BadInputException(
          path.toString(), "cannot be written: there is no folder " + folder, "Create it first.");
    }
  }

  /** Writes all tensors in this order. Only safetensors hold metadata: else a file beside does. */
  public void write(Map<String, String> metadata, List<TensorEntry> entries) {
    if (ends(path, ".npz")) {
      TextFile.write(metadataFile(path), Json.text(metadata), overwrite);
      NpzWriter.write(path, entries, overwrite);
    } else if (ends(path, ".json")) {
      TextFile.write(metadataFile(path), Json.text(metadata), overwrite);
      PolygraphyWriter.runResults(path, "bitref", entries, overwrite);
    } else {
      SafetensorsWriter.write(path, metadata, entries, overwrite);
    }
  }

  private static Path metadataFile(Path path) {
    return path.resolveSibling(path.getFileName() + ".metadata.json");
  }
}

package org.bitref.cli.console;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.loaders.file.NewFile;
import org.bitref.loaders.file.RunFiles;
import org.bitref.loaders.file.Temporary;
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
   * @throws BadInputException as {@link #check}
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
   * Refuses what could not or must not be written in the end, and deletes what runs that were
   * killed have left of this file. To be called for every output before any work is done.
   *
   * @throws BadInputException if the file exists and must not be replaced, is no regular file, is
   *     read by this run or named for another output of it, or if its folder is missing
   */
  public static void check(Path path, boolean overwrite) {
    boolean exists = NewFile.exists(path);
    RunFiles.writes(path);
    checkNew(path, overwrite, exists);
    checkFolder(path);
    Temporary.clean(path);
  }

  private static void checkNew(Path path, boolean overwrite, boolean exists) {
    if (exists && !overwrite) {
      throw new BadInputException(
          path.toString(), "exists already", "Choose another name, or replace it with --force.");
    }
  }

  /**
   * Asks again whether the file may be written, after a wait for another run.
   *
   * @throws BadInputException if it exists by now and must not be replaced
   */
  public void checkNew() {
    checkNew(path, overwrite, NewFile.exists(path));
  }

  /** Refuses an output in a folder that is missing. */
  static void checkFolder(Path path) {
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

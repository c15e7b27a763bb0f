package org.bitref.cli.console;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.npy.NpzWriter;
import org.bitref.loaders.safetensors.SafetensorsWriter;

/** A file that a run ends in. Tensors: npz if its name says so, else safetensors. */
public record OutputFile(Path path, boolean overwrite) {

  /**
   * @throws BadInputException if the file exists and must not be replaced, or its folder is missing
   */
  public OutputFile {
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

  /** Writes all tensors in this order. An npz cannot hold metadata: a JSON file beside it does. */
  public void write(Map<String, String> metadata, List<TensorEntry> entries) {
    if (isNpz()) {
      TextFile.write(metadataFile(), Json.text(metadata), true);
      NpzWriter.write(path, entries, overwrite);
    } else {
      SafetensorsWriter.write(path, metadata, entries, overwrite);
    }
  }

  private boolean isNpz() {
    return path.toString().endsWith(".npz");
  }

  private Path metadataFile() {
    return path.resolveSibling(path.getFileName() + ".metadata.json");
  }
}

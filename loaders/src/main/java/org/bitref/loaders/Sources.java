package org.bitref.loaders;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bitref.BadInputException;
import org.bitref.loaders.file.RunFiles;
import org.bitref.loaders.safetensors.SafetensorsFolder;
import org.bitref.loaders.trtexec.TrtexecDump;
import org.bitref.tensor.TensorSource;

/** Opens whatever holds tensors. */
public final class Sources {
  private Sources() {}

  /**
   * Opens a file: safetensors or a {@code *.safetensors.index.json}, npy (whose one tensor has the
   * file's name without the extension), npz, torch.save, Polygraphy's JSON, trtexec's
   * tensor_summary.json or exported outputs, an ONNX model's initializers, a JSON file that
   * describes raw files, or a raw file {@code x.bin} beside an {@code x.bin.json} or {@code
   * x.json}; or a folder of safetensors, with a tensor_summary.json, or with a single JSON file.
   * The content decides; only where it says nothing does the extension. Headers are read and
   * checked, data is not: it is mapped where the format allows, or unpacked when it is asked for.
   *
   * @throws BadInputException if there is nothing at this path, if it cannot be read, is of no
   *     known format, or has a defect
   */
  public static TensorSource open(Path path) {
    if (Files.isDirectory(path)) {
      return openFolder(path);
    }
    Path described = description(path);
    return Format.of(described).open(described);
  }

  private static TensorSource openFolder(Path folder) {
    Path summary = folder.resolve(TrtexecDump.SUMMARY);
    if (Files.exists(summary)) {
      return TrtexecDump.open(summary);
    }
    List<Path> json = SafetensorsFolder.visible(folder, ".json");
    boolean described =
        json.size() == 1 && SafetensorsFolder.visible(folder, ".safetensors").isEmpty();
    if (!described) {
      return SafetensorsFolder.open(folder);
    }
    RunFiles.readsAll(folder, ".json");
    RunFiles.readsAll(folder, ".safetensors");
    return open(json.getFirst());
  }

  /**
   * The JSON file that describes a raw file: {@code x.bin.json} or {@code x.json} beside {@code
   * x.bin}; the path itself if it is no raw file or has none.
   */
  private static Path description(Path path) {
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
}

package org.bitref.loaders;

import java.nio.file.Files;
import java.nio.file.Path;
import org.bitref.BadInputException;
import org.bitref.loaders.npy.NpyFile;
import org.bitref.loaders.npy.NpzFile;
import org.bitref.loaders.polygraphy.PolygraphyFile;
import org.bitref.loaders.safetensors.SafetensorsFile;
import org.bitref.loaders.safetensors.SafetensorsFolder;
import org.bitref.loaders.safetensors.ShardedSource;
import org.bitref.loaders.torch.TorchFile;
import org.bitref.tensor.TensorSource;

/** Opens whatever holds tensors. */
public final class Sources {
  private Sources() {}

  /**
   * Opens a safetensors file, a {@code *.safetensors.index.json}, a folder of either, an npy file
   * (whose one tensor has the file's name without the extension), an npz file, one of torch.save,
   * or Polygraphy's JSON. The content decides; only where it says nothing does the extension.
   * Headers are read and checked, data is not: it is mapped where the format allows, or unpacked
   * when it is asked for.
   *
   * @throws BadInputException if there is nothing at this path, if it cannot be read, is of no
   *     known format, or has a defect
   */
  public static TensorSource open(Path path) {
    if (Files.isDirectory(path)) {
      return SafetensorsFolder.open(path);
    }
    return switch (Format.of(path)) {
      case SAFETENSORS -> SafetensorsFile.open(path);
      case SAFETENSORS_INDEX -> ShardedSource.openIndex(path);
      case NPY -> NpyFile.open(path);
      case NPZ -> NpzFile.open(path);
      case TORCH -> TorchFile.open(path);
      case POLYGRAPHY -> PolygraphyFile.open(path);
    };
  }
}

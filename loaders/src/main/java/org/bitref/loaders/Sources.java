package org.bitref.loaders;

import java.nio.file.Files;
import java.nio.file.Path;
import org.bitref.BadInputException;
import org.bitref.loaders.npy.NpyFile;
import org.bitref.loaders.npy.NpzFile;
import org.bitref.loaders.onnx.OnnxFile;
import org.bitref.loaders.polygraphy.PolygraphyFile;
import org.bitref.loaders.raw.RawManifest;
import org.bitref.loaders.safetensors.SafetensorsFile;
import org.bitref.loaders.safetensors.SafetensorsFolder;
import org.bitref.loaders.safetensors.ShardedSource;
import org.bitref.loaders.torch.TorchFile;
import org.bitref.loaders.trtexec.TrtexecDump;
import org.bitref.loaders.trtexec.TrtexecOutput;
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
    Path described = Sidecar.of(path);
    return switch (Format.of(described)) {
      case SAFETENSORS -> SafetensorsFile.open(described);
      case SAFETENSORS_INDEX -> ShardedSource.openIndex(described);
      case NPY -> NpyFile.open(described);
      case NPZ -> NpzFile.open(described);
      case TORCH -> TorchFile.open(described);
      case POLYGRAPHY -> PolygraphyFile.open(described);
      case TRTEXEC_DUMP -> TrtexecDump.open(described);
      case TRTEXEC_OUTPUT -> TrtexecOutput.open(described);
      case ONNX -> OnnxFile.open(described);
      case RAW_MANIFEST -> RawManifest.open(described);
    };
  }

  private static TensorSource openFolder(Path folder) {
    Path summary = folder.resolve(TrtexecDump.SUMMARY);
    if (Files.exists(summary)) {
      return TrtexecDump.open(summary);
    }
    return Sidecar.onlyJson(folder)
        .map(Sources::open)
        .orElseGet(() -> SafetensorsFolder.open(folder));
  }
}

package org.bitref.loaders;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.npy.NpyFile;
import org.bitref.loaders.npy.NpzFile;
import org.bitref.loaders.safetensors.SafetensorsFile;
import org.bitref.loaders.safetensors.SafetensorsFolder;
import org.bitref.loaders.safetensors.ShardedSource;
import org.bitref.loaders.torch.TorchFile;
import org.bitref.loaders.zip.ZipArchive;
import org.bitref.tensor.TensorSource;

/** Opens whatever holds tensors. */
public final class Sources {
  private static final ValueLayout.OfInt MAGIC =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private Sources() {}

  /**
   * Opens a safetensors file, a {@code *.safetensors.index.json}, a folder of either, an npy file
   * (whose one tensor has the file's name without the extension), an npz file or one of torch.save.
   * The content decides; only where it says nothing does the extension. Headers are read and
   * checked, data is not: it is mapped, or inflated from a compressed npz member when it is asked
   * for.
   *
   * @throws BadInputException if there is nothing at this path, if it cannot be read, is of no
   *     known format, or has a defect
   */
  public static TensorSource open(Path path) {
    if (Files.isDirectory(path)) {
      return SafetensorsFolder.open(path);
    }
    return switch (format(path)) {
      case SAFETENSORS -> SafetensorsFile.open(path);
      case INDEX -> ShardedSource.openIndex(path);
      case NPY -> NpyFile.open(path);
      case ZIP -> openZip(path);
    };
  }

  private static TensorSource openZip(Path path) {
    boolean torch;
    try (ZipArchive archive = ZipArchive.open(path)) {
      torch = TorchFile.isTorch(archive);
    }
    return torch ? TorchFile.open(path) : NpzFile.open(path);
  }

  private enum Kind {
    SAFETENSORS,
    INDEX,
    NPY,
    ZIP
  }

  private static Kind format(Path path) {
    try (MappedFile file = MappedFile.open(path)) {
      String extension = extension(path);
      MemorySegment bytes = file.bytes();
      int magic = bytes.byteSize() < 4 ? 0 : bytes.get(MAGIC, 0);
      if (magic == 0x934E554D) {
        return Kind.NPY;
      }
      // A member, or the end record of an archive without members.
      if (magic == 0x504B0304 || magic == 0x504B0506) {
        return Kind.ZIP;
      }
      if (magic >>> 16 == 0x8002) {
        throw new BadInputException(
            path.toString(),
            "is a bare pickle: a file from before PyTorch 1.6, or not one of torch.save",
            "Load it where it was made and save it again with torch.save.");
      }
      // The 8 bytes of a safetensors length hold zeros, which no JSON text does.
      boolean zeroByte = bytes.byteSize() >= 8 && bytes.get(ValueLayout.JAVA_BYTE, 7) == 0;
      if (zeroByte && bytes.byteSize() > 8 && bytes.get(ValueLayout.JAVA_BYTE, 8) == '{') {
        return Kind.SAFETENSORS;
      }
      if (!zeroByte
          && bytes.get(ValueLayout.JAVA_BYTE, 0) == '{'
          && !extension.equals("safetensors")) {
        return Kind.INDEX;
      }
      return switch (extension) {
        case "safetensors" -> Kind.SAFETENSORS;
        case "json" -> Kind.INDEX;
        case "npy" -> Kind.NPY;
        case "npz", "pt", "pth" -> Kind.ZIP;
        default ->
            throw new BadInputException(
                path.toString(),
                "is of no known format",
                "bitref reads safetensors (one file, an index, a folder), npy, npz, and pt or"
                    + " pth.");
      };
    }
  }

  private static String extension(Path path) {
    String name = path.getFileName().toString();
    return name.substring(name.lastIndexOf('.') + 1);
  }
}

package org.bitref.loaders;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Set;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.json.JsonPeek;
import org.bitref.loaders.torch.TorchFile;
import org.bitref.loaders.zip.ZipArchive;

/** Kinds of files that hold tensors, told apart by their first bytes. */
enum Format {
  SAFETENSORS,
  SAFETENSORS_INDEX,
  NPY,
  NPZ,
  TORCH,
  POLYGRAPHY;

  private static final ValueLayout.OfInt MAGIC =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /**
   * The kind of a file; its name is asked only where the content says nothing.
   *
   * @throws BadInputException if the file cannot be read or is of no known kind
   */
  static Format of(Path path) {
    try (MappedFile file = MappedFile.open(path)) {
      MemorySegment bytes = file.bytes();
      int magic = bytes.byteSize() < 4 ? 0 : bytes.get(MAGIC, 0);
      if (magic == 0x934E554D) {
        return NPY;
      }
      // A member, or the end record of an archive without members.
      if (magic == 0x504B0304 || magic == 0x504B0506) {
        return zip(path);
      }
      if (magic >>> 16 == 0x8002) {
        throw barePickle(path);
      }
      // The 8 bytes of a safetensors length hold zeros, which no JSON text does.
      boolean zeroByte = bytes.byteSize() >= 8 && bytes.get(ValueLayout.JAVA_BYTE, 7) == 0;
      if (zeroByte && bytes.byteSize() > 8 && bytes.get(ValueLayout.JAVA_BYTE, 8) == '{') {
        return SAFETENSORS;
      }
      byte first = bytes.get(ValueLayout.JAVA_BYTE, 0);
      boolean json = first == '{' || first == '[';
      if (!zeroByte && json && !extension(path).equals("safetensors")) {
        return json(bytes);
      }
      return byName(path);
    }
  }

  private static Format zip(Path path) {
    try (ZipArchive archive = ZipArchive.open(path)) {
      return TorchFile.isTorch(archive) ? TORCH : NPZ;
    }
  }

  private static Format json(MemorySegment bytes) {
    if (bytes.get(ValueLayout.JAVA_BYTE, 0) == '[') {
      return POLYGRAPHY;
    }
    return switch (JsonPeek.member(bytes, Set.of("weight_map", "lst"))) {
      case "lst" -> POLYGRAPHY;
      default -> SAFETENSORS_INDEX;
    };
  }

  private static Format byName(Path path) {
    return switch (extension(path)) {
      case "safetensors" -> SAFETENSORS;
      case "json" -> SAFETENSORS_INDEX;
      case "npy" -> NPY;
      case "npz" -> NPZ;
      case "pt", "pth" -> TORCH;
      default ->
          throw new BadInputException(
              path.toString(),
              "is of no known format",
              "bitref reads safetensors (one file, an index, a folder), npy, npz, pt and pth, and"
                  + " Polygraphy's JSON.");
    };
  }

  private static BadInputException barePickle(Path path) {
    return new BadInputException(
        path.toString(),
        "is a bare pickle: a file from before PyTorch 1.6, or not one of torch.save",
        "Load it where it was made and save it again with torch.save.");
  }

  private static String extension(Path path) {
    String name = path.getFileName().toString();
    return name.substring(name.lastIndexOf('.') + 1);
  }
}

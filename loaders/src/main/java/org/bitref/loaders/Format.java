package org.bitref.loaders;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Function;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.json.JsonPeek;
import org.bitref.loaders.npy.NpyFile;
import org.bitref.loaders.npy.NpzFile;
import org.bitref.loaders.onnx.OnnxFile;
import org.bitref.loaders.polygraphy.PolygraphyFile;
import org.bitref.loaders.raw.RawManifest;
import org.bitref.loaders.safetensors.SafetensorsFile;
import org.bitref.loaders.safetensors.ShardedSource;
import org.bitref.loaders.torch.TorchFile;
import org.bitref.loaders.trtexec.TrtexecDump;
import org.bitref.loaders.trtexec.TrtexecOutput;
import org.bitref.loaders.zip.ZipArchive;
import org.bitref.tensor.TensorSource;

/** Kinds of files that hold tensors, told apart by their bytes. */
enum Format {
  SAFETENSORS(SafetensorsFile::open),
  SAFETENSORS_INDEX(ShardedSource::openIndex),
  NPY(NpyFile::open),
  NPZ(NpzFile::open),
  TORCH(TorchFile::open),
  POLYGRAPHY(PolygraphyFile::open),
  TRTEXEC_DUMP(TrtexecDump::open),
  TRTEXEC_OUTPUT(TrtexecOutput::open),
  ONNX(OnnxFile::open),
  RAW_MANIFEST(RawManifest::open);

  private static final ValueLayout.OfInt MAGIC =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** Protocol 2 and the beginning of a number of ten bytes: torch.save before zip archives. */
  private static final int OLD_TORCH = 0x80028A0A;

  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  @SuppressWarnings("ImmutableEnumChecker") // A method without state.
  private final Function<Path, TensorSource> reader;

  Format(Function<Path, TensorSource> reader) {
    this.reader = reader;
  }

  /** Opens a file of this kind. */
  TensorSource open(Path path) {
    return reader.apply(path);
  }

  /**
   * The kind of a file; its name is asked only where the content says nothing.
   *
   * @throws BadInputException if the file cannot be read or is of no known kind
   */
  static Format of(Path path) {
    try (MappedFile file = MappedFile.open(path)) {
      return of(path, file.bytes());
    }
  }

  /**
   * The kind of these bytes. The more of a format's own bytes a test sees, the earlier it comes.
   */
  static Format of(Path path, MemorySegment bytes) {
    if (holdsHeader(bytes)) {
      return SAFETENSORS;
    }
    int magic = bytes.byteSize() < 4 ? 0 : bytes.get(MAGIC, 0);
    if (magic == 0x934E554D) {
      return NPY;
    }
    // A member, or the end record of an archive without members.
    if (magic == 0x504B0304 || magic == 0x504B0506) {
      return zip(path);
    }
    // The 8 bytes of a safetensors length hold zeros, which no JSON text does.
    boolean zeroByte = bytes.byteSize() >= 8 && bytes.get(ValueLayout.JAVA_BYTE, 7) == 0;
    if (zeroByte && bytes.byteSize() > 8 && bytes.get(ValueLayout.JAVA_BYTE, 8) == '{') {
      return SAFETENSORS;
    }
    if (isPickle(path, bytes)) {
      throw barePickle(path);
    }
    byte first = bytes.get(ValueLayout.JAVA_BYTE, 0);
    boolean json = first == '{' || first == '[';
    if (!zeroByte && json && !extension(path).equals("safetensors")) {
      return json(path, bytes);
    }
    // A model starts with the version of the format, which is a varint in field 1.
    return first == 8 && OnnxFile.isOnnx(bytes) ? ONNX : byName(path);
  }

  /** True for a length that the file has room for, and the JSON object that it is of. */
  private static boolean holdsHeader(MemorySegment bytes) {
    if (bytes.byteSize() < 10 || bytes.get(ValueLayout.JAVA_BYTE, 8) != '{') {
      return false;
    }
    long length = bytes.get(LENGTH, 0);
    return length >= 2 && length <= bytes.byteSize() - 8;
  }

  /** A whole pickle ends in a full stop; the old torch.save writes data behind its first one. */
  private static boolean isPickle(Path path, MemorySegment bytes) {
    long size = bytes.byteSize();
    if (size < 4 || bytes.get(ValueLayout.JAVA_BYTE, 0) != (byte) 0x80) {
      return false;
    }
    byte protocol = bytes.get(ValueLayout.JAVA_BYTE, 1);
    boolean ends = bytes.get(ValueLayout.JAVA_BYTE, size - 1) == '.';
    boolean named = Set.of("pt", "pth", "bin", "pkl", "pickle").contains(extension(path));
    return protocol >= 2 && protocol <= 5 && (ends || named || bytes.get(MAGIC, 0) == OLD_TORCH);
  }

  private static Format zip(Path path) {
    try (ZipArchive archive = ZipArchive.open(path)) {
      return TorchFile.isTorch(archive) ? TORCH : NPZ;
    }
  }

  private static Format json(Path path, MemorySegment bytes) {
    if (bytes.get(ValueLayout.JAVA_BYTE, 0) == '[') {
      return JsonPeek.startsWithString(bytes) ? TRTEXEC_OUTPUT : POLYGRAPHY;
    }
    return switch (JsonPeek.member(bytes, Set.of("weight_map", "lst", "tensors", "Layers"))) {
      case "weight_map" -> SAFETENSORS_INDEX;
      case "lst" -> POLYGRAPHY;
      case "Layers" ->
          throw new BadInputException(
              path.toString(),
              "describes the layers of an engine and holds no tensors",
              "Name a dump of the engine's tensors.");
      case "tensors" -> {
        String first = JsonPeek.member(bytes, Set.of("metadata", "tensors"));
        yield first.equals("metadata") ? TRTEXEC_DUMP : RAW_MANIFEST;
      }
      default ->
          path.toString().endsWith(".safetensors.index.json") ? SAFETENSORS_INDEX : RAW_MANIFEST;
    };
  }

  private static Format byName(Path path) {
    return switch (extension(path)) {
      case "safetensors" -> SAFETENSORS;
      case "json" -> RAW_MANIFEST;
      case "npy" -> NPY;
      case "npz" -> NPZ;
      case "pt", "pth" -> TORCH;
      case "onnx" -> ONNX;
      default ->
          throw new BadInputException(
              path.toString(),
              "is of no known format",
              "bitref reads safetensors (one file, an index, a folder), npy, npz, pt and pth, onnx,"
                  + " the JSON of Polygraphy and trtexec, and raw files beside a JSON file that"
                  + " describes them.");
    };
  }

  private static BadInputException barePickle(Path path) {
    return new BadInputException(
        path.toString(),
        "is a bare pickle: a file from before PyTorch 1.6, or not one of torch.save",
        "Load it where it was made and save it again with torch.save.");
  }

  static String extension(Path path) {
    String name = path.getFileName().toString();
    return name.substring(name.lastIndexOf('.') + 1);
  }
}

package org.bitref.loaders.safetensors;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.Lengths;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.json.JsonCursor;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.TensorInfo;

/**
 * What stands before the data of a safetensors file: 8 bytes with the length N of the header, N
 * bytes of JSON, {name: {dtype, shape, data_offsets}, "__metadata__": {..}}, then the data.
 */
final class Header {
  /** Bytes of the length field. */
  static final int PREFIX = 8;

  /** The longest header that the format's own library reads. */
  static final long LONGEST = 100_000_000;

  static final String METADATA = "__metadata__";
  private static final String DAMAGED =
      "The file is damaged or truncated: copy, download or write it again.";
  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MappedFile file;
  private final long dataStart;
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final List<TensorInfo> tensors = new ArrayList<>();

  private Header(MappedFile file, long length) {
    this.file = file;
    this.dataStart = PREFIX + length;
  }

  /** Reads and checks the header; touches none of the data. */
  static Header read(MappedFile file) {
    long length = length(file);
    Header header = new Header(file, length);
    JsonCursor.readObject(
        file.name() + ": header", DAMAGED, file.bytes(PREFIX, length), header::entry);
    header.tensors.sort(
        Comparator.comparingLong(TensorInfo::offset).thenComparingLong(Header::end));
    header.checkCover();
    return header;
  }

  /** What the file says about itself. */
  Map<String, String> metadata() {
    return metadata;
  }

  /** In the order of the data; offsets count from the start of the file. */
  List<TensorInfo> tensors() {
    return tensors;
  }

  private static long length(MappedFile file) {
    if (file.size() < PREFIX) {
      throw bad(
          file, "has " + file.size() + " bytes, but a safetensors file starts with 8 of length");
    }
    long length = file.bytes().get(LENGTH, 0);
    if (length < 0 || length > LONGEST) {
      throw bad(
          file,
          "byte 0: the header length %s exceeds the limit of %s bytes"
              .formatted(Long.toUnsignedString(length), LONGEST));
    }
    if (length > file.size() - PREFIX) {
      throw bad(
          file,
          "byte 0: the header length %s exceeds what follows it, %s bytes"
              .formatted(length, file.size() - PREFIX));
    }
    // The format demands the brace as the first byte; JSON alone would allow blanks before it.
    if (length == 0 || file.bytes().get(ValueLayout.JAVA_BYTE, PREFIX) != '{') {
      throw bad(file, "byte 8: the header does not start with '{'");
    }
    return length;
  }

  /** The three fields of an entry as they come. */
  private static final class Fields {
    private Optional<String> dtype = Optional.empty();
    private Optional<List<Long>> shape = Optional.empty();
    private Optional<List<Long>> offsets = Optional.empty();
  }

  private void entry(JsonCursor in, String name) {
    if (name.equals(METADATA)) {
      in.object(
          METADATA, key -> metadata.put(key, in.string(METADATA + " entry " + Text.quote(key))));
      return;
    }
    String entry = "tensor " + Text.quote(name);
    Fields fields = new Fields();
    in.object(
        entry,
        field -> {
          String what = entry + ", " + Text.printable(field);
          switch (field) {
            case "dtype" -> fields.dtype = Optional.of(in.string(what));
            case "shape" -> fields.shape = Optional.of(in.wholeNumbers(what));
            case "data_offsets" -> fields.offsets = Optional.of(in.wholeNumbers(what));
            default -> in.skip();
          }
        });
    tensors.add(info(name, fields));
  }

  private TensorInfo info(String name, Fields fields) {
    String dtypeName = need(fields.dtype, name, "dtype");
    List<Long> dims = need(fields.shape, name, "shape");
    List<Long> offsets = need(fields.offsets, name, "data_offsets");
    if (offsets.size() != 2) {
      throw bad(name, "data_offsets has " + offsets.size() + " numbers instead of 2");
    }
    DType dtype = dtype(name, dtypeName);
    long begin = offsets.get(0);
    long end = offsets.get(1);
    if (begin > end) {
      throw bad(name, "data_offsets run backwards, " + begin + " to " + end);
    }
    if (end > file.size() - dataStart) {
      throw bad(
          name,
          "its data ends at byte %s of the file, which has only %s"
              .formatted(dataStart + Math.min(end, Long.MAX_VALUE - dataStart), file.size()));
    }
    Shape shape =
        Lengths.shape(dims, dtype)
            .orElseThrow(() -> bad(name, "its shape needs more than 2^63-1 bytes"));
    long needed = shape.elements() * dtype.bytes();
    if (needed != end - begin) {
      throw bad(
          name,
          "%s %s needs %s bytes, but data_offsets give it %s"
              .formatted(dtype, shape, needed, end - begin));
    }
    return new TensorInfo(name, dtype, shape, file.name(), dataStart + begin);
  }

  private <T> T need(Optional<T> field, String name, String what) {
    return field.orElseThrow(() -> bad(name, "its header entry has no " + what));
  }

  private DType dtype(String name, String dtype) {
    return Arrays.stream(DType.values())
        .filter(known -> known.name().equals(dtype))
        .findFirst()
        .orElseThrow(
            () ->
                new BadInputException(
                    where(name),
                    "unknown dtype " + Text.quote(dtype),
                    "Convert the tensor to one of " + List.of(DType.values()) + "."));
  }

  private static long end(TensorInfo info) {
    return info.offset() + info.shape().elements() * info.dtype().bytes();
  }

  /** Every byte of the data belongs to one tensor: the format allows neither gaps nor overlaps. */
  private void checkCover() {
    long covered = dataStart;
    String before = "the header";
    for (TensorInfo info : tensors) {
      if (info.offset() < covered) {
        throw bad(info.name(), "its data overlaps that of " + before + at(info.offset()));
      }
      if (info.offset() > covered) {
        throw bad(
            info.name(),
            "%s bytes between %s and this tensor belong to none%s"
                .formatted(info.offset() - covered, before, at(covered)));
      }
      covered = end(info);
      before = "tensor " + Text.quote(info.name());
    }
    if (covered < file.size()) {
      throw bad(
          file,
          "%s bytes after %s belong to no tensor%s"
              .formatted(file.size() - covered, before, at(covered)));
    }
  }

  private static String at(long offset) {
    return ", at byte " + offset + " of the file";
  }

  private String where(String name) {
    return file.name() + ": tensor " + Text.quote(name);
  }

  private BadInputException bad(String name, String problem) {
    return new BadInputException(where(name), problem, DAMAGED);
  }

  private static BadInputException bad(MappedFile file, String problem) {
    return new BadInputException(file.name(), problem, DAMAGED);
  }
}

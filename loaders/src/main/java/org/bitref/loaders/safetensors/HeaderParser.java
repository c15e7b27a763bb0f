package org.bitref.loaders.safetensors;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.bitref.BadInputException;
import org.bitref.loaders.file.Text;
import org.bitref.loaders.json.JsonCursor;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.TensorInfo;

/**
 * The JSON of one safetensors header: {name: {dtype, shape, data_offsets}, "__metadata__": {..}}.
 */
final class HeaderParser {
  private final String file;
  private final long dataStart;
  private final long dataLength;
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final List<Slot> slots = new ArrayList<>();

  /** A tensor and where its data lies, counted from the start of the data. */
  private record Slot(String name, DType dtype, Shape shape, long begin, long end) {}

  /** The three fields of an entry as they come; null while not seen. */
  private static final class Fields {
    String dtype;
    long[] shape;
    long[] offsets;
  }

  HeaderParser(String file, long dataStart, long dataLength) {
    this.file = file;
    this.dataStart = dataStart;
    this.dataLength = dataLength;
  }

  Header parse(MemorySegment json) {
    JsonCursor.readObject(file + ": header", Header.DAMAGED, json, this::entry);
    slots.sort(Comparator.comparingLong(Slot::begin).thenComparingLong(Slot::end));
    checkCover();
    Map<String, TensorInfo> tensors = LinkedHashMap.newLinkedHashMap(slots.size());
    for (Slot slot : slots) {
      long offset = dataStart + slot.begin;
      tensors.put(slot.name, new TensorInfo(slot.name, slot.dtype, slot.shape, file, offset));
    }
    return new Header(metadata, tensors);
  }

  private void entry(JsonCursor in, String name) {
    if (name.equals(Header.METADATA)) {
      in.object(
          Header.METADATA,
          key -> metadata.put(key, in.string(Header.METADATA + " entry " + Text.quote(key))));
      return;
    }
    String entry = "tensor " + Text.quote(name);
    Fields fields = new Fields();
    in.object(
        entry,
        field -> {
          String what = entry + ", " + Text.printable(field);
          switch (field) {
            case "dtype" -> fields.dtype = in.string(what);
            case "shape" -> fields.shape = longs(in, what);
            case "data_offsets" -> fields.offsets = longs(in, what);
            default -> in.skip();
          }
        });
    slots.add(slot(name, fields));
  }

  private static long[] longs(JsonCursor in, String what) {
    LongStream.Builder numbers = LongStream.builder();
    in.wholeNumbers(what, numbers);
    return numbers.build().toArray();
  }

  private Slot slot(String name, Fields fields) {
    if (fields.dtype == null || fields.shape == null || fields.offsets == null) {
      String missing =
          fields.dtype == null ? "dtype" : fields.shape == null ? "shape" : "data_offsets";
      throw bad(name, "its header entry has no " + missing, Header.DAMAGED);
    }
    if (fields.offsets.length != 2) {
      throw bad(
          name,
          "data_offsets has " + fields.offsets.length + " numbers instead of 2",
          Header.DAMAGED);
    }
    DType dtype = dtype(name, fields.dtype);
    long begin = fields.offsets[0];
    long end = fields.offsets[1];
    if (begin > end) {
      throw bad(name, "data_offsets run backwards, " + begin + " to " + end, Header.DAMAGED);
    }
    if (end > dataLength) {
      throw bad(
          name,
          "its data ends at byte %d of the file, which has only %d"
              .formatted(
                  Math.addExact(dataStart, Math.min(end, Long.MAX_VALUE - dataStart)),
                  dataStart + dataLength),
          Header.DAMAGED);
    }
    Shape shape = shape(name, dtype, fields.shape);
    long needed = shape.elements() * dtype.bytes();
    if (needed != end - begin) {
      throw bad(
          name,
          "%s %s needs %d bytes, but data_offsets give it %d"
              .formatted(dtype, shape, needed, end - begin),
          Header.DAMAGED);
    }
    return new Slot(name, dtype, shape, begin, end);
  }

  private DType dtype(String name, String dtype) {
    for (DType known : DType.values()) {
      if (known.name().equals(dtype)) {
        return known;
      }
    }
    throw bad(
        name,
        "unknown dtype " + Text.quote(dtype),
        "Convert the tensor to one of " + List.of(DType.values()) + ".");
  }

  private Shape shape(String name, DType dtype, long[] dims) {
    try {
      Shape shape = Shape.of(dims);
      Math.multiplyExact(shape.elements(), dtype.bytes());
      return shape;
    } catch (ArithmeticException e) {
      throw new BadInputException(
          where(name), "its shape needs more than 2^63-1 bytes", Header.DAMAGED, e);
    }
  }

  /** Every byte of the data belongs to one tensor: the format allows neither gaps nor overlaps. */
  private void checkCover() {
    long covered = 0;
    String before = "the header";
    for (Slot slot : slots) {
      if (slot.begin < covered) {
        throw bad(
            slot.name, "its data overlaps that of " + before + at(slot.begin), Header.DAMAGED);
      }
      if (slot.begin > covered) {
        throw bad(
            slot.name,
            "%d bytes between %s and this tensor belong to none%s"
                .formatted(slot.begin - covered, before, at(covered)),
            Header.DAMAGED);
      }
      covered = slot.end;
      before = "tensor " + Text.quote(slot.name);
    }
    if (covered < dataLength) {
      throw new BadInputException(
          file,
          "%d bytes after %s belong to no tensor%s"
              .formatted(dataLength - covered, before, at(covered)),
          Header.DAMAGED);
    }
  }

  private String at(long offset) {
    return ", at byte " + (dataStart + offset) + " of the file";
  }

  private String where(String name) {
    return file + ": tensor " + Text.quote(name);
  }

  private BadInputException bad(String name, String problem, String remedy) {
    return new BadInputException(where(name), problem, remedy);
  }
}

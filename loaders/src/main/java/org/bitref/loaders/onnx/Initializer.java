package org.bitref.loaders.onnx;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.HeapMemory;
import org.bitref.loaders.file.Lengths;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * A TensorProto as it stands in the file.
 *
 * @param type ONNX's number of the type
 * @param raw raw_data, if there is any
 * @param typed encoded numbers by field: float_data, int32_data and their like
 * @param external key to value: location, offset, length; empty if the data is in this file
 */
record Initializer(
    String where,
    String name,
    int type,
    Shape shape,
    Optional<MemorySegment> raw,
    Map<Integer, List<MemorySegment>> typed,
    Map<String, String> external) {

  static Initializer read(String file, ProtoReader in) {
    List<Long> dims = new ArrayList<>();
    Map<Integer, List<MemorySegment>> typed = new HashMap<>();
    Map<String, String> external = new HashMap<>();
    String name = "";
    int type = 0;
    Optional<MemorySegment> raw = Optional.empty();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> dims.addAll(dims(in));
        case 2 -> type = (int) in.number();
        case 4, 5, 7, 10, 11 ->
            typed.computeIfAbsent(in.field(), _ -> new ArrayList<>()).add(in.value());
        case 8 -> name = in.text();
        case 9 -> raw = Optional.of(in.bytes());
        case 13 -> entry(in.message(), external);
        default -> in.value();
      }
    }
    String where = file + ": initializer " + Text.quote(name);
    Shape shape =
        Lengths.shape(dims)
            .orElseThrow(
                () -> new BadInputException(where, "has an impossible shape", ProtoReader.DAMAGED));
    return new Initializer(where, name, type, shape, raw, typed, external);
  }

  private static List<Long> dims(ProtoReader in) {
    MemorySegment bytes = in.value();
    if (ProtoReader.count(bytes) > 64) {
      throw in.bad("a shape of more than 64 axes");
    }
    List<Long> dims = new ArrayList<>();
    ProtoReader.forEach(bytes, dims::add);
    return dims;
  }

  /** A StringStringEntryProto. */
  static void entry(ProtoReader in, Map<String, String> into) {
    String key = "";
    String value = "";
    while (in.next()) {
      switch (in.field()) {
        case 1 -> key = in.text();
        case 2 -> value = in.text();
        default -> in.value();
      }
    }
    into.put(key, value);
  }

  /** Bytes of its numbers as a tensor has them. */
  long bytes(DType dtype) {
    return shape.elements() * dtype.bytes();
  }

  /** Compares the numbers in this file, raw or typed, with the shape. */
  void check(DType dtype) {
    if (raw.isPresent() && raw.get().byteSize() != bytes(dtype)) {
      throw bad(dtype, "has %s raw bytes".formatted(raw.get().byteSize()));
    }
    long found = 0;
    for (MemorySegment part : numbers(dtype)) {
      found += fixed(dtype) ? part.byteSize() / dtype.bytes() : ProtoReader.count(part);
    }
    if (raw.isEmpty() && found != shape.elements()) {
      throw bad(dtype, "has %s numbers".formatted(found));
    }
  }

  private BadInputException bad(DType dtype, String problem) {
    return new BadInputException(where, dtype + " " + shape + " " + problem, ProtoReader.DAMAGED);
  }

  private List<MemorySegment> numbers(DType dtype) {
    return typed.getOrDefault(dataField(dtype), List.of());
  }

  /** The field of TensorProto that holds numbers of a type when they are not raw bytes. */
  static int dataField(DType dtype) {
    return switch (dtype) {
      case F32 -> 4;
      case F64 -> 10;
      case I64 -> 7;
      case U64, U32 -> 11;
      // Halves and bytes stand as the whole numbers of their bits.
      case BF16, F16, F8_E4M3, F8_E5M2, I32, I16, I8, U16, U8, BOOL -> 5;
    };
  }

  /** True for types that are not encoded as varints. */
  private static boolean fixed(DType dtype) {
    return dtype == DType.F32 || dtype == DType.F64;
  }

  /** The tensor, from the numbers in this file. */
  Tensor read(DType dtype) {
    return new Tensor(dtype, shape, raw.orElseGet(() -> decoded(dtype)));
  }

  private MemorySegment decoded(DType dtype) {
    MemorySegment data = HeapMemory.allocate(where, bytes(dtype));
    long[] filled = new long[1];
    for (MemorySegment part : numbers(dtype)) {
      if (fixed(dtype)) {
        long whole = part.byteSize() / dtype.bytes() * dtype.bytes();
        MemorySegment.copy(part, 0, data, filled[0], whole);
        filled[0] += whole;
      } else {
        ProtoReader.forEach(
            part,
            bits -> {
              set(data, filled[0], bits, dtype.bytes());
              filled[0] += dtype.bytes();
            });
      }
    }
    return data;
  }

  /** The lowest {@code n} bytes of a number, little-endian. */
  private static void set(MemorySegment data, long at, long bits, int n) {
    for (int i = 0; i < n; i++) {
      data.set(ValueLayout.JAVA_BYTE, at + i, (byte) (bits >> (8 * i)));
    }
  }
}

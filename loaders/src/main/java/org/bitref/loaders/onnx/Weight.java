package org.bitref.loaders.onnx;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import org.bitref.BadInputException;
import org.bitref.loaders.file.HeapMemory;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** The numbers of an initializer that stand in the model's own file. */
record Weight(
    String where, DType dtype, Shape shape, MemorySegment raw, List<MemorySegment> typed) {
  private static final ValueLayout.OfShort I16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static Weight of(String where, DType dtype, Initializer initializer) {
    List<MemorySegment> typed =
        initializer.typed().getOrDefault(OnnxType.dataField(dtype), List.of());
    Weight weight = new Weight(where, dtype, initializer.shape(), initializer.raw(), typed);
    weight.check();
    return weight;
  }

  private void check() {
    long elements = shape.elements();
    if (raw != null && raw.byteSize() != elements * dtype.bytes()) {
      throw bad("has %d raw bytes".formatted(raw.byteSize()));
    }
    if (raw == null) {
      long found = 0;
      for (MemorySegment part : typed) {
        found += fixed() ? part.byteSize() / dtype.bytes() : Varints.count(part);
      }
      if (found != elements) {
        throw bad("has %d numbers".formatted(found));
      }
    }
  }

  private BadInputException bad(String problem) {
    return new BadInputException(where, dtype + " " + shape + " " + problem, ProtoReader.DAMAGED);
  }

  /** True for types that are not encoded as varints. */
  private boolean fixed() {
    return dtype == DType.F32 || dtype == DType.F64;
  }

  Tensor read() {
    if (raw != null) {
      return new Tensor(dtype, shape, raw);
    }
    MemorySegment data = HeapMemory.allocate(where, shape.elements() * dtype.bytes());
    long filled = 0;
    for (MemorySegment part : typed) {
      if (fixed()) {
        long whole = part.byteSize() / dtype.bytes() * dtype.bytes();
        MemorySegment.copy(part, 0, data, filled, whole);
        filled += whole;
      } else {
        filled = decode(part, data, filled);
      }
    }
    return new Tensor(dtype, shape, data);
  }

  private long decode(MemorySegment part, MemorySegment data, long from) {
    Varints numbers = new Varints(part);
    long at = from;
    for (long left = Varints.count(part); left > 0; left--) {
      long bits = numbers.next();
      switch (dtype.bytes()) {
        case 1 -> data.set(ValueLayout.JAVA_BYTE, at, (byte) bits);
        case 2 -> data.set(I16, at, (short) bits);
        case 4 -> data.set(I32, at, (int) bits);
        default -> data.set(I64, at, bits);
      }
      at += dtype.bytes();
    }
    return at;
  }
}

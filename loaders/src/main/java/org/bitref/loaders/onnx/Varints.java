package org.bitref.loaders.onnx;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Numbers that follow one another, seven bits in a byte, the last byte below 128. */
final class Varints {
  private final MemorySegment bytes;
  private long at;

  Varints(MemorySegment bytes) {
    this.bytes = bytes;
  }

  /** How many numbers end in these bytes. */
  static long count(MemorySegment bytes) {
    long count = 0;
    for (long i = 0; i < bytes.byteSize(); i++) {
      count += bytes.get(ValueLayout.JAVA_BYTE, i) >= 0 ? 1 : 0;
    }
    return count;
  }

  /** The lengths of a shape. */
  static List<Long> decode(ProtoReader in, MemorySegment bytes) {
    long count = count(bytes);
    if (count > 64) {
      throw in.bad("a shape of more than 64 axes");
    }
    Varints varints = new Varints(bytes);
    List<Long> numbers = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      numbers.add(varints.next());
    }
    return numbers;
  }

  /** The next number; bits beyond 64 are lost. */
  long next() {
    long value = 0;
    int shift = 0;
    byte b;
    do {
      b = bytes.get(ValueLayout.JAVA_BYTE, at++);
      value |= shift < 64 ? (long) (b & 0x7F) << shift : 0;
      shift += 7;
    } while (b < 0);
    return value;
  }
}

package org.bitref.loaders.onnx;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.function.LongConsumer;
import org.bitref.BadInputException;

/**
 * The fields of one protobuf message, in the order of the file (protobuf's encoding: a varint of
 * field number and wire type, then a varint, 4 or 8 bytes, or a length and so many bytes).
 */
final class ProtoReader {
  static final String DAMAGED =
      "The file is damaged or truncated, or is no ONNX model: copy or export it again.";
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final String where;
  private final MemorySegment message;
  private long at;
  private int field;
  private int wireType;

  ProtoReader(String where, MemorySegment message) {
    this.where = where;
    this.message = message;
  }

  /** Goes to the next field; false at the end. The value of the field before must be read. */
  boolean next() {
    if (at == message.byteSize()) {
      return false;
    }
    long tag = varint();
    field = (int) (tag >>> 3);
    wireType = (int) (tag & 7);
    boolean known =
        wireType == VARINT || wireType == FIXED64 || wireType == BYTES || wireType == FIXED32;
    if (tag >>> 32 != 0 || field == 0 || !known) {
      throw bad("a field of number %s and wire type %s".formatted(tag >>> 3, wireType));
    }
    return true;
  }

  /** Number of the field that the reader stands on. */
  int field() {
    return field;
  }

  /** The field's varint. */
  long number() {
    if (wireType != VARINT) {
      throw bad("field " + field + " is no number");
    }
    return varint();
  }

  /** The field's bytes: a text, a message, or packed numbers. */
  MemorySegment bytes() {
    if (wireType != BYTES) {
      throw bad("field " + field + " is no text or message");
    }
    return value();
  }

  /** The field's text. */
  String text() {
    return new String(bytes().toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
  }

  /** The field's message. */
  ProtoReader message() {
    return new ProtoReader(where, bytes());
  }

  /** The encoded numbers of a repeated field, packed or a single one: without tag and length. */
  MemorySegment value() {
    long from = at;
    switch (wireType) {
      case VARINT -> varint();
      case FIXED64 -> take(8);
      case FIXED32 -> take(4);
      default -> {
        long length = varint();
        from = at;
        take(length);
      }
    }
    return message.asSlice(from, at - from);
  }

  private void take(long n) {
    if (n < 0 || n > message.byteSize() - at) {
      throw bad("field " + field + " ends early");
    }
    at += n;
  }

  private long varint() {
    return varint(10);
  }

  /** Bits beyond 64 are lost. */
  private long varint(long mostBytes) {
    long value = 0;
    for (long i = 0; i < mostBytes; i++) {
      if (at == message.byteSize()) {
        throw bad("a number ends early");
      }
      byte b = message.get(ValueLayout.JAVA_BYTE, at++);
      value |= i < 10 ? (long) (b & 0x7F) << (7 * i) : 0;
      if (b >= 0) {
        return value;
      }
    }
    throw bad("a number of more than ten bytes");
  }

  /** How many varints end in the bytes of a repeated field. */
  static long count(MemorySegment packed) {
    long count = 0;
    for (long i = 0; i < packed.byteSize(); i++) {
      count += packed.get(ValueLayout.JAVA_BYTE, i) >= 0 ? 1 : 0;
    }
    return count;
  }

  /** Every varint of a repeated field; an unfinished one at the end is left out. */
  static void forEach(MemorySegment packed, LongConsumer number) {
    ProtoReader in = new ProtoReader("", packed);
    for (long left = count(packed); left > 0; left--) {
      number.accept(in.varint(Long.MAX_VALUE));
    }
  }

  /** A complaint about this message, to be thrown. */
  BadInputException bad(String problem) {
    return new BadInputException(where, problem + ", at byte " + at + " of its message", DAMAGED);
  }
}

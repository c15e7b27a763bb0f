package org.bitref.loaders.torch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.bitref.BadInputException;
import org.bitref.Text;

/** The bytes of a pickle, read from front to back. */
final class PickleBytes {
  static final String DAMAGED = "The file is damaged or truncated: copy or write it again.";
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int LONGEST_LINE = 4096;

  private final String where;
  private final MemorySegment bytes;
  private long at;

  PickleBytes(String where, MemorySegment bytes) {
    this.where = where;
    this.bytes = bytes;
  }

  int u8() {
    return bytes.get(ValueLayout.JAVA_BYTE, take(1)) & 0xFF;
  }

  int u16() {
    return bytes.get(U16, take(2)) & 0xFFFF;
  }

  int i32() {
    return bytes.get(I32, take(4));
  }

  long u32() {
    return i32() & 0xFFFF_FFFFL;
  }

  long i64() {
    return bytes.get(I64, take(8));
  }

  /** Passes over {@code n} bytes; a negative count is one that exceeds every file. */
  void skip(long n) {
    take(n);
  }

  /** A string of {@code n} bytes; Python lets lone surrogates pass, which become U+FFFD here. */
  String utf8(long n) {
    long from = take(n);
    byte[] text = bytes.asSlice(from, n).toArray(ValueLayout.JAVA_BYTE);
    return new String(text, StandardCharsets.UTF_8);
  }

  /** A line of a textual opcode, without its end. */
  String line() {
    long from = at;
    while (u8() != '\n') {
      if (at - from > LONGEST_LINE) {
        throw bad("a line of more than " + LONGEST_LINE + " bytes", DAMAGED);
      }
    }
    byte[] text = bytes.asSlice(from, at - 1 - from).toArray(ValueLayout.JAVA_BYTE);
    return new String(text, StandardCharsets.UTF_8);
  }

  private long take(long n) {
    if (n < 0 || n > bytes.byteSize() - at) {
      throw bad("the pickle ends early", DAMAGED);
    }
    long from = at;
    at += n;
    return from;
  }

  /** A complaint about what was just read, to be thrown. */
  BadInputException bad(String problem, String remedy) {
    return new BadInputException(
        where, "pickle, before byte %s: %s".formatted(at, Text.printable(problem)), remedy);
  }
}

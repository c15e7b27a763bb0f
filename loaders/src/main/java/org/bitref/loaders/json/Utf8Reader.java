package org.bitref.loaders.json;

import java.io.IOException;
import java.io.Reader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * Characters of a UTF-8 text of any size, block by block, and the bytes at which they start.
 * Jackson's own reading of bytes would tell these too, but collects every name in a table that many
 * names of one hash break.
 */
final class Utf8Reader extends Reader {
  private static final int BLOCK = 1 << 14;

  private final MemorySegment bytes;
  private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
  private final byte[] block = new byte[BLOCK];
  private long nextByte;
  private long nextChar;

  /** A place that was asked for, as character and byte. */
  private long knownChar;

  private long knownByte;

  Utf8Reader(MemorySegment bytes) {
    this.bytes = bytes;
  }

  @Override
  public int read(char[] into, int from, int length) throws IOException {
    int n = (int) Math.min(BLOCK, bytes.byteSize() - nextByte);
    if (n == 0) {
      return -1;
    }
    MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, nextByte, block, 0, n);
    ByteBuffer in = ByteBuffer.wrap(block, 0, n);
    CharBuffer out = CharBuffer.wrap(into, from, length);
    CoderResult result = decoder.reset().decode(in, out, nextByte + n == bytes.byteSize());
    if (result.isError()) {
      throw new NotUtf8(nextByte + in.position());
    }
    nextByte += in.position();
    int read = out.position() - from;
    nextChar += read;
    return read;
  }

  /** The byte at which a character starts that was read; to be asked for in the text's order. */
  long byteOf(long character) {
    if (nextChar == nextByte) {
      return character;
    }
    while (knownChar < character || inside(knownByte)) {
      // Four bytes make two characters; what continues a character makes none.
      int first = bytes.get(ValueLayout.JAVA_BYTE, knownByte) & 0xFF;
      knownChar += first >= 0xF0 ? 2 : inside(knownByte) ? 0 : 1;
      knownByte++;
    }
    return knownByte;
  }

  private boolean inside(long at) {
    return (bytes.get(ValueLayout.JAVA_BYTE, at) & 0xC0) == 0x80;
  }

  @Override
  public void close() {}

  /** Bytes that are no character. */
  static final class NotUtf8 extends CharacterCodingException {
    private static final long serialVersionUID = 1L;
    private final long position;

    NotUtf8(long position) {
      this.position = position;
    }

    long position() {
      return position;
    }
  }
}

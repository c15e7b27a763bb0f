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
import java.util.Arrays;

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

  /** The first character and byte of each block that was read, in pairs. */
  private long[] starts = new long[64];

  private int blocks;

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
    remember();
    nextByte += in.position();
    int read = out.position() - from;
    nextChar += read;
    return read;
  }

  private void remember() {
    if (2 * blocks == starts.length) {
      starts = Arrays.copyOf(starts, 2 * starts.length);
    }
    starts[2 * blocks] = nextChar;
    starts[2 * blocks + 1] = nextByte;
    blocks++;
  }

  /** The byte at which a character starts that was read. */
  long byteOf(long character) {
    int low = 0;
    int high = blocks - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (starts[2 * middle] <= character) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    long at = starts[2 * low + 1];
    boolean last = low + 1 == blocks;
    long characters = (last ? nextChar : starts[2 * low + 2]) - starts[2 * low];
    if (characters == (last ? nextByte : starts[2 * low + 3]) - at) {
      return at + character - starts[2 * low];
    }
    for (long passed = starts[2 * low]; passed < character; at++) {
      int first = bytes.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
      // Four bytes make two characters; what continues a character makes none.
      passed += first >= 0xF0 ? 2 : (first & 0xC0) == 0x80 ? 0 : 1;
    }
    while ((bytes.get(ValueLayout.JAVA_BYTE, at) & 0xC0) == 0x80) {
      at++;
    }
    return at;
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

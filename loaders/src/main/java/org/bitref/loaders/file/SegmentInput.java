package org.bitref.loaders.file;

import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** The bytes of a segment as a stream. */
public final class SegmentInput extends InputStream {
  private final MemorySegment bytes;
  private long at;

  /** Starts at the segment's first byte. */
  public SegmentInput(MemorySegment bytes) {
    this.bytes = bytes;
  }

  @Override
  public int read() {
    return at == bytes.byteSize() ? -1 : bytes.get(ValueLayout.JAVA_BYTE, at++) & 0xFF;
  }

  @Override
  public int read(byte[] into, int from, int length) {
    Objects.checkFromIndexSize(from, length, into.length);
    if (length > 0 && at == bytes.byteSize()) {
      return -1;
    }
    int n = (int) Math.min(length, bytes.byteSize() - at);
    MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, into, from, n);
    at += n;
    return n;
  }
}

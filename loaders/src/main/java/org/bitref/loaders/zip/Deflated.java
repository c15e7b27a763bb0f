package org.bitref.loaders.zip;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.bitref.loaders.file.HeapMemory;
import org.bitref.loaders.file.Place;

/** Inflates the raw deflate streams of a zip archive into memory of a size known ahead. */
final class Deflated {
  private static final int BLOCK = 1 << 16;

  private Deflated() {}

  /** The first {@code n} unpacked bytes. */
  static MemorySegment prefix(Place member, MemorySegment packed, int n) {
    MemorySegment out = MemorySegment.ofArray(new byte[n]);
    inflate(member, packed, out, false);
    return out;
  }

  /** All {@code size} unpacked bytes, whose checksum must be {@code crc}. */
  static MemorySegment all(Place member, MemorySegment packed, long size, long crc) {
    MemorySegment out = HeapMemory.allocate(member.where(), size);
    long found = inflate(member, packed, out, true);
    if (found != crc) {
      throw member.bad("the checksum of its data is %08x, not %08x", found, crc);
    }
    return out;
  }

  /**
   * Fills {@code out}.
   *
   * @param whole whether the stream must end just there
   * @return checksum of what was written
   */
  private static long inflate(
      Place member, MemorySegment packed, MemorySegment out, boolean whole) {
    CRC32 crc = new CRC32();
    Inflater inflater = new Inflater(true);
    try {
      ByteBuffer block = ByteBuffer.allocate(BLOCK);
      byte[] input = new byte[BLOCK];
      long consumed = 0;
      long filled = 0;
      while (!inflater.finished() && (filled < out.byteSize() || whole)) {
        if (inflater.needsInput()) {
          int n = (int) Math.min(BLOCK, packed.byteSize() - consumed);
          if (n == 0) {
            throw member.bad("its deflated data ends early");
          }
          // A copy: native code that reads beyond the end of a file cut short ends the JVM.
          MemorySegment.copy(packed, ValueLayout.JAVA_BYTE, consumed, input, 0, n);
          inflater.setInput(input, 0, n);
          consumed += n;
        }
        block.clear();
        if (!whole) {
          block.limit((int) Math.min(BLOCK, out.byteSize() - filled));
        }
        inflater.inflate(block);
        block.flip();
        if (block.remaining() > out.byteSize() - filled) {
          throw member.bad("unpacks to more than the %d bytes it declares", out.byteSize());
        }
        MemorySegment.copy(MemorySegment.ofBuffer(block), 0, out, filled, block.remaining());
        filled += block.remaining();
        crc.update(block);
      }
      if (filled < out.byteSize()) {
        throw member.bad("unpacks to %d bytes, not %d", filled, out.byteSize());
      }
      return crc.getValue();
    } catch (DataFormatException e) {
      throw member.bad(e, "its deflated data is broken (" + e.getMessage() + ")");
    } finally {
      inflater.end();
    }
  }
}

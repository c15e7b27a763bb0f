package org.bitref.loaders.file;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Copies memory of any size, on or off the heap, to a channel. Not thread-safe. */
public final class SegmentOutput {
  // A heap segment over float[] or long[] has no byte buffer view; the copy through one costs
  // little.
  private final ByteBuffer block = ByteBuffer.allocateDirect(1 << 18);
  private final MemorySegment blockBytes = MemorySegment.ofBuffer(block);
  private final WritableByteChannel channel;

  /** Writes to {@code channel} and does not close it. */
  public SegmentOutput(WritableByteChannel channel) {
    this.channel = channel;
  }

  /** Writes every byte. */
  public void write(MemorySegment bytes) throws IOException {
    for (long from = 0; from < bytes.byteSize(); from += block.capacity()) {
      int n = (int) Math.min(block.capacity(), bytes.byteSize() - from);
      MemorySegment.copy(bytes, from, blockBytes, 0, n);
      block.clear().limit(n);
      while (block.hasRemaining()) {
        channel.write(block);
      }
    }
  }
}

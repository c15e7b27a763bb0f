package org.bitref.cli.golden;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.function.ObjIntConsumer;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.apache.commons.codec.binary.Hex;
import org.apache.commons.codec.digest.DigestUtils;
import org.bitref.kernel.Workers;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * A hash of what a tensor is and holds, of blocks of 4 MiB that many threads take: SHA-256 of its
 * type, its shape and the hashes of all blocks.
 */
final class BlockHash {
  private static final int BLOCK = 1 << 22;
  private static final int COPIED = 1 << 16;

  /** How a block is hashed. */
  enum Kind {
    /** By SHA-256, about 1 GB/s for each thread: tells any two contents apart. */
    CONTENT {
      @Override
      byte[] hash(MemorySegment block) {
        MessageDigest digest = DigestUtils.getSha256Digest();
        pieces(block, (bytes, n) -> digest.update(bytes, 0, n));
        return digest.digest();
      }
    },
    /** By two checksums of 32 bits, many times as fast: shows damage. */
    DAMAGE {
      @Override
      byte[] hash(MemorySegment block) {
        CRC32 first = new CRC32();
        CRC32C second = new CRC32C();
        pieces(
            block,
            (bytes, n) -> {
              first.update(bytes, 0, n);
              second.update(bytes, 0, n);
            });
        long both = first.getValue() << 32 | second.getValue();
        return ByteBuffer.allocate(Long.BYTES).putLong(both).array();
      }
    };

    abstract byte[] hash(MemorySegment block);

    private static void pieces(MemorySegment block, ObjIntConsumer<byte[]> taker) {
      byte[] copy = new byte[COPIED];
      for (long at = 0; at < block.byteSize(); at += COPIED) {
        int n = (int) Math.min(COPIED, block.byteSize() - at);
        MemorySegment.copy(block, at, MemorySegment.ofArray(copy), 0, n);
        taker.accept(copy, n);
      }
    }
  }

  private final Kind kind;
  private final DType dtype;
  private final Shape shape;
  private final MemorySegment data;
  private final byte[][] blocks;

  BlockHash(Kind kind, Tensor tensor) {
    this.kind = kind;
    this.dtype = tensor.dtype();
    this.shape = tensor.shape();
    this.data = tensor.data();
    this.blocks = new byte[Math.toIntExact((data.byteSize() + BLOCK - 1) / BLOCK)][];
  }

  /** The hash of a tensor. */
  static String of(Kind kind, Tensor tensor, Workers workers) {
    BlockHash hash = new BlockHash(kind, tensor);
    workers.forEach(hash.blocks(), 1, (from, _) -> hash.block(from));
    return hash.hex();
  }

  /** How many blocks there are. */
  int blocks() {
    return blocks.length;
  }

  /** The first element of a block, or the number of elements for the block after the last. */
  long start(int block) {
    return Math.min(data.byteSize(), (long) block * BLOCK) / dtype.bytes();
  }

  /** Hashes one block; each must be, by any thread. */
  void block(int block) {
    long from = (long) block * BLOCK;
    blocks[block] = kind.hash(data.asSlice(from, Math.min(BLOCK, data.byteSize() - from)));
  }

  /** The hash of the whole, in hexadecimal. */
  String hex() {
    MessageDigest digest = DigestUtils.getSha256Digest();
    digest.update((dtype + " " + shape).getBytes(StandardCharsets.UTF_8));
    for (byte[] block : blocks) {
      digest.update(block);
    }
    return Hex.encodeHexString(digest.digest());
  }
}

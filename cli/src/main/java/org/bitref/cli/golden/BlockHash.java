package org.bitref.cli.golden;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.apache.commons.codec.binary.Hex;
import org.apache.commons.codec.digest.DigestUtils;
import org.bitref.kernel.Workers;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * SHA-256 of what a tensor is and holds, in blocks that are hashed by many threads: the hash of its
 * type, its shape and the hashes of all blocks of 4 MiB.
 */
final class BlockHash {
  private static final int BLOCK = 1 << 22;
  private static final int COPIED = 1 << 16;

  private final DType dtype;
  private final Shape shape;
  private final MemorySegment data;
  private final byte[][] blocks;

  BlockHash(Tensor tensor) {
    this.dtype = tensor.dtype();
    this.shape = tensor.shape();
    this.data = tensor.data();
    this.blocks = new byte[Math.toIntExact((data.byteSize() + BLOCK - 1) / BLOCK)][];
  }

  /** The hash of a tensor. */
  static String of(Tensor tensor, Workers workers) {
    BlockHash hash = new BlockHash(tensor);
    workers.forEach(hash.blocks(), 1, (from, to) -> hash.block(from));
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
    MessageDigest digest = DigestUtils.getSha256Digest();
    byte[] copy = new byte[COPIED];
    long end = Math.min(data.byteSize(), (block + 1L) * BLOCK);
    for (long at = (long) block * BLOCK; at < end; at += COPIED) {
      int n = (int) Math.min(COPIED, end - at);
      MemorySegment.copy(data, at, MemorySegment.ofArray(copy), 0, n);
      digest.update(copy, 0, n);
    }
    blocks[block] = digest.digest();
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

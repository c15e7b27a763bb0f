package org.bitref.bench;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import org.bitref.tensor.Tensor;

/**
 * One float32 product y = x · wᵀ that several libraries compute.
 *
 * @param x [rows, depth], outside the heap
 * @param w [columns, depth], mapped from {@code file}
 * @param file a safetensors file
 * @param offset of w in the file, in bytes
 */
public record Product(Tensor x, Tensor w, Path file, long offset, int threads) {
  /** M. */
  public int rows() {
    return x.shape().intDim(0);
  }

  /** N. */
  public int columns() {
    return w.shape().intDim(0);
  }

  /** K. */
  public int depth() {
    return x.shape().intDim(1);
  }

  /** A direct view of a factor. */
  public static FloatBuffer buffer(Tensor tensor) {
    return tensor.data().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
  }

  /** A direct buffer of n floats. */
  public static FloatBuffer allocate(int n) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(4, n))
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer();
  }
}

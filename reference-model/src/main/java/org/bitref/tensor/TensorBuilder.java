package org.bitref.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bitref.numerics.BFloat16;
import org.bitref.numerics.Format;

/**
 * A floating-point tensor in the making. Values are rounded to nearest even into its type as they
 * arrive. Threads may write disjoint ranges.
 */
public final class TensorBuilder {
  private final DType dtype;
  private final Format format;
  private final Shape shape;
  private final MemorySegment data;

  /** All elements start as zero. */
  public TensorBuilder(DType dtype, Shape shape) {
    this.format =
        dtype.format().orElseThrow(() -> new IllegalArgumentException(dtype + " is no float type"));
    this.dtype = dtype;
    this.shape = shape;
    long bytes = Math.multiplyExact(shape.elements(), dtype.bytes());
    // A long[] reaches 16 GiB where a byte[] ends at 2.
    long[] words = new long[Math.toIntExact((bytes + 7) / 8)];
    this.data = MemorySegment.ofArray(words).asSlice(0, bytes);
  }

  /** Rounds {@code value} into element {@code i}. */
  public void set(long i, double value) {
    setBits(i, format.encode(value));
  }

  /**
   * Stores the lowest bits of {@code bits} as element {@code i}: for a NaN of a certain pattern.
   */
  public void setBits(long i, long bits) {
    switch (dtype.bytes()) {
      case 1 -> data.set(ValueLayout.JAVA_BYTE, i, (byte) bits);
      case 2 -> data.set(Tensor.I16, 2 * i, (short) bits);
      case 4 -> data.set(Tensor.I32, 4 * i, (int) bits);
      default -> data.set(Tensor.I64, 8 * i, bits);
    }
  }

  /** Rounds {@code n} values from {@code from[at]} on into the elements from {@code i} on. */
  public void write(long i, float[] from, int at, int n) {
    switch (dtype) {
      case F32 -> MemorySegment.copy(from, at, data, Tensor.F32, 4 * i, n);
      case BF16 -> {
        for (int j = 0; j < n; j++) {
          data.set(Tensor.I16, 2 * (i + j), BFloat16.fromFloat(from[at + j]));
        }
      }
      case F16 -> {
        for (int j = 0; j < n; j++) {
          data.set(Tensor.I16, 2 * (i + j), Float.floatToFloat16(from[at + j]));
        }
      }
      default -> {
        for (int j = 0; j < n; j++) {
          set(i + j, from[at + j]);
        }
      }
    }
  }

  /** Copies {@code n} elements of a tensor of the same type, bit for bit. */
  public void copy(long i, Tensor from, long at, long n) {
    if (from.dtype() != dtype) {
      throw new IllegalArgumentException("cannot copy " + from.dtype() + " bits into " + dtype);
    }
    int size = dtype.bytes();
    MemorySegment.copy(from.data(), at * size, data, i * size, n * size);
  }

  /** The tensor; the builder must not be used afterwards. */
  public Tensor build() {
    return new Tensor(dtype, shape, data);
  }
}

package org.bitref.tensor;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.bitref.numerics.BFloat16;
import org.bitref.numerics.Float8;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;

/**
 * An immutable block of numbers: row-major, little-endian, contiguous.
 *
 * @param data exactly {@code shape.elements() * dtype.bytes()} bytes; read-only
 */
public record Tensor(DType dtype, Shape shape, MemorySegment data) {
  static final ValueLayout.OfByte I8 = ValueLayout.JAVA_BYTE;
  static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);
  static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  static final ValueLayout.OfDouble F64 =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(LITTLE_ENDIAN);

  /**
   * @throws IllegalArgumentException if the segment's size is not that of dtype and shape
   */
  public Tensor {
    long expected = Math.multiplyExact(shape.elements(), dtype.bytes());
    if (data.byteSize() != expected) {
      throw new IllegalArgumentException(
          dtype + " " + shape + " needs " + expected + " bytes, not " + data.byteSize());
    }
    data = data.asReadOnly();
  }

  /** An F32 tensor over these values; the caller gives the array away. */
  public static Tensor ofFloats(Shape shape, float... values) {
    return new Tensor(DType.F32, shape, MemorySegment.ofArray(values));
  }

  /** An F64 tensor over these values; the caller gives the array away. */
  public static Tensor ofDoubles(Shape shape, double... values) {
    return new Tensor(DType.F64, shape, MemorySegment.ofArray(values));
  }

  /** An I64 tensor over these values; the caller gives the array away. */
  public static Tensor ofLongs(Shape shape, long... values) {
    return new Tensor(DType.I64, shape, MemorySegment.ofArray(values));
  }

  /** A tensor of a two-byte type from raw bit patterns; the caller gives the array away. */
  public static Tensor ofShorts(DType dtype, Shape shape, short... bits) {
    return new Tensor(dtype, shape, MemorySegment.ofArray(bits));
  }

  /** A tensor of a one-byte type from raw bit patterns; the caller gives the array away. */
  public static Tensor ofBytes(DType dtype, Shape shape, byte... bits) {
    return new Tensor(dtype, shape, MemorySegment.ofArray(bits));
  }

  /** Number of elements. */
  public long elements() {
    return shape.elements();
  }

  /** Element {@code i} as its stored bits, zero-extended. */
  public long bits(long i) {
    return switch (dtype.bytes()) {
      case 1 -> data.get(I8, i) & 0xFFL;
      case 2 -> data.get(I16, 2 * i) & 0xFFFFL;
      case 4 -> data.get(I32, 4 * i) & 0xFFFF_FFFFL;
      default -> data.get(I64, 8 * i);
    };
  }

  /** Element {@code i} as a double: exact for every type but I64 and U64 above 2^53. */
  public double get(long i) {
    return switch (dtype) {
      case F64 -> data.get(F64, 8 * i);
      case F32 -> data.get(F32, 4 * i);
      case BF16 -> BFloat16.toFloat(data.get(I16, 2 * i));
      case F16 -> Float.float16ToFloat(data.get(I16, 2 * i));
      case F8_E4M3 -> Float8.e4m3ToFloat(data.get(I8, i));
      case F8_E5M2 -> Float8.e5m2ToFloat(data.get(I8, i));
      case U64 -> unsigned(data.get(I64, 8 * i));
      default -> getLong(i);
    };
  }

  private static double unsigned(long x) {
    // Half of it, the bit that falls out kept as sticky, so that the conversion rounds right.
    return x >= 0 ? x : 2.0 * ((x >>> 1) | (x & 1));
  }

  /**
   * Element {@code i} of an integer tensor; a U64 above 2^63-1 as the negative number with its
   * bits.
   *
   * @throws IllegalStateException for a floating-point tensor
   */
  public long getLong(long i) {
    return switch (dtype) {
      case I64, U64 -> data.get(I64, 8 * i);
      case I32 -> data.get(I32, 4 * i);
      case I16 -> data.get(I16, 2 * i);
      case I8 -> data.get(I8, i);
      case U32, U16, U8, BOOL -> bits(i);
      case F64, F32, BF16, F16, F8_E4M3, F8_E5M2 ->
          throw new IllegalStateException(dtype + " is not an integer type");
    };
  }

  /**
   * Copies {@code n} elements from element {@code from} on, widened without loss.
   *
   * @throws IllegalStateException for F64 and integer tensors, which a float cannot hold
   */
  public void read(long from, float[] into, int at, int n) {
    switch (dtype) {
      case F32 -> MemorySegment.copy(data, F32, 4 * from, into, at, n);
      case BF16 -> {
        short[] bits = shorts(from, n);
        for (int i = 0; i < n; i++) {
          into[at + i] = BFloat16.toFloat(bits[i]);
        }
      }
      case F16 -> {
        short[] bits = shorts(from, n);
        for (int i = 0; i < n; i++) {
          into[at + i] = Float.float16ToFloat(bits[i]);
        }
      }
      case F8_E4M3, F8_E5M2 -> {
        for (int i = 0; i < n; i++) {
          into[at + i] = (float) get(from + i);
        }
      }
      default -> throw new IllegalStateException("a float cannot hold every " + dtype);
    }
  }

  private short[] shorts(long from, int n) {
    short[] bits = new short[n];
    MemorySegment.copy(data, I16, 2 * from, bits, 0, n);
    return bits;
  }

  /** Copies {@code n} elements from element {@code from} on, as {@link #get} gives them. */
  public void read(long from, double[] into, int at, int n) {
    switch (dtype) {
      case F64 -> MemorySegment.copy(data, F64, 8 * from, into, at, n);
      case F32, BF16, F16 -> {
        float[] values = new float[n];
        read(from, values, 0, n);
        for (int i = 0; i < n; i++) {
          into[at + i] = values[i];
        }
      }
      default -> {
        for (int i = 0; i < n; i++) {
          into[at + i] = get(from + i);
        }
      }
    }
  }

  /** True if both have the same type, shape and bits. */
  public boolean isSame(Tensor other) {
    return dtype == other.dtype && shape.equals(other.shape) && data.mismatch(other.data) == -1;
  }

  /** All elements of a tensor of at most 2^31-1 elements that a float can hold. */
  public float[] toFloats() {
    float[] all = new float[Math.toIntExact(elements())];
    read(0, all, 0, all.length);
    return all;
  }

  /** All elements of a tensor of at most 2^31-1 elements. */
  public double[] toDoubles() {
    double[] all = new double[Math.toIntExact(elements())];
    read(0, all, 0, all.length);
    return all;
  }

  /** The same data under another shape of as many elements. */
  public Tensor reshape(Shape other) {
    return new Tensor(dtype, other, data);
  }

  /** {@code part.elements()} consecutive elements from element {@code from} on, without a copy. */
  public Tensor slice(long from, Shape part) {
    return new Tensor(
        dtype,
        part,
        data.asSlice(
            Math.multiplyExact(from, dtype.bytes()),
            Math.multiplyExact(part.elements(), dtype.bytes())));
  }

  /**
   * Rows [from, to) of the outermost axis, without a copy.
   *
   * @throws IndexOutOfBoundsException if the tensor does not have these rows
   */
  public Tensor rows(long from, long to) {
    long[] dims = shape.dims();
    Objects.checkFromToIndex(from, to, dims[0]);
    long rowElements = dims[0] == 0 ? 0 : elements() / dims[0];
    dims[0] = to - from;
    return slice(from * rowElements, Shape.of(dims));
  }

  /**
   * A matrix with its axes exchanged, as a copy.
   *
   * @throws IllegalArgumentException if this is no matrix
   */
  public Tensor transposed() {
    return Transposition.of(this);
  }

  /** Every element rounded to nearest even into {@code target}; this tensor if it has that type. */
  public Tensor cast(DType target) {
    if (dtype == target) {
      return this;
    }
    Format format =
        target
            .format()
            .orElseThrow(() -> new IllegalArgumentException(target + " is no float type"));
    TensorBuilder out = new TensorBuilder(target, shape);
    if (dtype != DType.F64 && dtype.isFloat()) {
      float[] block = new float[4096];
      for (long i = 0; i < elements(); i += block.length) {
        int n = (int) Math.min(block.length, elements() - i);
        read(i, block, 0, n);
        out.write(i, block, 0, n);
      }
    } else {
      for (long i = 0; i < elements(); i++) {
        double value = target == DType.F64 ? get(i) : sticky(i);
        out.set(i, format.round(value, Rounding.RNE));
      }
    }
    return out.build();
  }

  /**
   * Element {@code i} as {@link #get} gives it, but an integer beyond 2^53 truncated to a double
   * whose last bit says if anything was lost: rounding that to a shorter format rounds just once.
   */
  private double sticky(long i) {
    if (dtype != DType.I64 && dtype != DType.U64) {
      return get(i);
    }
    long bits = data.get(I64, 8 * i);
    boolean negative = dtype == DType.I64 && bits < 0;
    long magnitude = negative ? -bits : bits;
    if (magnitude >>> 53 != 0) {
      long low = magnitude & 0x7FF;
      magnitude -= low;
      magnitude |= low == 0 ? 0 : 0x800;
    }
    double value = unsigned(magnitude);
    return negative ? -value : value;
  }
}

package org.bitref.loaders;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;

/** How many elements of a tensor are NaN, and how many plus or minus infinity. */
public record NonFinite(long nan, long infinite) {
  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final NonFinite NONE = new NonFinite(0, 0);

  /** Reads the whole tensor once; an integer tensor has none. */
  public static NonFinite count(Tensor tensor) {
    if (!tensor.dtype().isFloat()) {
      return NONE;
    }
    // All elements of an 8-byte word at once. The exponent bits of a lane are all ones just if
    // adding
    // the lowest of them carries into the sign, which the mask has cleared. E4M3 has no infinity,
    // so
    // there the fraction must be all ones too.
    long special = special(tensor.dtype());
    long ones = ones(tensor.dtype().bytes());
    MemorySegment data = tensor.data();
    long sign = ones << (8 * tensor.dtype().bytes() - 1);
    long mask = ones * special;
    long lowest = ones * Long.lowestOneBit(special);
    int perWord = 8 / tensor.dtype().bytes();
    long words = data.byteSize() / 8;
    NonFinite sum = NONE;
    for (long i = 0; i < words; i++) {
      if (((data.get(WORD, 8 * i) & mask) + lowest & sign) != 0) {
        sum = sum.plus(tensor, i * perWord, perWord);
      }
    }
    return sum.plus(tensor, words * perWord, (int) (tensor.elements() - words * perWord));
  }

  /** The bits that are all ones in what is not finite; in E4M3 those of a NaN. */
  private static long special(DType dtype) {
    return switch (dtype) {
      case F64 -> 0x7FF0_0000_0000_0000L;
      case F32 -> 0x7F80_0000L;
      case BF16 -> 0x7F80L;
      case F16 -> 0x7C00L;
      case F8_E5M2 -> 0x7CL;
      case F8_E4M3 -> 0x7FL;
      case I64, I32, I16, I8, U64, U32, U16, U8, BOOL -> 0;
    };
  }

  /** A one in the lowest bit of every lane of this many bytes. */
  private static long ones(int bytes) {
    return switch (bytes) {
      case 1 -> 0x0101_0101_0101_0101L;
      case 2 -> 0x0001_0001_0001_0001L;
      case 4 -> 0x0000_0001_0000_0001L;
      default -> 1;
    };
  }

  private NonFinite plus(Tensor tensor, long from, int n) {
    long nans = nan;
    long infinities = infinite;
    for (long i = from; i < from + n; i++) {
      double value = tensor.get(i);
      nans += Double.isNaN(value) ? 1 : 0;
      infinities += Double.isInfinite(value) ? 1 : 0;
    }
    return new NonFinite(nans, infinities);
  }
}

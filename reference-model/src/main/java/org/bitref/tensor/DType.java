package org.bitref.tensor;

import java.util.Optional;
import org.bitref.numerics.Format;

/** How one element is stored: little-endian, without padding between elements. */
public enum DType {
  F64(8, Format.F64),
  F32(4, Format.F32),
  BF16(2, Format.BF16),
  F16(2, Format.F16),
  F8_E4M3(1, Format.E4M3),
  F8_E5M2(1, Format.E5M2),
  I64(8),
  I32(4),
  I16(2),
  I8(1),
  U64(8),
  U32(4),
  U16(2),
  U8(1),
  BOOL(1);

  private final int bytes;
  private final Format format;

  DType(int bytes, Format format) {
    this.bytes = bytes;
    this.format = format;
  }

  DType(int bytes) {
    this(bytes, null);
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** True for the six floating-point types. */
  public boolean isFloat() {
    return format != null;
  }

  /** The number format of a floating-point type. */
  public Optional<Format> format() {
    return Optional.ofNullable(format);
  }

  /** The type that stores the values of a format: TF32 and E8M13 live in an F32. */
  public static DType of(Format format) {
    return switch (format) {
      case F64 -> F64;
      case F32, TF32, E8M13 -> F32;
      case BF16 -> BF16;
      case F16 -> F16;
      case E4M3 -> F8_E4M3;
      case E5M2 -> F8_E5M2;
    };
  }
}

package org.bitref.loaders.npy;

import org.bitref.BadInputException;
import org.bitref.loaders.file.Text;
import org.bitref.tensor.DType;

/** NumPy's names of types: byte order, kind, bytes. */
final class Descr {
  private Descr() {}

  /** The type behind a descr. */
  static DType dtype(String where, String descr) {
    // A single byte has no order: numpy writes '|', and reads any.
    String name = descr.endsWith("1") ? descr.replaceFirst("^[<=>]", "|") : descr;
    return switch (name) {
      case "<f8" -> DType.F64;
      case "<f4" -> DType.F32;
      case "<f2" -> DType.F16;
      case "<i8" -> DType.I64;
      case "<i4" -> DType.I32;
      case "<i2" -> DType.I16;
      case "|i1" -> DType.I8;
      case "<u8" -> DType.U64;
      case "<u4" -> DType.U32;
      case "<u2" -> DType.U16;
      case "|u1" -> DType.U8;
      case "|b1" -> DType.BOOL;
      default -> throw unknown(where, descr);
    };
  }

  /** The descr under which a type is written; BF16 and FP8 are widened to float32. */
  static String of(DType dtype) {
    return switch (dtype) {
      case F64 -> "<f8";
      case F32, BF16, F8_E4M3, F8_E5M2 -> "<f4";
      case F16 -> "<f2";
      case I64 -> "<i8";
      case I32 -> "<i4";
      case I16 -> "<i2";
      case I8 -> "|i1";
      case U64 -> "<u8";
      case U32 -> "<u4";
      case U16 -> "<u2";
      case U8 -> "|u1";
      case BOOL -> "|b1";
    };
  }

  private static BadInputException unknown(String where, String descr) {
    String shown = "dtype " + Text.quote(descr);
    if (descr.startsWith(">")) {
      return new BadInputException(
          where, shown + " is big-endian", "Save a.astype(a.dtype.newbyteorder('<')) instead.");
    }
    if (descr.contains("V") || descr.contains("bfloat") || descr.contains("float8")) {
      return new BadInputException(
          where,
          shown + " does not say which number format its bytes are in (bfloat16 looks like this)",
          "Save a.astype(numpy.float32), or the array as it is with safetensors.");
    }
    return new BadInputException(
        where,
        shown + " is not one that bitref reads",
        "Save the array as f8, f4, f2, i8 to i1, u8 to u1 or bool.");
  }
}

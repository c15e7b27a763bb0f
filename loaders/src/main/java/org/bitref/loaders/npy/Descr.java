package org.bitref.loaders.npy;

import java.util.Arrays;
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
    return Arrays.stream(DType.values())
        .filter(dtype -> !widened(dtype) && of(dtype).equals(name))
        .findFirst()
        .orElseThrow(() -> unknown(where, descr));
  }

  /** True for types that numpy lacks: they are written as float32, which is exact. */
  static boolean widened(DType dtype) {
    return dtype == DType.BF16 || dtype == DType.F8_E4M3 || dtype == DType.F8_E5M2;
  }

  /** The descr under which a type is written. */
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

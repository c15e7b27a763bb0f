package org.bitref.loaders.npy;

import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.DTypeName;
import org.bitref.tensor.DType;

/** NumPy's names of types: byte order, kind, bytes. */
final class Descr {
  private Descr() {}

  /** The type behind a descr. */
  static DType dtype(String where, String descr) {
    // A single byte has no order: numpy writes '|', and reads any.
    String name = descr.endsWith("1") ? descr.replaceFirst("^[<=>]", "|") : descr;
    return DTypeName.find(names -> !name.isEmpty() && names.numpy().equals(name))
        .orElseThrow(() -> unknown(where, descr));
  }

  /** True for types that numpy lacks: they are written as float32, which is exact. */
  static boolean widened(DType dtype) {
    return DTypeName.of(dtype).numpy().isEmpty();
  }

  /** The descr under which a type is written. */
  static String of(DType dtype) {
    return DTypeName.of(widened(dtype) ? DType.F32 : dtype).numpy();
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

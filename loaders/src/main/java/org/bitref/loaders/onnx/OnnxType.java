package org.bitref.loaders.onnx;

import java.util.Optional;
import org.bitref.tensor.DType;

/** ONNX's numbers of types (TensorProto.DataType). */
final class OnnxType {
  private OnnxType() {}

  /** The type of this number; nothing for those that bitref does not read. */
  static Optional<DType> find(int number) {
    return Optional.ofNullable(
        switch (number) {
          case 1 -> DType.F32;
          case 2 -> DType.U8;
          case 3 -> DType.I8;
          case 4 -> DType.U16;
          case 5 -> DType.I16;
          case 6 -> DType.I32;
          case 7 -> DType.I64;
          case 9 -> DType.BOOL;
          case 10 -> DType.F16;
          case 11 -> DType.F64;
          case 12 -> DType.U32;
          case 13 -> DType.U64;
          case 16 -> DType.BF16;
          case 17 -> DType.F8_E4M3;
          case 19 -> DType.F8_E5M2;
          default -> null;
        });
  }

  /** The field of TensorProto that holds numbers of a type when they are not raw bytes. */
  static int dataField(DType dtype) {
    return switch (dtype) {
      case F32 -> 4;
      case F64 -> 10;
      case I64 -> 7;
      case U64, U32 -> 11;
      // Halves and bytes stand as the whole numbers of their bits.
      case BF16, F16, F8_E4M3, F8_E5M2, I32, I16, I8, U16, U8, BOOL -> 5;
    };
  }
}

package org.bitref.loaders.onnx;

import java.util.Arrays;
import java.util.Optional;
import org.bitref.tensor.DType;

/** ONNX's numbers of types (TensorProto.DataType). */
final class OnnxType {
  private OnnxType() {}

  /** The number of a type. */
  static int number(DType dtype) {
    return switch (dtype) {
      case F32 -> 1;
      case U8 -> 2;
      case I8 -> 3;
      case U16 -> 4;
      case I16 -> 5;
      case I32 -> 6;
      case I64 -> 7;
      case BOOL -> 9;
      case F16 -> 10;
      case F64 -> 11;
      case U32 -> 12;
      case U64 -> 13;
      case BF16 -> 16;
      case F8_E4M3 -> 17;
      case F8_E5M2 -> 19;
    };
  }

  /** The type of this number; nothing for those that bitref does not read. */
  static Optional<DType> find(int number) {
    return Arrays.stream(DType.values()).filter(dtype -> number(dtype) == number).findFirst();
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

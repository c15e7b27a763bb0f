package org.bitref.loaders.file;

import java.util.Locale;
import java.util.Optional;
import org.bitref.tensor.DType;

/** What users and tools call the types: safetensors, numpy, torch, ONNX, TensorRT. */
public final class DTypeName {
  private DTypeName() {}

  /** The type of this name, whatever its case; FP8 alone is E4M3, as in TensorRT. */
  public static Optional<DType> find(String name) {
    return Optional.ofNullable(
        switch (name.toLowerCase(Locale.ROOT)) {
          case "f64", "fp64", "float64", "double" -> DType.F64;
          case "f32", "fp32", "float32", "float" -> DType.F32;
          case "bf16", "bfloat16" -> DType.BF16;
          case "f16", "fp16", "float16", "half" -> DType.F16;
          case "f8_e4m3", "fp8", "e4m3", "fp8_e4m3", "float8_e4m3fn", "float8e4m3fn" ->
              DType.F8_E4M3;
          case "f8_e5m2", "e5m2", "fp8_e5m2", "float8_e5m2", "float8e5m2" -> DType.F8_E5M2;
          case "i64", "int64", "long" -> DType.I64;
          case "i32", "int32", "int" -> DType.I32;
          case "i16", "int16", "short" -> DType.I16;
          case "i8", "int8" -> DType.I8;
          case "u64", "uint64" -> DType.U64;
          case "u32", "uint32" -> DType.U32;
          case "u16", "uint16" -> DType.U16;
          case "u8", "uint8" -> DType.U8;
          case "bool" -> DType.BOOL;
          default -> null;
        });
  }
}

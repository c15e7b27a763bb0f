package org.bitref.loaders.file;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.bitref.tensor.DType;

/**
 * What users and tools call a type: safetensors, numpy, torch, ONNX, TensorRT.
 *
 * @param onnx TensorProto.DataType
 * @param numpy descr of numpy's arrays: byte order, kind, bytes; empty if numpy lacks the type
 * @param storage class of torch's storages, without its end; empty if it has none
 * @param torch torch.dtype
 * @param others what else it is called, in lower case; FP8 alone is E4M3, as in TensorRT
 */
public record DTypeName(
    DType dtype, int onnx, String numpy, String storage, String torch, List<String> others) {
  private static final List<DTypeName> ALL =
      List.of(
          row(DType.F64, 11, "<f8", "Double", "float64", "f64 fp64 double"),
          row(DType.F32, 1, "<f4", "Float", "float32", "f32 fp32 float"),
          row(DType.BF16, 16, "", "BFloat16", "bfloat16", "bf16"),
          row(DType.F16, 10, "<f2", "Half", "float16", "f16 fp16 half"),
          row(DType.F8_E4M3, 17, "", "", "float8_e4m3fn", "f8_e4m3 fp8 e4m3 fp8_e4m3 float8e4m3fn"),
          row(DType.F8_E5M2, 19, "", "", "float8_e5m2", "f8_e5m2 e5m2 fp8_e5m2 float8e5m2"),
          row(DType.I64, 7, "<i8", "Long", "int64", "i64 long"),
          row(DType.I32, 6, "<i4", "Int", "int32", "i32 int"),
          row(DType.I16, 5, "<i2", "Short", "int16", "i16 short"),
          row(DType.I8, 3, "|i1", "Char", "int8", "i8"),
          row(DType.U64, 13, "<u8", "", "uint64", "u64"),
          row(DType.U32, 12, "<u4", "", "uint32", "u32"),
          row(DType.U16, 4, "<u2", "", "uint16", "u16"),
          row(DType.U8, 2, "|u1", "Byte", "uint8", "u8"),
          row(DType.BOOL, 9, "|b1", "Bool", "bool", "bool"));

  private static DTypeName row(
      DType dtype, int onnx, String numpy, String storage, String torch, String others) {
    return new DTypeName(dtype, onnx, numpy, storage, torch, Arrays.asList(others.split(" ")));
  }

  /** The names of a type. */
  public static DTypeName of(DType dtype) {
    return ALL.stream().filter(names -> names.dtype == dtype).findFirst().orElseThrow();
  }

  /** The type whose names are such. */
  public static Optional<DType> find(Predicate<DTypeName> names) {
    return ALL.stream().filter(names).map(DTypeName::dtype).findFirst();
  }

  /** The type of this name, whatever its case. */
  public static Optional<DType> find(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return find(names -> names.torch.equals(lower) || names.others.contains(lower));
  }
}

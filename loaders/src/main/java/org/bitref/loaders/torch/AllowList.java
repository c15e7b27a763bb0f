package org.bitref.loaders.torch;

import java.util.Optional;
import org.bitref.loaders.torch.PyValue.Callable;
import org.bitref.loaders.torch.PyValue.ElementType;
import org.bitref.tensor.DType;

/** Every Python name that a pickle may use. */
final class AllowList {
  private AllowList() {}

  /** What the name stands for; nothing for a name that is not allowed. */
  static Optional<PyValue> find(String name) {
    return Optional.ofNullable(
        switch (name) {
          case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3" ->
              Callable.REBUILD_TENSOR;
          case "torch._utils._rebuild_parameter" -> Callable.REBUILD_PARAMETER;
          case "collections.OrderedDict" -> Callable.ORDERED_DICT;
          case "torch.Size" -> Callable.SIZE;
          case "torch.storage.UntypedStorage" -> new ElementType(DType.U8, true);
          default -> elementType(name);
        });
  }

  private static PyValue elementType(String name) {
    DType dtype =
        switch (name) {
          case "torch.DoubleStorage", "torch.float64" -> DType.F64;
          case "torch.FloatStorage", "torch.float32" -> DType.F32;
          case "torch.HalfStorage", "torch.float16" -> DType.F16;
          case "torch.BFloat16Storage", "torch.bfloat16" -> DType.BF16;
          case "torch.float8_e4m3fn" -> DType.F8_E4M3;
          case "torch.float8_e5m2" -> DType.F8_E5M2;
          case "torch.LongStorage", "torch.int64" -> DType.I64;
          case "torch.IntStorage", "torch.int32" -> DType.I32;
          case "torch.ShortStorage", "torch.int16" -> DType.I16;
          case "torch.CharStorage", "torch.int8" -> DType.I8;
          case "torch.uint64" -> DType.U64;
          case "torch.uint32" -> DType.U32;
          case "torch.uint16" -> DType.U16;
          case "torch.ByteStorage", "torch.uint8" -> DType.U8;
          case "torch.BoolStorage", "torch.bool" -> DType.BOOL;
          default -> null;
        };
    return dtype == null ? null : new ElementType(dtype, false);
  }
}

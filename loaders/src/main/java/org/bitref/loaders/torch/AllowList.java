package org.bitref.loaders.torch;

import java.util.Optional;
import org.bitref.loaders.file.DTypeName;
import org.bitref.loaders.torch.PyValue.Callable;
import org.bitref.loaders.torch.PyValue.ElementType;
import org.bitref.tensor.DType;

/** Every Python name that a pickle may use. */
final class AllowList {
  private AllowList() {}

  /** What the name stands for; nothing for a name that is not allowed. */
  static Optional<PyValue> find(String name) {
    return switch (name) {
      case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3" ->
          Optional.of(Callable.REBUILD_TENSOR);
      case "torch._utils._rebuild_parameter" -> Optional.of(Callable.REBUILD_PARAMETER);
      case "collections.OrderedDict" -> Optional.of(Callable.ORDERED_DICT);
      case "torch.Size" -> Optional.of(Callable.SIZE);
      case "torch.storage.UntypedStorage" -> Optional.of(new ElementType(DType.U8, true));
      default ->
          DTypeName.find(type -> isDType(type, name) || isStorage(type, name))
              .map(dtype -> new ElementType(dtype, false));
    };
  }

  private static boolean isDType(DTypeName type, String name) {
    return name.equals("torch." + type.torch());
  }

  private static boolean isStorage(DTypeName type, String name) {
    return !type.storage().isEmpty() && name.equals("torch." + type.storage() + "Storage");
  }
}

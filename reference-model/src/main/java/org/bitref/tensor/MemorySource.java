package org.bitref.tensor;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bitref.BadInputException;

/** {@link TensorSource#of}. */
final class MemorySource implements TensorSource {
  private final String name;
  private final Map<String, Tensor> tensors;
  private final Map<String, TensorInfo> infos = new LinkedHashMap<>();

  MemorySource(String name, Map<String, Tensor> tensors) {
    this.name = name;
    this.tensors = new LinkedHashMap<>(tensors);
    this.tensors.forEach(
        (key, tensor) ->
            infos.put(key, new TensorInfo(key, tensor.dtype(), tensor.shape(), name, -1)));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(infos);
  }

  @Override
  public Tensor read(String tensor) {
    Tensor found = tensors.get(tensor);
    if (found == null) {
      throw new BadInputException(
          name, "no tensor \"" + tensor + "\"", "It holds: " + String.join(", ", infos.keySet()));
    }
    return found;
  }
}

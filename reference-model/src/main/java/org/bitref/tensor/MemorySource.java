package org.bitref.tensor;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bitref.BadInputException;

/** {@link TensorSource#of}. */
record MemorySource(String name, Map<String, Tensor> held, Map<String, TensorInfo> tensors)
    implements TensorSource {

  static MemorySource of(String name, Map<String, Tensor> tensors) {
    Map<String, TensorInfo> infos = new LinkedHashMap<>();
    tensors.forEach(
        (key, tensor) ->
            infos.put(key, new TensorInfo(key, tensor.dtype(), tensor.shape(), name, -1)));
    return new MemorySource(name, Map.copyOf(tensors), Collections.unmodifiableMap(infos));
  }

  @Override
  public Tensor read(String tensor) {
    if (!has(tensor)) {
      throw new BadInputException(
          name, "no tensor \"" + tensor + "\"", "It holds: " + String.join(", ", tensors.keySet()));
    }
    return held.get(tensor);
  }
}

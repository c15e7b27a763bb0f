package org.bitref.tensor;

import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;

/** Named tensors from a file, a folder or memory. Nothing is read before it is asked for. */
public interface TensorSource extends AutoCloseable {

  /** What messages call this source: the path as the user gave it. */
  String name();

  /** Every tensor by name, in the order of the file. */
  Map<String, TensorInfo> tensors();

  /** Free text that the file carries about itself; empty where the format has none. */
  default Map<String, String> metadata() {
    return Map.of();
  }

  /**
   * What a graph in the file says of weights, by the names of the tensors: {@code
   * model.layers.0.mlp.up_proj.weight} of {@code onnx::MatMul_371}. Empty where there is no graph.
   */
  default Map<String, String> inGraph() {
    return Map.of();
  }

  /**
   * A read-only view of the data; mapped where the format allows. Valid until {@link #close}.
   *
   * @throws BadInputException if there is no such tensor or its data cannot be read
   */
  Tensor read(String tensor);

  /** True if {@link #read} would find this name. */
  default boolean has(String tensor) {
    return tensors().containsKey(tensor);
  }

  /** The tensor, or empty if the source has no such name. */
  default Optional<Tensor> find(String tensor) {
    return has(tensor) ? Optional.of(read(tensor)) : Optional.empty();
  }

  @Override
  default void close() {}

  /** Tensors held in memory under the given names. */
  static TensorSource of(String name, Map<String, Tensor> tensors) {
    return MemorySource.of(name, tensors);
  }
}

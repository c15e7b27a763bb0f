package org.bitref.explain;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * A capture as one file holds it: {@code <system>.<stage>}, the shared {@code in.*} and {@code
 * w.*}, what a system alone got as {@code <system>.in.*}.
 *
 * @param tensors in the order of the file
 * @param metadata what the files say about themselves, and what the model's config says
 * @param systems stages of each
 * @param rows tokens that are kept, and of how many
 * @param columns of stages that hold some only: how many are kept, and of how many
 * @param unsampled names of tensors that do not hold as many tokens as the others, and stay whole
 * @param noWeight stages whose weight no file holds
 * @param noKeys stages of attention whose queries are kept without all keys that they see
 */
public record PackedCase(
    List<Part> tensors,
    Map<String, String> metadata,
    Map<String, Integer> systems,
    Kept rows,
    Map<String, Kept> columns,
    List<String> unsampled,
    List<String> noWeight,
    List<String> noKeys) {

  /** How much is kept. */
  public record Kept(int kept, int of) {}

  /**
   * A tensor, which is made when it is asked for.
   *
   * @param data gives a tensor of this dtype and shape
   */
  public record Part(String name, DType dtype, Shape shape, Supplier<Tensor> data) {
    static Part of(String name, Supplier<Tensor> data) {
      Tensor once = data.get();
      return new Part(name, once.dtype(), once.shape(), data);
    }

    /** Bytes of the data. */
    public long bytes() {
      return shape.elements() * dtype.bytes();
    }
  }

  /** Copies the lists, and keeps the maps in their order. */
  public PackedCase {
    tensors = List.copyOf(tensors);
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    systems = Collections.unmodifiableMap(new LinkedHashMap<>(systems));
    columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
    unsampled = List.copyOf(unsampled);
    noWeight = List.copyOf(noWeight);
    noKeys = List.copyOf(noKeys);
  }
}

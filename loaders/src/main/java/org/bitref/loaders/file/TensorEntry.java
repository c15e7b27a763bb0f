package org.bitref.loaders.file;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * A tensor to be written. A file's header stands before its data, so type and shape are given ahead
 * and the tensor itself is asked for when its turn comes: one at a time is in memory.
 *
 * @param data asked once; must give a tensor of this dtype and shape
 */
public record TensorEntry(String name, DType dtype, Shape shape, Supplier<Tensor> data) {
  private static final int LONGEST_NAME = 60_000;

  /** A tensor that is there already. */
  public static TensorEntry of(String name, Tensor tensor) {
    return new TensorEntry(name, tensor.dtype(), tensor.shape(), () -> tensor);
  }

  /** Bytes of the data. */
  public long bytes() {
    return Math.multiplyExact(shape.elements(), dtype.bytes());
  }

  /**
   * The tensor.
   *
   * @throws IllegalStateException if it is not as announced
   */
  public Tensor tensor() {
    Tensor tensor = data.get();
    if (tensor.dtype() != dtype || !tensor.shape().equals(shape)) {
      throw new IllegalStateException(
          "%s was announced as %s %s and came as %s %s"
              .formatted(name, dtype, shape, tensor.dtype(), tensor.shape()));
    }
    return tensor;
  }

  /**
   * Refuses names that a file cannot hold.
   *
   * @throws BadInputException if a name is used twice, is no valid Unicode, or is longer than
   *     60,000 bytes
   */
  public static void checkNames(Path target, List<TensorEntry> entries) {
    Set<String> seen = new HashSet<>();
    for (TensorEntry entry : entries) {
      checkUnicode(target, entry.name);
      if (entry.name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
        throw bad(target, "too long a name: " + Text.quote(entry.name));
      }
      if (!seen.add(entry.name)) {
        throw bad(target, "two tensors are called " + Text.quote(entry.name));
      }
    }
  }

  /**
   * Refuses a text that UTF-8 cannot express.
   *
   * @throws BadInputException if a surrogate stands alone in it
   */
  public static void checkUnicode(Path target, String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw bad(target, "not valid Unicode: " + Text.quote(text));
    }
  }

  private static BadInputException bad(Path target, String problem) {
    return new BadInputException(target.toString(), problem, "Choose other names.");
  }
}

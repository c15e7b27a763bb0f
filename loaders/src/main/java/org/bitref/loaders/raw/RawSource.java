package org.bitref.loaders.raw;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.DeferredFile;
import org.bitref.loaders.file.IoProblem;
import org.bitref.loaders.file.NamedTensors;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/** Raw files as a source of tensors; each is mapped when it is read first. Thread-safe. */
public final class RawSource {

  /**
   * A file that holds the numbers of one tensor and nothing else: little-endian, row-major.
   *
   * @param file must have just the bytes that type and shape ask for
   */
  record RawTensor(String name, DType dtype, Shape shape, Path file) {

    /** Bytes of the file, whose size is compared with the shape; nothing is read. */
    long checkedBytes() {
      try {
        long bytes = Math.multiplyExact(shape.elements(), dtype.bytes());
        long size = Files.size(file);
        if (!Files.isRegularFile(file) || size != bytes) {
          throw new BadInputException(
              file.toString(),
              "%s %s needs %s bytes, but the file has %s".formatted(dtype, shape, bytes, size),
              "Correct the type or the shape, or write the file again.");
        }
        return bytes;
      } catch (IOException e) {
        throw IoProblem.reading(file, e);
      } catch (ArithmeticException e) {
        throw new BadInputException(
            file.toString(), "its shape needs more than 2^63-1 bytes", "Correct the shape.", e);
      }
    }

    void addTo(NamedTensors.Builder source) {
      DeferredFile mapped = new DeferredFile(file);
      source.opened(mapped::close);
      source.add(
          new TensorInfo(name, dtype, shape, file.toString(), 0),
          () -> new Tensor(dtype, shape, mapped.bytes(0, checkedBytes())));
    }
  }

  private RawSource() {}

  /**
   * One file as a tensor that is called like the file without its extension.
   *
   * @throws BadInputException if there is no such file or its size is not that of the tensor
   */
  public static TensorSource open(Path file, DType dtype, Shape shape) {
    String fileName = file.getFileName().toString();
    int dot = fileName.lastIndexOf('.');
    String name = dot > 0 ? fileName.substring(0, dot) : fileName;
    return of(file.toString(), List.of(new RawTensor(name, dtype, shape, file)), Map.of());
  }

  /**
   * Several files under names of their own. A name may come twice if both times it means the same.
   *
   * @param name what messages call the source
   * @throws BadInputException if a file is missing or of another size, or if a name means two
   */
  static TensorSource of(String name, List<RawTensor> tensors, Map<String, String> metadata) {
    Map<String, RawTensor> byName = new LinkedHashMap<>();
    for (RawTensor tensor : tensors) {
      tensor.checkedBytes();
      RawTensor before = byName.putIfAbsent(tensor.name(), tensor);
      if (before != null && !before.equals(tensor)) {
        throw new BadInputException(
            name, "two tensors are called " + Text.quote(tensor.name()), "Rename one of the two.");
      }
    }
    return NamedTensors.of(
        name,
        source -> {
          source.metadata().putAll(metadata);
          byName.values().forEach(raw -> raw.addTo(source));
        });
  }
}

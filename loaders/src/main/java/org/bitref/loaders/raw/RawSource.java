package org.bitref.loaders.raw;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.NamedTensors;
import org.bitref.loaders.file.Text;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** Raw files as a source of tensors; each is mapped when it is read first. Thread-safe. */
public final class RawSource {
  private final Map<Path, MappedFile> mapped = new HashMap<>();

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
  public static TensorSource of(
      String name, List<RawTensor> tensors, Map<String, String> metadata) {
    Map<String, RawTensor> byName = new LinkedHashMap<>();
    for (RawTensor tensor : tensors) {
      RawTensor before = byName.putIfAbsent(tensor.name(), tensor.checked());
      if (before != null && !before.equals(tensor)) {
        throw new BadInputException(
            name, "two tensors are called " + Text.quote(tensor.name()), "Rename one of the two.");
      }
    }
    RawSource files = new RawSource();
    return NamedTensors.of(
        name,
        source -> {
          source.opened(files::close);
          source.metadata().putAll(metadata);
          byName.values().forEach(raw -> source.add(raw.info(), () -> files.read(raw)));
        });
  }

  private Tensor read(RawTensor raw) {
    if (raw.shape().elements() == 0) {
      // An empty file cannot be mapped.
      return new Tensor(raw.dtype(), raw.shape(), MemorySegment.ofArray(new byte[0]));
    }
    return new Tensor(raw.dtype(), raw.shape(), map(raw.checked().file()).bytes());
  }

  private synchronized MappedFile map(Path file) {
    return mapped.computeIfAbsent(file, MappedFile::open);
  }

  private synchronized void close() {
    mapped.values().forEach(MappedFile::close);
    mapped.clear();
  }
}

package org.bitref.loaders.safetensors;

import java.nio.file.Path;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.NamedTensors;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * One mapped safetensors file. Opening reads and checks the whole header and none of the data;
 * reading a tensor makes a view. Thread-safe.
 */
public final class SafetensorsFile {
  private SafetensorsFile() {}

  /**
   * Maps a file and checks its header.
   *
   * @throws BadInputException if the file cannot be read or its header has any defect
   */
  public static TensorSource open(Path path) {
    return open(MappedFile.open(path));
  }

  /**
   * Checks the header of a file that is mapped; takes it over, also if this fails.
   *
   * @throws BadInputException if its header has any defect
   */
  public static TensorSource open(MappedFile file) {
    return NamedTensors.ofFile(
        file,
        (_, tensors) -> {
          Header header = Header.read(file);
          tensors.metadata().putAll(header.metadata());
          header.tensors().forEach(info -> tensors.add(info, () -> read(file, info)));
        });
  }

  private static Tensor read(MappedFile file, TensorInfo info) {
    long bytes = info.shape().elements() * info.dtype().bytes();
    return new Tensor(info.dtype(), info.shape(), file.bytes(info.offset(), bytes));
  }
}

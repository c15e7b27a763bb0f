package org.bitref.loaders.npy;

import java.nio.file.Path;
import org.bitref.BadInputException;
import org.bitref.loaders.file.NamedTensors;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * One npy file, mapped: a source of one tensor, called like the file without {@code .npy}. Versions
 * 1.0, 2.0 and 3.0 (numpy.lib.format). Column-major arrays are transposed into memory when read.
 * Thread-safe.
 */
public final class NpyFile {
  private NpyFile() {}

  /**
   * Maps a file and checks its header.
   *
   * @throws BadInputException if the file cannot be read, its header is broken, its size is not
   *     that of the array, or its type is not one of {@link org.bitref.tensor.DType}
   */
  public static TensorSource open(Path path) {
    return NamedTensors.ofFile(
        path,
        (file, tensors) -> {
          NpyHeader header = NpyHeader.read(file.name(), file.bytes(), file.size());
          tensors.add(
              new TensorInfo(
                  name(path), header.dtype(), header.shape(), file.name(), header.start()),
              () -> header.tensor(file.name(), file.bytes()));
        });
  }

  private static String name(Path path) {
    String file = path.getFileName().toString();
    return file.endsWith(".npy") ? file.substring(0, file.length() - 4) : file;
  }
}

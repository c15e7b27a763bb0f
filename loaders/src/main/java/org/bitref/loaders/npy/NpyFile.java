package org.bitref.loaders.npy;

import java.nio.file.Path;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.Text;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * One npy file, mapped: a source of one tensor, called like the file without {@code .npy}. Versions
 * 1.0, 2.0 and 3.0 (numpy.lib.format). Column-major arrays are transposed into memory when read.
 * Thread-safe.
 */
public final class NpyFile implements TensorSource {
  private final MappedFile file;
  private final NpyHeader header;
  private final TensorInfo info;

  private NpyFile(MappedFile file, NpyHeader header) {
    this.file = file;
    this.header = header;
    String fileName = file.path().getFileName().toString();
    String name =
        fileName.endsWith(".npy") ? fileName.substring(0, fileName.length() - 4) : fileName;
    this.info = new TensorInfo(name, header.dtype(), header.shape(), file.name(), header.start());
  }

  /**
   * Maps a file and checks its header.
   *
   * @throws BadInputException if the file cannot be read, its header is broken, its size is not
   *     that of the array, or its type is not one of {@link org.bitref.tensor.DType}
   */
  public static NpyFile open(Path path) {
    MappedFile file = MappedFile.open(path);
    boolean opened = false;
    try {
      NpyFile source = new NpyFile(file, NpyHeader.read(file.name(), file.bytes(), file.size()));
      opened = true;
      return source;
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  @Override
  public String name() {
    return file.name();
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Map.of(info.name(), info);
  }

  @Override
  public Tensor read(String tensor) {
    if (!tensor.equals(info.name())) {
      throw new BadInputException(
          name(),
          "no tensor " + Text.quote(tensor),
          "Its one array is called " + Text.quote(info.name()) + ".");
    }
    return NpyData.tensor(name(), header, file.bytes());
  }

  @Override
  public void close() {
    file.close();
  }
}

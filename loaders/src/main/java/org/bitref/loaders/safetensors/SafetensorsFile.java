package org.bitref.loaders.safetensors;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.Text;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * One mapped safetensors file. Opening reads and checks the whole header and none of the data;
 * {@link #read} makes a view. Thread-safe.
 */
public final class SafetensorsFile implements TensorSource {
  private final MappedFile file;
  private final Header header;

  private SafetensorsFile(MappedFile file, Header header) {
    this.file = file;
    this.header = header;
  }

  /**
   * Maps a file and checks its header.
   *
   * @throws BadInputException if the file cannot be read or its header has any defect
   */
  public static SafetensorsFile open(Path path) {
    return open(MappedFile.open(path));
  }

  /**
   * Checks the header of a file that is mapped; takes it over, also if this fails.
   *
   * @throws BadInputException if its header has any defect
   */
  public static SafetensorsFile open(MappedFile file) {
    boolean opened = false;
    try {
      SafetensorsFile source = new SafetensorsFile(file, Header.read(file));
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
    return Collections.unmodifiableMap(header.tensors());
  }

  @Override
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  @Override
  public Tensor read(String tensor) {
    TensorInfo info = header.tensors().get(tensor);
    if (info == null) {
      throw new BadInputException(
          name(), "no tensor " + Text.quote(tensor), "List its tensors with: bitref inspect.");
    }
    long bytes = info.shape().elements() * info.dtype().bytes();
    MemorySegment data = file.bytes(info.offset(), bytes);
    return new Tensor(info.dtype(), info.shape(), data);
  }

  @Override
  public void close() {
    file.close();
  }
}

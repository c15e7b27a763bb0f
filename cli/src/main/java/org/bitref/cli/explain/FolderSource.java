package org.bitref.cli.explain;

import java.nio.file.Path;
import java.util.Map;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/** A dump in a folder: the folder's name tells systems apart, not that of a file in it. */
record FolderSource(Path folder, TensorSource source) implements TensorSource {
  @Override
  public String name() {
    return folder.toAbsolutePath().normalize().toString();
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return source.tensors();
  }

  @Override
  public Map<String, String> metadata() {
    return source.metadata();
  }

  @Override
  public Tensor read(String tensor) {
    return source.read(tensor);
  }

  @Override
  public void close() {
    source.close();
  }
}

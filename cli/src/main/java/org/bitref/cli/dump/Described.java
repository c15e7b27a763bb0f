package org.bitref.cli.dump;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/** A source under another name or with more metadata. */
public record Described(TensorSource source, String name, Map<String, String> metadata)
    implements TensorSource {

  /** Copies the map in its order. */
  public Described {
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return source.tensors();
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

package org.bitref.cli.dump;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.bitref.BadInputException;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/** Several sources as one; no two may have a tensor of the same name. */
final class JoinedSource implements TensorSource {
  private final List<TensorSource> sources;
  private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
  private final Map<String, TensorSource> holders = new LinkedHashMap<>();

  /**
   * @throws BadInputException if two sources have a tensor of the same name; both are open then
   */
  JoinedSource(List<TensorSource> sources) {
    this.sources = List.copyOf(sources);
    for (TensorSource source : sources) {
      for (TensorInfo info : source.tensors().values()) {
        TensorSource before = holders.put(info.name(), source);
        if (before != null) {
          throw new BadInputException(
              source.name(),
              "has the tensor \"%s\", as has %s".formatted(info.name(), before.name()),
              "Give each tensor once.");
        }
        tensors.put(info.name(), info);
      }
    }
  }

  @Override
  public String name() {
    return sources.stream().map(TensorSource::name).collect(Collectors.joining(", "));
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return tensors;
  }

  @Override
  public Tensor read(String tensor) {
    return holders.getOrDefault(tensor, sources.getFirst()).read(tensor);
  }

  @Override
  public void close() {
    sources.forEach(TensorSource::close);
  }
}

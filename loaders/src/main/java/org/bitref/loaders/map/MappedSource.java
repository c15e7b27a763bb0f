package org.bitref.loaders.map;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.Nearest;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/** A source whose tensors a map has renamed and rearranged: {@link NameMap#apply}. */
public final class MappedSource implements TensorSource {

  /**
   * A tensor under its new name.
   *
   * @param from what it is made of
   * @param result type and shape after the steps
   */
  record Mapped(
      String name, TensorInfo from, List<UnaryOperator<TensorView>> steps, TensorView result) {

    /** In the source's file, and at its offset if nothing is done to it. */
    TensorInfo info() {
      long offset = steps.isEmpty() ? from.offset() : -1;
      return new TensorInfo(name, result.dtype(), result.shape(), from.file(), offset);
    }

    Tensor read(TensorSource source) {
      Tensor tensor = source.read(from.name());
      if (steps.isEmpty()) {
        return tensor;
      }
      TensorView view = TensorView.of(result.where(), tensor);
      for (UnaryOperator<TensorView> step : steps) {
        view = step.apply(view);
      }
      return view.tensor();
    }
  }

  private final TensorSource source;
  private final Map<String, Mapped> tensors;
  private final Map<String, TensorInfo> infos = new LinkedHashMap<>();

  MappedSource(TensorSource source, Map<String, Mapped> tensors) {
    this.source = source;
    this.tensors = tensors;
    tensors.forEach((name, mapped) -> infos.put(name, mapped.info()));
  }

  @Override
  public String name() {
    return source.name();
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(infos);
  }

  @Override
  public Map<String, String> metadata() {
    return source.metadata();
  }

  @Override
  public Map<String, String> inGraph() {
    return source.inGraph();
  }

  @Override
  public Tensor read(String tensor) {
    Mapped mapped = tensors.get(tensor);
    if (mapped == null) {
      throw new BadInputException(
          name(),
          "nothing is mapped to " + Text.quote(tensor),
          "The nearest names are: " + Nearest.of(tensor, tensors.keySet()) + ".");
    }
    return mapped.read(source);
  }

  /** The source's name of what a tensor is made of; empty if there is no such tensor. */
  public Optional<String> origin(String tensor) {
    return Optional.ofNullable(tensors.get(tensor)).map(mapped -> mapped.from().name());
  }

  @Override
  public void close() {
    source.close();
  }
}

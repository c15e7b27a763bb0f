package org.bitref.cli.dump;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bitref.BadInputException;
import org.bitref.loaders.Sources;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/** A source whose tensors go by the names of the plan. */
public final class Dump implements TensorSource {
  private final TensorSource source;
  private final Map<String, TensorInfo> infos = new LinkedHashMap<>();

  private Dump(TensorSource source) {
    this.source = source;
    for (TensorInfo info : source.tensors().values()) {
      TensorInfo before = infos.put(StageNames.canonical(info.name()), info);
      if (before != null) {
        throw new BadInputException(
            source.name(),
            "\"%s\" and \"%s\" are the same stage".formatted(before.name(), info.name()),
            "Remove one of the two.");
      }
    }
  }

  /**
   * Opens any source of tensors.
   *
   * @throws BadInputException as {@link Sources#open}, or if two tensors are the same stage
   */
  public static Dump open(Path path) {
    return open(path, source -> source);
  }

  /**
   * Opens any source of tensors under other names or in another layout.
   *
   * @param layout what is done to the source first, for example by a {@link
   *     org.bitref.loaders.map.NameMap}
   * @throws BadInputException as above, and what {@code layout} throws
   */
  public static Dump open(Path path, UnaryOperator<TensorSource> layout) {
    TensorSource source = Sources.open(path);
    boolean opened = false;
    try {
      Dump dump = new Dump(layout.apply(source));
      opened = true;
      return dump;
    } finally {
      if (!opened) {
        source.close();
      }
    }
  }

  @Override
  public String name() {
    return source.name();
  }

  /** By the names of the plan; an info has the name in the file. */
  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(infos);
  }

  @Override
  public Map<String, String> metadata() {
    return source.metadata();
  }

  @Override
  public Tensor read(String tensor) {
    TensorInfo info = infos.get(tensor);
    return source.read(info == null ? tensor : info.name());
  }

  @Override
  public void close() {
    source.close();
  }
}

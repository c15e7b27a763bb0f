package org.bitref.cli.dump;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bitref.BadInputException;
import org.bitref.loaders.Sources;
import org.bitref.model.StageNames;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/** A source whose tensors go by the names of the plan. */
public final class Dump implements TensorSource {
  private final TensorSource source;
  private final Map<String, TensorInfo> infos = new LinkedHashMap<>();

  private Dump(TensorSource source, UnaryOperator<String> naming) {
    this.source = source;
    for (TensorInfo info : source.tensors().values()) {
      TensorInfo before = infos.put(naming.apply(info.name()), info);
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
    return of(Sources.open(path));
  }

  /**
   * A source that is open already; it is closed with the result, and if two tensors are the same
   * stage.
   *
   * @throws BadInputException if they are
   */
  public static Dump of(TensorSource source) {
    return of(source, StageNames::canonical);
  }

  /**
   * As above under names of one's own.
   *
   * @param naming from the source's names
   */
  public static Dump of(TensorSource source, UnaryOperator<String> naming) {
    boolean opened = false;
    try {
      Dump dump = new Dump(source, naming);
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

package org.bitref.cli.dump;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bitref.BadInputException;
import org.bitref.loaders.Sources;
import org.bitref.model.StageNames;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * A source under other names: those of the plan for its tensors, or one of its own.
 *
 * @param tensors by the names of the plan; an info has the name in the file
 */
public record Dump(
    TensorSource source, String name, Map<String, String> metadata, Map<String, TensorInfo> tensors)
    implements TensorSource {

  /** Keeps the maps in their order. */
  public Dump {
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    tensors = Collections.unmodifiableMap(tensors);
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
   * Opens sources that hold a part of the tensors each.
   *
   * @throws BadInputException as above, or if two have a tensor of the same name
   */
  public static Dump open(List<Path> paths) {
    if (paths.size() == 1) {
      return open(paths.getFirst());
    }
    List<TensorSource> open = new ArrayList<>();
    try {
      paths.forEach(path -> open.add(Sources.open(path)));
      return of(new JoinedSource(open));
    } catch (BadInputException e) {
      open.forEach(TensorSource::close);
      throw e;
    }
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
    Map<String, TensorInfo> infos = new LinkedHashMap<>();
    for (TensorInfo info : source.tensors().values()) {
      TensorInfo before = infos.put(naming.apply(info.name()), info);
      if (before != null) {
        source.close();
        throw new BadInputException(
            source.name(),
            "\"%s\" and \"%s\" are the same stage".formatted(before.name(), info.name()),
            "Remove one of the two.");
      }
    }
    return new Dump(source, source.name(), source.metadata(), infos);
  }

  /** The same tensors under another name for the source, or with more metadata. */
  public static Dump described(TensorSource source, String name, Map<String, String> metadata) {
    return new Dump(source, name, metadata, source.tensors());
  }

  @Override
  public Tensor read(String tensor) {
    TensorInfo info = tensors.get(tensor);
    return source.read(info == null ? tensor : info.name());
  }

  @Override
  public void close() {
    source.close();
  }
}

package org.bitref.loaders.file;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/** Tensors of open files under their names: what a reader makes of them. */
public final class NamedTensors implements TensorSource {
  private final String name;
  private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
  private final Map<String, Supplier<Tensor>> readers = new HashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final Map<String, String> inGraph = new HashMap<>();
  private final List<Runnable> opened = new ArrayList<>();

  private Optional<String> hint = Optional.empty();

  private NamedTensors(String name) {
    this.name = name;
  }

  /** What a reader fills while it goes over its files. */
  public final class Builder {
    private Builder() {}

    /** What is to be closed with the source, or if the reader fails. */
    public void opened(Runnable close) {
      opened.add(close);
    }

    /** True if a tensor of this name was added. */
    public boolean has(String tensor) {
      return infos.containsKey(tensor);
    }

    /** Adds a tensor under the name in its info. */
    public void add(TensorInfo info, Supplier<Tensor> reader) {
      infos.put(info.name(), info);
      readers.put(info.name(), reader);
    }

    /** A name that is not listed; to ask for it is answered by this. */
    public void addUnlisted(String tensor, BadInputException why) {
      readers.put(
          tensor,
          () -> {
            throw why;
          });
    }

    /** The advice to who asks for a name that is not there, instead of the usual one. */
    public void hint(String remedy) {
      hint = Optional.of(remedy);
    }

    /** Names that a graph gives by those of the tensors, to be filled. */
    public Map<String, String> inGraph() {
      return inGraph;
    }

    /** What the files tell about themselves, to be filled. */
    public Map<String, String> metadata() {
      return metadata;
    }
  }

  /**
   * A source with what a reader finds in one file, which stays mapped as long as the source is
   * open.
   *
   * @param reader as of {@link #of}
   * @throws BadInputException also if the file cannot be mapped
   */
  public static TensorSource ofFile(Path path, BiConsumer<MappedFile, Builder> reader) {
    return ofFile(MappedFile.open(path), reader);
  }

  /** As above, of a file that is mapped; takes it over, also if the reader fails. */
  public static TensorSource ofFile(MappedFile file, BiConsumer<MappedFile, Builder> reader) {
    return of(
        file.name(),
        tensors -> {
          tensors.opened(file::close);
          reader.accept(file, tensors);
        });
  }

  /**
   * A source with the content that a reader finds.
   *
   * @param name what messages call it
   * @param reader may throw, which closes what it has opened
   */
  public static TensorSource of(String name, Consumer<Builder> reader) {
    NamedTensors source = new NamedTensors(name);
    boolean read = false;
    try {
      reader.accept(source.new Builder());
      read = true;
      return source;
    } finally {
      if (!read) {
        source.close();
      }
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(infos);
  }

  @Override
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  @Override
  public Map<String, String> inGraph() {
    return Collections.unmodifiableMap(inGraph);
  }

  @Override
  public Tensor read(String tensor) {
    Supplier<Tensor> reader = readers.get(tensor);
    if (reader == null) {
      throw new BadInputException(
          name, "no tensor " + Text.quote(tensor), hint.orElseGet(() -> usualHint(tensor)));
    }
    return reader.get();
  }

  private String usualHint(String tensor) {
    return infos.size() == 1
        ? "Its one tensor is called " + Text.quote(infos.keySet().iterator().next()) + "."
        : "The nearest names are %s; bitref inspect lists all."
            .formatted(Nearest.of(tensor, infos.keySet()));
  }

  @Override
  public void close() {
    Optional<BadInputException> changed = Optional.empty();
    for (Runnable close : opened) {
      try {
        close.run();
      } catch (BadInputException e) {
        changed = Optional.of(changed.orElse(e));
      }
    }
    if (changed.isPresent()) {
      throw changed.get();
    }
  }
}

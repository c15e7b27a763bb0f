package org.bitref.explain;

import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.bitref.BadInputException;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.bitref.tensor.Widened;

/** The weights of stages that files hold; each is read when it is asked for. */
final class SharedWeights {
  private final Map<String, Stored> stored = new LinkedHashMap<>();
  private final Set<String> transposed = new TreeSet<>();
  private final Map<String, SoftReference<Tensor>> prepared = new HashMap<>();

  private record Stored(TensorSource source, String name) {
    Tensor read() {
      return source.read(name);
    }

    String file() {
      return source.tensors().get(name).file();
    }
  }

  /**
   * Takes note of a weight.
   *
   * @throws BadInputException if another one of this stage was added
   */
  void add(String stage, TensorSource source, String name) {
    Optional<Stored> before =
        Optional.ofNullable(stored.putIfAbsent(stage, new Stored(source, name)));
    if (before.isPresent() && !CaptureReader.same(before.get().read(), source.read(name))) {
      throw new BadInputException(
          source.name() + ": tensor \"" + name + "\"",
          "is another weight of %s than \"%s\" in %s"
              .formatted(stage, before.get().name(), before.get().source().name()),
          "Give the weights of one model, each once.");
    }
  }

  int size() {
    return stored.size();
  }

  /** The stages that have one, in the order of the files. */
  List<String> stages() {
    return List.copyOf(stored.keySet());
  }

  /** How a weight is stored. */
  Shape shape(String stage) {
    Stored one = stored.get(stage);
    return one.source().tensors().get(one.name()).shape();
  }

  /** As it is stored. */
  Tensor asStored(String stage) {
    return stored.get(stage).read();
  }

  /** From now on, {@link #find} gives the transposed weights of these stages. */
  void transpose(Set<String> stages) {
    transposed.addAll(stages);
    prepared.clear();
  }

  /** The stages whose weights are transposed when they are read, by file. */
  Map<String, List<String>> transposed() {
    Map<String, List<String>> byFile = new LinkedHashMap<>();
    stored.forEach(
        (stage, one) -> {
          if (transposed.contains(stage)) {
            byFile.computeIfAbsent(one.file(), _ -> new ArrayList<>()).add(stage);
          }
        });
    return byFile;
  }

  /** The weight, in the type that holds its values, linear ones [out, in]. */
  synchronized Optional<Tensor> find(String stage) {
    if (!stored.containsKey(stage)) {
      return Optional.empty();
    }
    Optional<Tensor> before = Optional.ofNullable(prepared.get(stage)).map(SoftReference::get);
    Tensor ready = before.orElseGet(() -> prepare(stage));
    prepared.put(stage, new SoftReference<>(ready));
    return Optional.of(ready);
  }

  private Tensor prepare(String stage) {
    Tensor narrow = Widened.narrowed(asStored(stage));
    return transposed.contains(stage) ? narrow.transposed() : narrow;
  }
}

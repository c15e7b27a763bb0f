package org.bitref.cli.explain;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.cli.dump.Dump;
import org.bitref.cli.dump.LayersOption;
import org.bitref.cli.dump.MapOption;
import org.bitref.explain.Capture;
import org.bitref.loaders.Sources;
import org.bitref.loaders.trtexec.TrtLayer;
import org.bitref.model.StageNames;
import org.bitref.tensor.TensorSource;

/** Open files with the stages of systems. */
final class CapturedFiles implements AutoCloseable {
  private final List<TensorSource> sources = new ArrayList<>();
  private final Map<String, TrtLayer> engine = new HashMap<>();

  /**
   * Opens one more.
   *
   * @throws BadInputException if it cannot be read
   */
  void open(Path file, LayersOption layers, MapOption map) {
    TensorSource source = map.apply(layers.describe(Sources.open(file)));
    layers
        .layers(source)
        .forEach((tensor, layer) -> stage(tensor).ifPresent(name -> engine.put(name, layer)));
    // A folder's own name tells systems apart, not that of a file in it.
    String name =
        Files.isDirectory(file) ? file.toAbsolutePath().normalize().toString() : source.name();
    sources.add(Dump.described(source, name, source.metadata()));
  }

  /**
   * Asks whether files hold anything that a capture is made of, once all are open.
   *
   * @throws BadInputException if one does not
   */
  void check() {
    for (TensorSource source : sources) {
      Collection<String> names = source.tensors().keySet();
      boolean marked = names.stream().anyMatch(tensor -> tensor.matches("(in|w)\\..+"));
      if (!marked && !Capture.holdsStages(source)) {
        throw UnknownNames.in(source.name(), names, "stage of a model", StageNames.all(), "q_proj");
      }
    }
  }

  private static Optional<String> stage(String tensor) {
    return StageNames.stage(tensor)
        .or(() -> StageNames.ofSystem(tensor).map(StageNames.OfSystem::stage));
  }

  /** The layers of the engine that was described, by the stages that they put out. */
  Map<String, TrtLayer> engine() {
    return engine;
  }

  List<TensorSource> sources() {
    return sources;
  }

  @Override
  public void close() {
    sources.forEach(TensorSource::close);
  }
}

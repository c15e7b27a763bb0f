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
import org.bitref.explain.Dumps;
import org.bitref.loaders.Sources;
import org.bitref.loaders.trtexec.TrtLayer;
import org.bitref.model.StageNames;
import org.bitref.tensor.TensorSource;

/** Open files with the stages of systems. */
public final class CapturedFiles implements AutoCloseable {
  private final List<TensorSource> sources = new ArrayList<>();
  private final List<Optional<String>> called = new ArrayList<>();
  private final Map<Map<String, String>, Map<String, TrtLayer>> engines = new HashMap<>();

  /**
   * Opens one more.
   *
   * @param system what the system in it is called; like the file if empty
   * @throws BadInputException if it cannot be read
   */
  public void open(Optional<String> system, Path file, LayersOption layers, MapOption map) {
    TensorSource opened = Sources.open(file);
    // A folder's own name tells systems apart, not that of a file in it.
    String name =
        Files.isDirectory(file) ? file.toAbsolutePath().normalize().toString() : opened.name();
    TensorSource source = map.apply(layers.describe(opened, system.orElse(name)));
    Map<String, TrtLayer> engine = new HashMap<>();
    layers
        .layers(source)
        .forEach((tensor, layer) -> stage(tensor).ifPresent(stage -> engine.put(stage, layer)));
    engines.put(source.metadata(), engine);
    sources.add(Dump.described(source, name, source.metadata()));
    called.add(system);
  }

  /**
   * Asks whether files hold anything that a capture is made of, once all are open.
   *
   * @throws BadInputException if one does not
   */
  public void check() {
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

  /**
   * The layers of an engine by the stages that they put out; none if no engine was described.
   *
   * @param provenance what the file of its dump says about itself
   */
  Map<String, TrtLayer> engine(Map<String, String> provenance) {
    return engines.getOrDefault(provenance, Map.of());
  }

  /** All of them, with what the systems share. */
  public Dumps with(SharedFiles shared) {
    return new Dumps(sources, called, shared.inputs(), shared.weights());
  }

  @Override
  public void close() {
    sources.forEach(TensorSource::close);
  }
}

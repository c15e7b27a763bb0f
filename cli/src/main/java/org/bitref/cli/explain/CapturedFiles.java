package org.bitref.cli.explain;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.cli.dump.Dump;
import org.bitref.cli.dump.LayersOption;
import org.bitref.cli.dump.MapOption;
import org.bitref.explain.Capture;
import org.bitref.explain.Dumps;
import org.bitref.loaders.Sources;
import org.bitref.model.StageNames;
import org.bitref.tensor.TensorSource;

/** Open files with the stages of systems. */
public final class CapturedFiles implements AutoCloseable {
  private final List<TensorSource> sources = new ArrayList<>();
  private final List<Optional<String>> called = new ArrayList<>();

  /**
   * Opens one more.
   *
   * @param system what the system in it is called; like the file if empty
   * @throws BadInputException if it cannot be read
   */
  public void open(Optional<String> system, Path file, LayersOption layers, MapOption map) {
    TensorSource source = map.apply(layers.describe(Sources.open(file)));
    // A folder's own name tells systems apart, not that of a file in it.
    String name =
        Files.isDirectory(file) ? file.toAbsolutePath().normalize().toString() : source.name();
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

  /** All of them, with what the systems share. */
  public Dumps with(SharedFiles shared) {
    return new Dumps(sources, called, shared.inputs(), shared.weights());
  }

  @Override
  public void close() {
    sources.forEach(TensorSource::close);
  }
}

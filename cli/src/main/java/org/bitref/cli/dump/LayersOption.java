package org.bitref.cli.dump;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.loaders.map.MappedSource;
import org.bitref.loaders.trtexec.TrtLayer;
import org.bitref.tensor.TensorSource;
import picocli.CommandLine.Option;

/**
 * The option {@code --layers-info}: the tactics of an engine become metadata {@code tactic.TENSOR}
 * of its dump, and so provenance of what is said about it, and hints where to search first.
 */
public final class LayersOption {
  private static final String TACTIC = "tactic.";

  @Option(
      names = "--layers-info",
      paramLabel = "F",
      description =
          "JSON of trtexec --exportLayerInfo: tactics of the engine whose tensors were dumped, as"
              + " provenance.")
  private Path file;

  private final List<String> described = new ArrayList<>();

  /**
   * The same source, which also tells the tactic of every tensor that a layer of the engine puts
   * out. Names are those of the engine: a map comes after this.
   *
   * @throws BadInputException if the file has a defect; the source is closed then
   */
  public TensorSource describe(TensorSource source) {
    if (file == null) {
      return source;
    }
    Map<String, String> metadata = new LinkedHashMap<>(source.metadata());
    try {
      for (TrtLayer layer : TrtLayer.read(file)) {
        for (TrtLayer.Port output : layer.outputs()) {
          if (layer.tactic().isPresent() && source.has(output.name())) {
            metadata.put(TACTIC + output.name(), layer.tactic().get());
          }
        }
      }
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
    if (metadata.size() > source.metadata().size()) {
      described.add(source.name());
    }
    return Dump.described(source, source.name(), metadata);
  }

  /** The tactic that made a tensor of a described source, mapped or not; empty if none is known. */
  public static Optional<String> tactic(TensorSource source, String tensor) {
    Optional<String> name =
        source instanceof MappedSource mapped ? mapped.origin(tensor) : Optional.of(tensor);
    return name.map(own -> source.metadata().get(TACTIC + own));
  }

  /**
   * To be called when all sources are described.
   *
   * @throws BadInputException if the file describes none of them, or more than one
   */
  public void check() {
    if (file != null && described.size() != 1) {
      throw new BadInputException(
          file.toString(),
          described.isEmpty()
              ? "names no tensor of the dump as the output of a layer with a tactic"
              : "could be of the engine of any of " + String.join(", ", described),
          "Give the layers of the engine whose tensors were dumped, built with"
              + " --profilingVerbosity=detailed, and one dump of such names.");
    }
  }
}

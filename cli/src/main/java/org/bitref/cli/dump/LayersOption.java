package org.bitref.cli.dump;

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

  private final List<EngineLayers> engines = new ArrayList<>();
  private final Map<Map<String, String>, Map<String, TrtLayer>> made = new LinkedHashMap<>();

  @Option(
      names = "--layers-info",
      paramLabel = "[SYSTEM=]F",
      description =
          "JSON of trtexec --exportLayerInfo: tactics of the engine whose tensors were dumped, as"
              + " provenance; for each engine once.")
  void engines(List<String> arguments) {
    engines.clear();
    arguments.forEach(argument -> engines.add(new EngineLayers(argument)));
  }

  /**
   * The same source, which also tells the tactic of every tensor that a layer of the engine puts
   * out. Names are those of the engine: a map comes after this.
   *
   * @throws BadInputException if the file has a defect; the source is closed then
   */
  public TensorSource describe(TensorSource source) {
    return describe(source, source.name());
  }

  /**
   * The same of a source that is called otherwise.
   *
   * @param name a path, whose last part may be that of a system
   */
  public TensorSource describe(TensorSource source, String name) {
    if (engines.isEmpty()) {
      return source;
    }
    Map<String, TrtLayer> layers = new LinkedHashMap<>();
    try {
      engines.forEach(engine -> layers.putAll(engine.of(source, name)));
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
    Map<String, String> metadata = new LinkedHashMap<>(source.metadata());
    layers.forEach((tensor, layer) -> metadata.put(TACTIC + tensor, layer.tactic().orElseThrow()));
    if (!layers.isEmpty()) {
      made.put(metadata, layers);
    }
    return Dump.described(source, source.name(), metadata);
  }

  /** The tactic that made a tensor of a described source, mapped or not; empty if none is known. */
  public static Optional<String> tactic(TensorSource source, String tensor) {
    return origin(source, tensor).map(own -> source.metadata().get(TACTIC + own));
  }

  /**
   * The layers that made the tensors of a source, by their names there, mapped or not; none if the
   * source was not described.
   */
  public Map<String, TrtLayer> layers(TensorSource source) {
    Map<String, TrtLayer> known = made.getOrDefault(source.metadata(), Map.of());
    Map<String, TrtLayer> layers = new LinkedHashMap<>();
    for (String tensor : source.tensors().keySet()) {
      origin(source, tensor).map(known::get).ifPresent(layer -> layers.put(tensor, layer));
    }
    return layers;
  }

  private static Optional<String> origin(TensorSource source, String tensor) {
    return source instanceof MappedSource mapped ? mapped.origin(tensor) : Optional.of(tensor);
  }

  /**
   * To be called when all sources are described.
   *
   * @throws BadInputException if a file describes none of them, or more than one
   */
  public void check() {
    engines.forEach(EngineLayers::check);
  }
}

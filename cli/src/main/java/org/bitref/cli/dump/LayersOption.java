package org.bitref.cli.dump;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
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

  /** What TensorRT's compiler puts behind the name of a layer. */
  private static final Pattern MYELIN = Pattern.compile("_myl\\d+_\\d+$");

  /** What PyTorch's exporter puts behind the name of a node for its result. */
  private static final Pattern OUTPUT = Pattern.compile("_output_\\d+$");

  @Option(
      names = "--layers-info",
      paramLabel = "F",
      description =
          "JSON of trtexec --exportLayerInfo: tactics of the engine whose tensors were dumped, as"
              + " provenance.")
  private Path file;

  private final List<String> described = new ArrayList<>();
  private final Map<String, TrtLayer> made = new HashMap<>();

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
      layersOf(source).forEach((tensor, layer) -> metadata.put(TACTIC + tensor, tactic(layer)));
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
    if (metadata.size() > source.metadata().size()) {
      described.add(source.name());
    }
    return Dump.described(source, source.name(), metadata);
  }

  /**
   * The layers with a tactic by the tensors that they put out, else by those they are called like.
   */
  private Map<String, TrtLayer> layersOf(TensorSource source) {
    Map<String, TrtLayer> layers = new LinkedHashMap<>();
    Map<String, TrtLayer> called = new HashMap<>();
    for (TrtLayer layer : TrtLayer.read(file)) {
      if (layer.tactic().isPresent()) {
        layer.outputs().stream()
            .map(TrtLayer.Port::name)
            .filter(source::has)
            .forEach(output -> layers.put(output, layer));
        called.putIfAbsent(letters(MYELIN.matcher(layer.name()).replaceFirst("")), layer);
      }
    }
    for (String tensor : source.tensors().keySet()) {
      Optional.ofNullable(called.get(letters(OUTPUT.matcher(tensor).replaceFirst(""))))
          .ifPresent(layer -> layers.putIfAbsent(tensor, layer));
    }
    made.putAll(layers);
    return layers;
  }

  /** TensorRT's compiler keeps only these of the names in a graph. */
  private static String letters(String name) {
    return name.replaceAll("[^A-Za-z0-9]+", "_").replaceFirst("^_", "");
  }

  private static String tactic(TrtLayer layer) {
    return layer.tactic().orElseThrow();
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
    Map<String, TrtLayer> layers = new LinkedHashMap<>();
    for (String tensor : source.tensors().keySet()) {
      origin(source, tensor)
          .filter(own -> source.metadata().containsKey(TACTIC + own))
          .map(made::get)
          .ifPresent(layer -> layers.put(tensor, layer));
    }
    return layers;
  }

  /** True of the metadata of a source that was described. */
  public static boolean isDescribed(Map<String, String> metadata) {
    return metadata.keySet().stream().anyMatch(key -> key.startsWith(TACTIC));
  }

  private static Optional<String> origin(TensorSource source, String tensor) {
    return source instanceof MappedSource mapped ? mapped.origin(tensor) : Optional.of(tensor);
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

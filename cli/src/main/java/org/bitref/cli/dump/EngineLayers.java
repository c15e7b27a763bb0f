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
import org.bitref.loaders.trtexec.TrtLayer;
import org.bitref.tensor.TensorSource;

/** The layers of one engine and the tensors of its dump. */
final class EngineLayers {
  /** What TensorRT's compiler puts behind the name of a layer. */
  private static final Pattern MYELIN = Pattern.compile("_myl\\d+_\\d+$");

  /** What PyTorch's exporter puts behind the name of a node for its result. */
  private static final Pattern OUTPUT = Pattern.compile("_output_\\d+$");

  private final Optional<String> system;
  private final Path file;
  private final List<String> described = new ArrayList<>();

  /**
   * @param argument {@code FILE}, or {@code SYSTEM=FILE} where the system's dump is named
   */
  EngineLayers(String argument) {
    int equals = argument.indexOf('=');
    this.system = equals < 0 ? Optional.empty() : Optional.of(argument.substring(0, equals));
    this.file = Path.of(argument.substring(equals + 1));
  }

  /**
   * The layers with a tactic by the tensors of the source that they put out. If the system was
   * named, also by those that they are called like: engines tell no outputs of layers in between.
   *
   * @param path of the source
   * @throws BadInputException if the file has a defect
   */
  Map<String, TrtLayer> of(TensorSource source, String path) {
    if (system.filter(name -> !isCalled(path, name)).isPresent()) {
      return Map.of();
    }
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
    if (system.isPresent()) {
      for (String tensor : source.tensors().keySet()) {
        Optional.ofNullable(called.get(letters(OUTPUT.matcher(tensor).replaceFirst(""))))
            .ifPresent(layer -> layers.putIfAbsent(tensor, layer));
      }
    }
    if (!layers.isEmpty()) {
      described.add(source.name());
    }
    return layers;
  }

  private static boolean isCalled(String path, String name) {
    Path last = Path.of(path).getFileName();
    return last != null && (last.toString().equals(name) || last.toString().startsWith(name + "."));
  }

  /** TensorRT's compiler keeps only these of the names in a graph. */
  private static String letters(String name) {
    return name.replaceAll("[^A-Za-z0-9]+", "_").replaceFirst("^_", "");
  }

  /**
   * To be called when all sources were asked for.
   *
   * @throws BadInputException if the file describes none of them, or more than one
   */
  void check() {
    if (described.size() != 1) {
      throw new BadInputException(
          file.toString(),
          described.isEmpty()
              ? "names no tensor of the dump as the output of a layer with a tactic"
              : "could be of the engine of any of " + String.join(", ", described),
          "Give the layers of the engine whose tensors were dumped, built with"
              + " --profilingVerbosity=detailed, as SYSTEM=FILE if several dumps have such names.");
    }
  }
}

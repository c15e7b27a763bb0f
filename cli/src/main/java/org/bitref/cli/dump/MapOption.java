package org.bitref.cli.dump;

import java.util.function.Function;
import java.util.function.Predicate;
import org.bitref.BadInputException;
import org.bitref.loaders.map.NameMap;
import org.bitref.tensor.TensorSource;
import picocli.CommandLine.Option;

/** The option {@code --map} of commands that read dumps of other tools. */
public final class MapOption {
  @Option(
      names = "--map",
      paramLabel = "M",
      description =
          "Names and layouts of every dump: a map that comes with bitref (hf, onnx, onnx-dynamo,"
              + " polygraphy, trtexec, edge-llm), or a JSON file.")
  private String map;

  /**
   * A source under the names of the map; without the option under its own. It is closed if the map
   * does not fit.
   *
   * @throws BadInputException if the map has a defect or does not fit
   */
  public TensorSource apply(TensorSource source) {
    return applied(source, loaded -> loaded.apply(source));
  }

  /**
   * The same source with those tensors under other names that the map has rules for, but for names
   * that mean something as they are. It is closed if the map does not fit.
   *
   * @throws BadInputException if the map has a defect or does not fit
   */
  public TensorSource applyTo(TensorSource source, Predicate<String> meaningful) {
    return applied(source, loaded -> loaded.applyTo(source, meaningful));
  }

  private TensorSource applied(TensorSource source, Function<NameMap, TensorSource> how) {
    if (map == null) {
      return source;
    }
    try {
      return how.apply(NameMap.load(map));
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }
}

package org.bitref.cli.dump;

import java.util.function.Function;
import java.util.function.Predicate;
import org.bitref.Text;
import org.bitref.cli.console.UsageException;
import org.bitref.loaders.file.Nearest;
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
   * @throws org.bitref.BadInputException if the map has a defect or does not fit
   * @throws UsageException if there is no such map
   */
  public TensorSource apply(TensorSource source) {
    return applied(source, loaded -> loaded.apply(source));
  }

  /**
   * The same source with those tensors under other names that the map has rules for, but for names
   * that mean something as they are. It is closed if the map does not fit.
   *
   * @throws org.bitref.BadInputException if the map has a defect or does not fit
   * @throws UsageException if there is no such map
   */
  public TensorSource applyTo(TensorSource source, Predicate<String> meaningful) {
    return applied(source, loaded -> loaded.applyTo(source, meaningful));
  }

  private void check() {
    if (!map.endsWith(".json") && !NameMap.builtIn().contains(map)) {
      throw UsageException.value(
          "--map",
          "no map is called %s; the nearest names are %s; else give a file that ends in .json"
              .formatted(Text.quote(map), Nearest.of(map, NameMap.builtIn())));
    }
  }

  private TensorSource applied(TensorSource source, Function<NameMap, TensorSource> how) {
    if (map == null) {
      return source;
    }
    try {
      check();
      return how.apply(NameMap.load(map));
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }
}

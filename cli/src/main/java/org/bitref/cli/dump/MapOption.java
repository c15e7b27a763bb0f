package org.bitref.cli.dump;

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
    if (map == null) {
      return source;
    }
    try {
      return NameMap.load(map).apply(source);
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }
}

package org.bitref.cli.explain;

import java.nio.file.Path;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.cli.dump.MapOption;
import picocli.CommandLine.Option;

/** The options that name what all systems share. */
final class SharedOptions {
  @Option(
      names = "--inputs",
      paramLabel = "F",
      description = "File of what all systems got: hidden, attn, cos, sin, position_ids, stages.")
  private Optional<Path> inputs = Optional.empty();

  @Option(
      names = "--weights",
      paramLabel = "F|MODEL",
      description =
          "File of weights, named as in Hugging Face, ONNX or like their stages; or a checkpoint"
              + " folder.")
  private Optional<Path> weights = Optional.empty();

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "Checkpoint folder: its config, and weights that --weights does not hold.")
  private Optional<Path> model = Optional.empty();

  /**
   * Opens what was named.
   *
   * @param map for names in the files that mean nothing as they are
   * @throws BadInputException if a file cannot be read
   */
  SharedFiles open(MapOption map) {
    SharedFiles files = new SharedFiles();
    boolean opened = false;
    try {
      inputs.ifPresent(path -> files.openInputs(path, map));
      weights.ifPresent(path -> files.openWeights(path, model.isPresent(), map));
      model.ifPresent(files::openModel);
      opened = true;
      return files;
    } finally {
      if (!opened) {
        files.close();
      }
    }
  }
}

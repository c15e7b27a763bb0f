package org.bitref.cli.explain;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.bitref.BadInputException;
import org.bitref.cli.dump.MapOption;
import org.bitref.loaders.Sources;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.model.StageNames;
import org.bitref.model.WeightNames;
import org.bitref.tensor.TensorSource;
import picocli.CommandLine.Option;

/** The options that name what all systems share. */
final class SharedOptions {
  private static final List<String> INPUTS =
      Stream.concat(
              Stream.of("hidden", "attn", "cos", "sin", "position_ids"), StageNames.all().stream())
          .toList();

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
      Optional<Path> folder = weights.filter(path -> model.isEmpty() && isCheckpoint(path));
      inputs.ifPresent(path -> files.addInputs(open(path, map, this::isInput)));
      weights
          .filter(_ -> folder.isEmpty())
          .ifPresent(path -> files.addWeights(open(path, map, this::isWeight)));
      model.or(() -> folder).ifPresent(path -> files.setModel(Checkpoint.open(path)));
      opened = true;
      return files;
    } finally {
      if (!opened) {
        files.close();
      }
    }
  }

  /**
   * Asks whether files mean anything, once all are open.
   *
   * @throws BadInputException if one does not
   */
  void check(SharedFiles files) {
    need(files.inputs(), this::isInput, "input", INPUTS, "hidden");
    need(files.weights(), this::isWeight, "weight of a stage", StageNames.all(), "q_proj");
  }

  private static TensorSource open(Path path, MapOption map, Predicate<String> meaningful) {
    return map.applyTo(Sources.open(path), meaningful);
  }

  private static void need(
      List<TensorSource> sources,
      Predicate<String> meaningful,
      String what,
      List<String> known,
      String example) {
    for (TensorSource source : sources) {
      Collection<String> names = source.tensors().keySet();
      if (names.stream().noneMatch(meaningful)) {
        throw UnknownNames.in(source.name(), names, what, known, example);
      }
    }
  }

  private static boolean isCheckpoint(Path path) {
    return Files.exists(path.resolve("config.json"));
  }

  private boolean isInput(String name) {
    String plain = name.startsWith("in.") ? name.substring(3) : name;
    return StageNames.input(plain).isPresent() || StageNames.isInput(plain);
  }

  private boolean isWeight(String name) {
    return WeightNames.stage(name).isPresent();
  }
}

package org.bitref.cli.explain;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.bitref.BadInputException;
import org.bitref.cli.dump.Dump;
import org.bitref.cli.dump.MapOption;
import org.bitref.explain.Capture;
import org.bitref.loaders.Sources;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.model.StageNames;
import org.bitref.model.WeightNames;
import org.bitref.tensor.TensorSource;

/** Open files of what all systems share. */
public final class SharedFiles implements AutoCloseable {
  private static final List<String> INPUTS =
      Stream.concat(
              Stream.of("hidden", "attn", "cos", "sin", "position_ids"), StageNames.all().stream())
          .toList();

  private final List<TensorSource> inputs = new ArrayList<>();
  private final List<TensorSource> weights = new ArrayList<>();
  private Optional<Checkpoint> model = Optional.empty();

  /**
   * Opens a file of inputs.
   *
   * @param map for names in it that mean nothing as they are
   * @throws BadInputException if it cannot be read
   */
  public void openInputs(Path file, MapOption map) {
    inputs.add(map.applyTo(Sources.open(file), SharedFiles::isInput));
  }

  /**
   * Opens a file of weights, or a checkpoint.
   *
   * @param tensors true if a folder with a config is no more than its tensors
   * @param map for names in a file that mean nothing as they are
   * @throws BadInputException if it cannot be read
   */
  public void openWeights(Path path, boolean tensors, MapOption map) {
    if (!tensors && Files.exists(path.resolve("config.json"))) {
      openModel(path);
    } else {
      weights.add(named(map.applyTo(Sources.open(path), SharedFiles::isWeight)));
    }
  }

  /** Weights whose names mean nothing are called as the graph in their file uses them. */
  private static TensorSource named(TensorSource source) {
    Map<String, String> inGraph = source.inGraph();
    return inGraph.isEmpty()
        ? source
        : Dump.of(
            source,
            name ->
                Optional.ofNullable(inGraph.get(name))
                    .filter(_ -> !isWeight(name))
                    .filter(better -> isWeight(better) && !source.has(better))
                    .orElse(name));
  }

  /**
   * Opens a checkpoint, of which there can be one.
   *
   * @throws BadInputException if it cannot be read, or if there is another
   */
  public void openModel(Path folder) {
    if (model.isPresent()) {
      throw new BadInputException(
          folder.toString(), "is a second checkpoint", "Give the one that all systems ran.");
    }
    model = Optional.of(Checkpoint.open(folder));
  }

  /**
   * Asks whether files mean anything, once all are open.
   *
   * @throws BadInputException if one does not
   */
  public void check() {
    need(inputs, SharedFiles::isInput, "input", INPUTS, "hidden");
    need(weights, SharedFiles::isWeight, "weight of a stage", StageNames.all(), "q_proj");
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

  private static boolean isInput(String name) {
    String plain = name.startsWith("in.") ? name.substring(3) : name;
    return StageNames.input(plain).isPresent() || StageNames.isInput(plain);
  }

  private static boolean isWeight(String name) {
    return WeightNames.stage(name).isPresent();
  }

  List<TensorSource> inputs() {
    return inputs;
  }

  List<TensorSource> weights() {
    return weights;
  }

  /** The checkpoint, if one was opened. */
  public Optional<Capture.Model> model() {
    return model.map(checkpoint -> new Capture.Model(checkpoint, checkpoint.config()));
  }

  @Override
  public void close() {
    Stream.concat(inputs.stream(), weights.stream()).forEach(TensorSource::close);
    model.ifPresent(Checkpoint::close);
  }
}

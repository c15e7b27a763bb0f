package org.bitref.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.bitref.BadInputException;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.tensor.TensorSource;

/**
 * The stages of a capture, each with the inputs that its own system had.
 *
 * @param ready those that can be computed again, in the order of computation
 * @param bridged the others
 */
public record CapturedStages(List<Ready> ready, List<Bridged> bridged) {
  public CapturedStages {
    ready = List.copyOf(ready);
    bridged = List.copyOf(bridged);
  }

  /**
   * A stage that can be computed again.
   *
   * @param inputs names of the stages behind {@code content.inputs()}
   */
  public record Ready(String system, String stage, Captured<?> content, List<String> inputs) {}

  /** A stage that cannot. */
  public record Bridged(String system, String stage, String reason) {}

  /**
   * Reads captures as {@code explain} does; a single system is enough.
   *
   * @param model where weights come from that the sources do not hold
   * @param systems those wanted; all if empty
   * @param wanted stages to look at
   * @throws BadInputException if a source holds no stage or a system is not there
   */
  public static CapturedStages of(
      List<TensorSource> sources,
      Optional<Capture.Model> model,
      List<String> systems,
      Predicate<String> wanted,
      Workers workers) {
    Capture all = Capture.of(sources, model, 1);
    Capture capture = systems.isEmpty() ? all : all.only(systems);
    StageCases cases = new StageCases(capture, workers);
    List<Ready> ready = new ArrayList<>();
    List<Bridged> bridged = new ArrayList<>();
    for (String stage : capture.stages()) {
      if (!wanted.test(stage) || capture.isGiven(stage)) {
        continue;
      }
      for (CapturedSystem system : capture.systems()) {
        if (system.computed(stage)) {
          switch (cases.prepare(system, stage)) {
            case StageCases.Prepared.Ready(Captured<?> content, List<String> inputs) ->
                ready.add(new Ready(system.name(), stage, content, inputs));
            case StageCases.Prepared.Bridged(String reason) ->
                bridged.add(new Bridged(system.name(), stage, reason));
          }
        }
      }
    }
    return new CapturedStages(ready, bridged);
  }

  /** The stages of a system by name. */
  public Map<String, Ready> of(String system) {
    Map<String, Ready> stages = new LinkedHashMap<>();
    ready.stream()
        .filter(stage -> stage.system().equals(system))
        .forEach(stage -> stages.put(stage.stage(), stage));
    return stages;
  }
}

package org.bitref.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.bitref.BadInputException;
import org.bitref.explain.Capture.CapturedSystem;
import org.bitref.explain.CapturedStage.Lacking;
import org.bitref.explain.CapturedStage.Ready;
import org.bitref.kernel.Workers;
import org.bitref.tensor.TensorSource;

/**
 * The stages of a capture, each with the inputs that its own system had.
 *
 * @param ready those that can be computed again, in the order of computation
 * @param lacking the others
 */
public record CapturedStages(List<Ready> ready, List<Lacking> lacking) {
  /** The lists are copied. */
  public CapturedStages {
    ready = List.copyOf(ready);
    lacking = List.copyOf(lacking);
  }

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
    Capture capture = CaptureAssembly.of(Dumps.of(sources), model, 1).only(systems);
    StageBinder binder = new StageBinder(capture, workers);
    List<Ready> ready = new ArrayList<>();
    List<Lacking> lacking = new ArrayList<>();
    for (String stage : capture.stages()) {
      if (wanted.test(stage)) {
        for (CapturedSystem system : capture.computing(stage)) {
          switch (binder.bind(system, stage)) {
            case Ready one -> ready.add(one);
            case Lacking one -> lacking.add(one);
          }
        }
      }
    }
    return new CapturedStages(ready, lacking);
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

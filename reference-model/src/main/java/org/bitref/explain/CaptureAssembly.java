package org.bitref.explain;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.BadInputException;
import org.bitref.explain.Capture.CapturedSystem;
import org.bitref.explain.Capture.Model;
import org.bitref.explain.CaptureReader.Own;
import org.bitref.model.Families;
import org.bitref.model.Family;
import org.bitref.model.Plan;
import org.bitref.model.Stage;
import org.bitref.model.StageNames;
import org.bitref.recipe.Device;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** Puts a capture together from its files. */
final class CaptureAssembly {
  /** Deepstack features; where a capture has none, the states pass unchanged. */
  private static final int FEATURES = 3;

  private static final String EMBEDDINGS = "inputs_embeds";

  private CaptureAssembly() {}

  /**
   * Understands sources with at least this many systems.
   *
   * @throws BadInputException if there are fewer, or a system has a stage twice
   */
  static Capture of(Dumps dumps, Optional<Model> model, int least) {
    CaptureReader read = new CaptureReader(dumps);
    if (read.systems().size() < least) {
      throw new BadInputException(
          String.join(", ", dumps.systems().stream().map(TensorSource::name).toList()),
          "holds " + read.systems().size() + " system(s) with stages of a layer",
          "Give a file with tensors <system>.<stage> of %s, or one file a system."
              .formatted(least == 1 ? "a system" : "two systems"));
    }
    Set<String> all = new LinkedHashSet<>();
    read.systems().values().forEach(own -> all.addAll(own.stages().keySet()));
    ModelFacts told =
        model.map(Model::config).map(ModelFacts::of).orElseGet(() -> ModelFacts.of(dumps));
    Family family = told.family().orElseGet(() -> family(all, read.weights()));
    ModelFacts facts = told.with(family);
    int layers = layers(all);
    Plan plan = family.plan(layers, Math.min(FEATURES, layers - 1));
    Map<String, Tensor> shared = Arrangement.of(plan, Map.of(), read.shared());
    List<CapturedSystem> systems = new ArrayList<>();
    read.systems()
        .forEach(
            (name, own) -> {
              Map<String, Tensor> brought = new LinkedHashMap<>(own.given());
              brought.putAll(own.stages());
              Map<String, Tensor> stages = new LinkedHashMap<>(shared);
              stages.putAll(Arrangement.of(plan, shared, brought));
              systems.add(
                  new CapturedSystem(
                      name,
                      stages,
                      Set.copyOf(own.stages().keySet()),
                      stage -> weight(stage, plan, read.weights(), model),
                      own.widened(),
                      own.provenance(),
                      device(name, own, read.systems().values())));
            });
    systems.sort(Comparator.comparingInt((CapturedSystem s) -> -s.own().size()));
    read.weights()
        .transpose(
            Orientation.transposed(
                plan, read.weights(), systems.stream().map(CapturedSystem::stages).toList()));
    boolean judged = isJudged(systems, read);
    return new Capture(
        systems,
        plan,
        judged ? read.preflight().without(EMBEDDINGS) : read.preflight(),
        read.extra(),
        facts,
        judged,
        read.starts(),
        new Reading(read.weights().transposed(), read.aside()));
  }

  /** One device is not that of several systems in a file: a CPU's may be beside a GPU's there. */
  private static Device device(String name, Own own, Collection<Own> all) {
    boolean alone = all.stream().filter(other -> other.file().equals(own.file())).count() == 1;
    return Device.of(own.provenance(), alone ? Optional.empty() : Optional.of(name));
  }

  /** Whether embeddings that differ can be computed again from what they are made of. */
  private static boolean isJudged(List<CapturedSystem> systems, CaptureReader read) {
    Set<String> given = read.extra().keySet();
    return read.preflight().differs(EMBEDDINGS)
        && given.contains("input_ids")
        && (!given.contains("visual_mask") || given.contains("visual_embeds"))
        && systems.stream().allMatch(system -> system.weights().apply(EMBEDDINGS).isPresent());
  }

  private static Optional<Tensor> weight(
      String stage, Plan plan, SharedWeights weights, Optional<Model> model) {
    return weights
        .find(stage)
        .or(
            () ->
                model.flatMap(
                    m -> parameter(stage, plan).map(one -> m.weights().weight(one.name()))));
  }

  private static Optional<Stage.Parameter> parameter(String stage, Plan plan) {
    return Stage.biased(stage)
        .map(product -> plan.find(product).flatMap(Stage::bias))
        .orElseGet(() -> plan.find(stage).flatMap(Stage::weight));
  }

  /** The first family that has all these stages and no norm of queries that they lack. */
  private static Family family(Set<String> names, SharedWeights weights) {
    Set<String> held = new LinkedHashSet<>(names);
    held.addAll(weights.stages());
    int layers = layers(names);
    boolean normed = isHeld(held, "q_norm");
    boolean rotated = isHeld(held, "q_proj") && isHeld(held, "q_rope");
    return Families.all().stream()
        .filter(family -> has(family.plan(layers, 0), held))
        .filter(family -> normed || !rotated || family.plan(1, 0).find("layers.0.q_norm").isEmpty())
        .findFirst()
        .orElse(Families.all().getFirst());
  }

  private static boolean isHeld(Set<String> held, String last) {
    return held.stream().anyMatch(name -> StageNames.last(name).equals(last));
  }

  private static boolean has(Plan plan, Set<String> held) {
    return held.stream()
        .allMatch(
            name ->
                Stage.biased(name)
                    .map(product -> plan.find(product).flatMap(Stage::bias).isPresent())
                    .orElseGet(() -> plan.find(name).isPresent()));
  }

  private static int layers(Set<String> names) {
    int layers = 1;
    for (String name : names) {
      if (name.startsWith("layers.")) {
        layers = Math.max(layers, 1 + StageNames.layer(name));
      }
    }
    return layers;
  }
}

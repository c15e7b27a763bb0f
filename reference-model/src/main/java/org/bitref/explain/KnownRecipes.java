package org.bitref.explain;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.bitref.diagnose.Diagnosed;
import org.bitref.explain.CapturedStage.Ready;
import org.bitref.kernel.Workers;
import org.bitref.model.StageNames;
import org.bitref.operation.Attention;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.operation.Operation;
import org.bitref.operation.Product;
import org.bitref.recipe.Device;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Identification;
import org.bitref.search.Identification.Match;
import org.bitref.search.Outcome;
import org.bitref.search.Outcome.Known.Source;
import org.bitref.search.StageSearch;
import org.bitref.search.Verdict;

/** Finds the recipes of stages, and remembers those found for the stages of a kind that follow. */
final class KnownRecipes {
  private final List<StageRecipe> elsewhere;
  private final Function<String, Device> devices;
  private final Workers workers;
  private final Map<String, Identification> known = new HashMap<>();
  private final Map<String, Norms> norms = new HashMap<>();

  /** What a long search found nothing for. */
  private final Set<String> unfound = new HashSet<>();

  /**
   * @param elsewhere recipes found elsewhere, which count where no other reproduces a stage
   * @param devices that the systems ran on, by their names
   */
  KnownRecipes(List<StageRecipe> elsewhere, Function<String, Device> devices, Workers workers) {
    this.elsewhere = elsewhere;
    this.devices = devices;
    this.workers = workers;
  }

  /**
   * A system's norms on the inputs that it stored.
   *
   * @param searched what was found for each alone
   * @param found what is known of each beside the others
   */
  private record Norms(
      Device device,
      Map<String, Captured<?>> cases,
      Map<String, Identification> searched,
      Map<String, Identification> found) {
    /** Empty if the stage is none of them, or has other inputs here. */
    Optional<Identification> of(Ready stage) {
      return Optional.ofNullable(cases.get(stage.stage()))
          .map(stored -> stored.operation().inputs())
          .filter(stage.content().operation().inputs()::equals)
          .map(_ -> found.get(stage.stage()));
    }

    void prefer(StageRecipe recipe) {
      found.replaceAll(
          (stage, norm) ->
              norm.ties().stream().anyMatch(tie -> tie.recipe().equals(recipe))
                  ? NormAgreement.ahead(norm, recipe)
                  : norm);
    }
  }

  /** Looks for the recipes of a system's norms together, by stage. */
  void norms(String system, Map<String, Captured<?>> ready) {
    Map<String, Identification> searched = new LinkedHashMap<>();
    Device device = devices.apply(system);
    ready.forEach((stage, norm) -> searched.put(stage, searched(device, stage, norm)));
    norms.put(
        system,
        new Norms(device, ready, searched, NormAgreement.of(ready, searched, device, workers)));
  }

  /** What is the same in two systems of one device is searched once. */
  private Identification searched(Device device, String stage, Captured<?> norm) {
    return norms.values().stream()
        .filter(other -> other.device == device)
        .filter(other -> other.cases.containsKey(stage) && same(norm, other.cases.get(stage)))
        .map(other -> other.searched.get(stage))
        .findFirst()
        .orElseGet(() -> StageSearch.identify(norm, device, workers));
  }

  /** What is known of other stages, if it reproduces this one: cheap beside a search. */
  Optional<Identification> again(Ready stage) {
    Optional<Identification> layer = again(key(stage), Source.EARLIER_LAYER, stage);
    if (layer.isPresent() || !isLong(stage.content())) {
      return layer;
    }
    return again(ofSystem(stage), Source.OTHER_PRODUCT, stage)
        .or(() -> again("any " + kind(stage), Source.OTHER_SYSTEM, stage));
  }

  private static boolean same(Captured<?> a, Captured<?> b) {
    return a.y().isSame(b.y())
        && a.operation() instanceof Norm one
        && b.operation() instanceof Norm other
        && one.isSame(other);
  }

  /**
   * The recipe of a stage that no known one reproduces, see {@link #again}. A long search that
   * found nothing for what is rounding is not made again for the system's stages of that kind.
   *
   * @param rounding whether the outputs are known to be roundings of the model's function
   */
  Identification search(Ready stage, BooleanSupplier rounding) {
    Captured<?> content = stage.content();
    Device device = devices.apply(stage.system());
    if (isLong(content) && unfound.contains(ofSystem(stage))) {
      return notSearched(content);
    }
    Identification searched =
        Optional.ofNullable(norms.get(stage.system()))
            .flatMap(ofSystem -> ofSystem.of(stage))
            .orElseGet(() -> StageSearch.identify(content, device, workers));
    Identification found = StageSearch.orKnown(searched, content, elsewhere, device, workers);
    if (NormAgreement.reproduced(found)) {
      remember(stage, found);
    } else if (isLong(content)
        && found.verdict() == Verdict.UNEXPLAINED
        && rounding.getAsBoolean()) {
      unfound.add(ofSystem(stage));
    }
    return Diagnosed.of(found, content, workers);
  }

  /** For a stage of which no recipe is wanted. */
  static Identification notSearched(Captured<?> content) {
    return Identification.nothing(
        new Outcome.NotSearched(), content.y().elements(), List.of(), List.of(), 0);
  }

  private void remember(Ready stage, Identification found) {
    known.put(key(stage), found);
    if (isLong(stage.content())) {
      known.put(ofSystem(stage), found);
      known.putIfAbsent("any " + kind(stage), found);
    }
  }

  /** Products and attention have many recipes, and stages alike have the same. */
  static boolean isLong(Captured<?> content) {
    return content.operation() instanceof Product || content.operation() instanceof Attention;
  }

  private static String kind(Ready stage) {
    Operation operation = stage.content().operation();
    return operation.kind() + " of " + operation.inputs().getFirst().dtype();
  }

  private static String ofSystem(Ready stage) {
    return stage.system() + " " + kind(stage);
  }

  private static String key(Ready stage) {
    return key(stage.system(), stage.stage(), stage.content().operation().inputs().size());
  }

  /** Of the recipes that fit this stage, and where it fits the system's other norms, this first. */
  void prefer(String system, String stage, StageRecipe recipe) {
    known.computeIfPresent(
        key(system, stage, 1), (ignored, found) -> NormAgreement.ahead(found, recipe));
    if (norms.containsKey(system)) {
      norms.get(system).prefer(recipe);
    }
  }

  private static String key(String system, String stage, int inputs) {
    return system + " " + StageNames.last(stage) + " of " + inputs;
  }

  /**
   * What was found before under this key, if it reproduces this stage as well. What does not go
   * with the stage's device is no answer before a search has looked for what does.
   */
  private Optional<Identification> again(String key, Source source, Ready stage) {
    Captured<?> content = stage.content();
    Device device = devices.apply(stage.system());
    return Optional.ofNullable(known.get(key))
        .filter(before -> !device.isForeign(before.best().getFirst().recipe()))
        .filter(before -> content.isReproducedBy(before.best().getFirst().recipe(), workers))
        .map(before -> again(before, source, content.y().elements()));
  }

  private static Identification again(Identification before, Source source, long total) {
    List<Match> best = List.of(new Match(before.best().getFirst().recipe(), total));
    return new Identification(
        new Outcome.Known(source, before.verdict()),
        total,
        best,
        before.same(),
        before.ties(),
        before.tiles(),
        List.of(),
        1);
  }
}

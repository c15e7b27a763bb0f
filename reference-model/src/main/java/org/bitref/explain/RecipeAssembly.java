package org.bitref.explain;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.bitref.explain.Capture.CapturedSystem;
import org.bitref.explain.SystemRecipe.Cause;
import org.bitref.explain.SystemRecipe.Evidence;
import org.bitref.explain.SystemRecipe.FoundRule;
import org.bitref.explain.SystemRecipe.OpenStage;
import org.bitref.explain.SystemStage.Finding;
import org.bitref.explain.SystemStage.Recomputed;
import org.bitref.kernel.Workers;
import org.bitref.model.Plan;
import org.bitref.model.Stage;
import org.bitref.model.StageNames;
import org.bitref.operation.OperationKind;
import org.bitref.recipe.Exponential;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.RopeTableRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Identification;
import org.bitref.search.Identification.Match;

/** Puts the model recipe of one system together. */
final class RecipeAssembly {
  private final Map<String, SystemStage> stages;
  private final Capture capture;
  private final CapturedSystem system;
  private final Workers workers;
  private final ModelRecipe nearest;
  private final RecipeChoice choice;
  private final Plan plan;
  private final Map<String, Shown> shown = new LinkedHashMap<>();

  /**
   * @param stages of the system, in the order of computation
   */
  RecipeAssembly(
      Map<String, SystemStage> stages, Capture capture, CapturedSystem system, Workers workers) {
    this.stages = stages;
    this.capture = capture;
    this.system = system;
    this.workers = workers;
    this.nearest = NearestRecipe.to(stages, capture.plan(), system.device());
    this.choice = new RecipeChoice(capture, system, nearest, workers);
    // One layer more: what was captured of others holds for it, or the nearest recipe does.
    this.plan = capture.facts().settings().family().plan(layers(stages.keySet()) + 1, 0);
  }

  private static int layers(Set<String> stages) {
    int none = StageNames.layer("logits");
    return 1 + stages.stream().mapToInt(StageNames::layer).filter(i -> i != none).max().orElse(-1);
  }

  /**
   * What reproduces a stage.
   *
   * @param fits how many recipes do
   */
  private record Shown(
      StageRecipe recipe, long outputs, int fits, List<String> unrounded, Optional<String> by) {}

  SystemRecipe recipe() {
    stages.forEach((name, stage) -> shown(name, stage).ifPresent(one -> shown.put(name, one)));
    Map<String, StageRecipe> recipes = choice.of(freely());
    shown.forEach((name, one) -> recipes.putIfAbsent(name, one.recipe()));
    Map<String, StageRecipe> inOrder = new LinkedHashMap<>();
    shown.keySet().forEach(name -> inOrder.put(name, recipes.get(name)));
    List<FoundRule> found = new ArrayList<>();
    for (RuleFolding.Folded folded : RuleFolding.fold(inOrder)) {
      ModelRecipe.Rule rule = new ModelRecipe.Rule(folded.pattern(), folded.recipe());
      found.add(new FoundRule(rule, evidence(folded.stages())));
    }
    return new SystemRecipe(system.name(), found, nearest.name(), others(found), open(found));
  }

  /** What may as well have another recipe that fits: no later stage decides between them. */
  private Map<String, StageRecipe> freely() {
    Map<String, StageRecipe> free = new LinkedHashMap<>();
    shown.forEach(
        (name, one) -> {
          if (one.by().isEmpty() && one.unrounded().isEmpty()) {
            free.put(name, one.recipe());
          }
        });
    return free;
  }

  private Optional<Shown> shown(String name, SystemStage stage) {
    OperationKind kind = plan.find(name).map(Stage::kind).orElseThrow();
    if (kind == OperationKind.COSINES || kind == OperationKind.SINES) {
      return table(name, kind == OperationKind.SINES);
    }
    if (stage.recipe().isEmpty() || cause(stage) != Cause.NOT_REPRODUCED) {
      return choice
          .nearest(name)
          .map(one -> new Shown(one.recipe(), one.outputs(), 1, List.of(), Optional.empty()));
    }
    StageRecipe recipe = stage.recipe().get();
    Optional<StageRecipe> fused =
        stage
            .recomputed()
            .filter(known -> !known.unrounded().isEmpty())
            .flatMap(_ -> fused(name, recipe));
    return fused.or(() -> ofKind(kind, recipe)).map(one -> shown(stage, one, fused.isPresent()));
  }

  private Shown shown(SystemStage stage, StageRecipe recipe, boolean fused) {
    Recomputed known = stage.recomputed().orElseThrow();
    return new Shown(
        recipe,
        known.search().total(),
        known.search().fits(system.device()),
        fused ? List.of() : known.unrounded(),
        stage.finding() instanceof Finding.Reproduced(var later) ? later : Optional.empty());
  }

  private Optional<StageRecipe> fused(String name, StageRecipe recipe) {
    return FusedNorm.of(name, recipe, plan, system, new StageBinder(capture, workers), workers);
  }

  /** The recipe as a rule of a model has it: a sum of which nothing is added was seen as a copy. */
  private static Optional<StageRecipe> ofKind(OperationKind kind, StageRecipe recipe) {
    if (kind.takes(recipe)) {
      return Optional.of(recipe);
    }
    return recipe instanceof PointRecipe copy && copy.kind() == PointRecipe.Kind.CAST
        ? kind.point()
            .filter(PointRecipe.Kind.ADD::equals)
            .map(
                sum ->
                    new PointRecipe(
                        sum, copy.calc(), Exponential.CR, PointRecipe.Form.DIV, copy.output()))
        : Optional.empty();
  }

  private Optional<Shown> table(String name, boolean sine) {
    List<RopeTableRecipe> fitting =
        TableRecipes.of(
            system.get(name), capture.rotary(name, system.get(name)), sine, tables(), workers);
    return fitting.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Shown(
                fitting.getFirst(),
                system.get(name).elements(),
                fitting.size(),
                List.of(),
                Optional.empty()));
  }

  /** Tables that are likely: that found already, and that of the nearest recipe. */
  private Set<RopeTableRecipe> tables() {
    Set<RopeTableRecipe> likely = new LinkedHashSet<>();
    shown.values().stream().map(Shown::recipe).forEach(one -> addTable(one, likely));
    addTable(nearest.of("rope.cos"), likely);
    return likely;
  }

  private static void addTable(StageRecipe recipe, Set<RopeTableRecipe> tables) {
    if (recipe instanceof RopeTableRecipe table) {
      tables.add(table);
    }
  }

  private List<Evidence> evidence(List<String> ofRule) {
    Map<String, List<String>> kinds = new LinkedHashMap<>();
    for (String stage : ofRule) {
      kinds.computeIfAbsent(RuleFolding.kind(stage), _ -> new ArrayList<>()).add(stage);
    }
    return kinds.values().stream().map(this::evidenceOf).toList();
  }

  private Evidence evidenceOf(List<String> ofKind) {
    List<Shown> all = ofKind.stream().map(shown::get).toList();
    Set<String> unrounded = new LinkedHashSet<>();
    Set<String> settledBy = new LinkedHashSet<>();
    all.forEach(one -> unrounded.addAll(one.unrounded()));
    all.forEach(one -> one.by().ifPresent(settledBy::add));
    return new Evidence(
        ofKind,
        all.stream().mapToLong(Shown::outputs).sum(),
        all.stream().mapToInt(Shown::fits).max().orElseThrow(),
        unrounded,
        settledBy);
  }

  /** The rules of the nearest recipe that some stage of the plan comes to. */
  private List<ModelRecipe.Rule> others(List<FoundRule> found) {
    Set<ModelRecipe.Rule> needed = new HashSet<>();
    for (Stage stage : plan.stages()) {
      String name = stage.id().name();
      if (!isIn(found, name)) {
        nearest.rules().stream()
            .filter(rule -> Pattern.matches(rule.pattern(), name))
            .findFirst()
            .ifPresent(needed::add);
      }
    }
    return nearest.rules().stream().filter(needed::contains).toList();
  }

  private static boolean isIn(List<FoundRule> found, String stage) {
    return found.stream().anyMatch(one -> Pattern.matches(one.rule().pattern(), stage));
  }

  private List<OpenStage> open(List<FoundRule> found) {
    List<OpenStage> open = new ArrayList<>();
    stages.forEach(
        (name, stage) -> {
          if (!shown.containsKey(name)) {
            Optional<Recomputed> known = stage.recomputed();
            open.add(
                new OpenStage(
                    name,
                    cause(stage),
                    stage.status(),
                    stage.best(),
                    known.map(Recomputed::search).map(Identification::total).orElse(0L),
                    isIn(found, name)));
          }
        });
    return open;
  }

  private static Cause cause(SystemStage stage) {
    Optional<Identification> found =
        stage.recipe().flatMap(_ -> stage.recomputed()).map(Recomputed::search);
    if (found.flatMap(Identification::factors).isPresent()) {
      return Cause.FACTORS;
    }
    Optional<Match> best = stage.best();
    return found.filter(one -> best.orElseThrow().equal() < one.total()).isPresent()
        ? Cause.TILES
        : Cause.NOT_REPRODUCED;
  }
}

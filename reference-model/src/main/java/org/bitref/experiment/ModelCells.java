package org.bitref.experiment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.bitref.BadInputException;
import org.bitref.experiment.Cell.Difference;
import org.bitref.explain.CapturedStage.Lacking;
import org.bitref.kernel.Workers;
import org.bitref.model.CacheOptions;
import org.bitref.model.Executor;
import org.bitref.model.Plan;
import org.bitref.model.PrefillInputs;
import org.bitref.model.Stage;
import org.bitref.model.StageId;
import org.bitref.model.Weights;
import org.bitref.operation.OperationKind;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/**
 * Every stage of a model under every hypothesis, against a reference run of the same model. Stages
 * of which a hypothesis says nothing run under the reference's recipe.
 */
public final class ModelCells implements Cells {
  private final String version;
  private final Setup setup;
  private final Plan plan;
  private final Workers workers;
  private final ContentHash hash = new ContentHash();
  private final Map<String, Tensor> reference = new LinkedHashMap<>();
  private final Map<String, Executor> executors = new HashMap<>();
  private final List<Cell.Planned> planned = new ArrayList<>();
  private final List<String> names;

  /**
   * @param wanted stages to compare
   * @param anchored true if every stage takes its inputs from the reference, false if each
   *     hypothesis runs from the prompt to the end
   */
  public record Setup(
      PrefillInputs inputs,
      Weights weights,
      ModelRecipe reference,
      Predicate<String> wanted,
      boolean anchored) {}

  /**
   * Runs the reference and finds all cells.
   *
   * @param version of the program, a part of every key
   * @throws BadInputException if a hypothesis has the wrong kind of recipe for a stage
   */
  public ModelCells(String version, Setup setup, List<Hypothesis> hypotheses, Workers workers) {
    this.version = version;
    this.setup = setup;
    this.plan = setup.inputs().plan();
    this.workers = workers;
    this.names = hypotheses.stream().map(Hypothesis::name).toList();
    Set<StageId> all = new LinkedHashSet<>();
    plan.stages().stream()
        .filter(stage -> setup.anchored() || wanted(stage))
        .forEach(stage -> all.add(stage.id()));
    executor(setup.reference())
        .run(
            all,
            Executor.Sources.NONE,
            (stage, result) -> reference.put(stage.id().name(), result));
    Map<Hypothesis, ModelRecipe> recipes = new LinkedHashMap<>();
    for (Hypothesis hypothesis : hypotheses) {
      ModelRecipe recipe = whole(hypothesis);
      recipes.put(hypothesis, recipe);
      executors.put(hypothesis.name(), executor(recipe));
    }
    String prompt = ContentHash.of(prompt());
    for (Stage stage : plan.stages()) {
      if (wanted(stage)) {
        recipes.forEach((hypothesis, recipe) -> plan(stage, hypothesis, recipe, prompt));
      }
    }
  }

  private boolean wanted(Stage stage) {
    return setup.wanted().test(stage.id().name());
  }

  private Executor executor(ModelRecipe recipe) {
    return new Executor(setup.inputs(), setup.weights(), recipe, CacheOptions.FRESH, workers);
  }

  /** The hypothesis with the reference's recipes where it has none. */
  private ModelRecipe whole(Hypothesis hypothesis) {
    List<ModelRecipe.Rule> rules = new ArrayList<>();
    for (Stage stage : plan.stages()) {
      String name = stage.id().name();
      StageRecipe recipe =
          hypothesis.recipe(name, stage.kind()).orElseGet(() -> stage.recipe(setup.reference()));
      rules.add(new ModelRecipe.Rule(Pattern.quote(name), recipe));
    }
    return new ModelRecipe(hypothesis.where(), rules);
  }

  private void plan(Stage stage, Hypothesis hypothesis, ModelRecipe recipe, String prompt) {
    String name = stage.id().name();
    if (setup.anchored() && hypothesis.recipe(name, stage.kind()).isEmpty()) {
      return;
    }
    StringBuilder text = new StringBuilder("bitref " + version + "\n" + name + "\n" + prompt);
    text.append("\ny ").append(hash.of(reference.get(name))).append('\n');
    if (setup.anchored()) {
      text.append(recipe.of(name).text()).append('\n');
      Stage as = executors.get(hypothesis.name()).stage(stage.id());
      as.inputs().forEach(id -> text.append(hash.of(reference.get(id.name()))).append('\n'));
      weight(stage, text);
    } else {
      text.append(recipe.text());
      plan.stages().forEach(other -> weight(other, text));
    }
    planned.add(
        new Cell.Planned(
            setup.reference().name(),
            name,
            hypothesis.name(),
            recipe.of(name).text(),
            ContentHash.of(text.toString())));
  }

  private void weight(Stage stage, StringBuilder text) {
    boolean given =
        stage.kind() == OperationKind.EMBED && setup.inputs().find("inputs_embeds").isPresent();
    if (!given) {
      stage
          .weight()
          .map(weight -> hash.of(setup.weights().weight(weight.name())))
          .ifPresent(sha -> text.append(sha).append('\n'));
    }
  }

  /** Geometry and all that the prefill starts from. */
  private String prompt() {
    PrefillInputs in = setup.inputs();
    StringBuilder text = new StringBuilder(setup.inputs().config() + "\n");
    text.append(in.extent()).append('\n');
    text.append(Arrays.deepToString(in.positions())).append('\n');
    text.append(Arrays.toString(in.visualMask())).append('\n');
    in.attentionMask().ifPresent(m -> text.append(Arrays.toString(m)).append('\n'));
    in.given().forEach((name, t) -> text.append(name).append(' ').append(hash.of(t)).append('\n'));
    return text.toString();
  }

  @Override
  public List<String> hypotheses() {
    return names;
  }

  @Override
  public List<Cell.Planned> planned() {
    return List.copyOf(planned);
  }

  @Override
  public List<Lacking> lacking() {
    return List.of();
  }

  @Override
  public void compute(Collection<Cell.Planned> missing, BiConsumer<Cell.Planned, Difference> done) {
    Map<String, Map<String, Cell.Planned>> byHypothesis = new LinkedHashMap<>();
    for (Cell.Planned cell : missing) {
      byHypothesis
          .computeIfAbsent(cell.hypothesis(), ignored -> new LinkedHashMap<>())
          .put(cell.stage(), cell);
    }
    Executor.Sources sources =
        setup.anchored()
            ? Executor.Sources.anchoredOn(TensorSource.of("reference", reference))
            : Executor.Sources.NONE;
    byHypothesis.forEach(
        (hypothesis, cells) -> {
          Set<StageId> stages = new LinkedHashSet<>();
          plan.stages().stream()
              .map(Stage::id)
              .filter(id -> cells.containsKey(id.name()))
              .forEach(stages::add);
          executors
              .get(hypothesis)
              .run(
                  stages,
                  sources,
                  (stage, result) -> {
                    String name = stage.id().name();
                    done.accept(cells.get(name), Difference.of(result, reference.get(name)));
                  });
        });
  }
}

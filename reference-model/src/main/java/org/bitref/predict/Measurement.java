package org.bitref.predict;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;
import org.bitref.kernel.Workers;
import org.bitref.model.CacheOptions;
import org.bitref.model.Executor;
import org.bitref.model.Plan;
import org.bitref.model.PrefillInputs;
import org.bitref.model.Stage;
import org.bitref.model.StageId;
import org.bitref.model.Weights;
import org.bitref.recipe.ModelRecipe;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/**
 * The drift of a model that ran as A and as B, one layer after the other.
 *
 * @param layers how many were run
 * @param tokens that count, from the first on
 * @param prompts how many prompts were run
 */
public record Measurement(int layers, int tokens, int prompts, List<Sample> samples) {
  public Measurement {
    samples = List.copyOf(samples);
  }

  /**
   * A stage of one layer and prompt.
   *
   * @param kind the last part of its name
   * @param drift end to end: A and B run from the prompt on
   * @param own both run this layer on A's input
   * @param input drift of the state before the layer; empty before the first
   */
  record Sample(
      String kind,
      int layer,
      int prompt,
      TokenDrift drift,
      TokenDrift own,
      Optional<TokenDrift> input) {}

  /** Two systems. */
  public record Pair(ModelRecipe a, ModelRecipe b) {}

  /**
   * Runs the first layers of a model on prompts of equal length.
   *
   * @param progress is told each layer of each prompt when it is done
   */
  public static Measurement of(
      List<PrefillInputs> prompts,
      Weights weights,
      Pair pair,
      int layers,
      Workers workers,
      IntConsumer progress) {
    Plan plan = prompts.getFirst().plan();
    List<Sample> samples = new ArrayList<>();
    for (int p = 0; p < prompts.size(); p++) {
      Executor a = executor(prompts.get(p), weights, pair.a(), workers);
      Executor b = executor(prompts.get(p), weights, pair.b(), workers);
      Map<String, Tensor> beforeA = Map.of();
      Map<String, Tensor> beforeB = Map.of();
      Optional<TokenDrift> input = Optional.empty();
      for (int layer = 0; layer < layers; layer++) {
        Set<StageId> wanted = stages(plan, layer);
        Map<String, Tensor> ofA = run(a, wanted, beforeA);
        Map<String, Tensor> ofB = run(b, wanted, beforeB);
        Map<String, Tensor> own = layer == 0 ? ofB : run(b, wanted, beforeA);
        for (StageId id : wanted) {
          Stage stage = plan.stage(id);
          Tensor x = ofA.get(id.name());
          samples.add(
              new Sample(
                  kind(id.name()),
                  layer,
                  p,
                  TokenDrift.of(stage, x, ofB.get(id.name())),
                  TokenDrift.of(stage, x, own.get(id.name())),
                  input));
        }
        beforeA = state(ofA, layer);
        beforeB = state(ofB, layer);
        StageId hidden = StageId.layer(layer, "hidden");
        Tensor stateOfA = ofA.get(hidden.name());
        input = Optional.of(TokenDrift.of(plan.stage(hidden), stateOfA, ofB.get(hidden.name())));
        progress.accept(layer);
      }
    }
    return new Measurement(layers, prompts.getFirst().extent().tokens(), prompts.size(), samples);
  }

  private static Executor executor(
      PrefillInputs prompt, Weights weights, ModelRecipe recipe, Workers workers) {
    return new Executor(prompt, weights, recipe, CacheOptions.FRESH, workers);
  }

  private static Set<StageId> stages(Plan plan, int layer) {
    Set<StageId> stages = new LinkedHashSet<>();
    plan.stages().stream().map(Stage::id).filter(id -> id.layer() == layer).forEach(stages::add);
    return stages;
  }

  /** {@code q_proj} of {@code layers.3.q_proj}, {@code kv.k} of {@code kv.3.k}. */
  private static String kind(String stage) {
    return stage.replaceFirst("^layers\\.\\d+\\.", "").replaceFirst("^kv\\.\\d+", "kv");
  }

  private static Map<String, Tensor> run(
      Executor executor, Set<StageId> wanted, Map<String, Tensor> before) {
    Map<String, Tensor> results = new LinkedHashMap<>();
    Executor.Sources sources =
        new Executor.Sources(
            Optional.of(TensorSource.of("the layer before", before)), Optional.empty());
    executor.run(wanted, sources, (stage, result) -> results.put(stage.id().name(), result));
    return results;
  }

  /** What the next layer reads: the state, and its terms where a norm takes them apart. */
  private static Map<String, Tensor> state(Map<String, Tensor> results, int layer) {
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (String stage : List.of("hidden", "mlp_down", "post_attn_hidden")) {
      String name = StageId.layer(layer, stage).name();
      state.put(name, results.get(name));
    }
    return state;
  }

  /** As if only the first layers had been run. */
  public Measurement firstLayers(int number) {
    return new Measurement(
        number,
        tokens,
        prompts,
        samples.stream().filter(sample -> sample.layer() < number).toList());
  }

  /** As if the prompts had only the first tokens: attention is causal. */
  public Measurement firstTokens(int number) {
    return new Measurement(layers, number, prompts, samples);
  }

  double relative(TokenDrift drift) {
    return drift.relative(0, tokens);
  }

  double unbounded(TokenDrift drift) {
    return drift.unbounded(0, tokens);
  }
}

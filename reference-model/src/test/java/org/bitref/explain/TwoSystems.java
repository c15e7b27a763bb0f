package org.bitref.explain;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.Frequencies;
import org.bitref.model.CacheOptions;
import org.bitref.model.Executor;
import org.bitref.model.ModelConfig;
import org.bitref.model.Plan;
import org.bitref.model.PrefillInputs;
import org.bitref.model.Qwen3Vl;
import org.bitref.model.StageFilter;
import org.bitref.model.Weights;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.Recipes;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;

/** A model of one layer with random weights, run by named recipes. */
final class TwoSystems {
  private static final int TOKENS = 24;
  private static final ModelConfig CONFIG =
      new ModelConfig(
          new Qwen3Vl(),
          40,
          64,
          1,
          4,
          2,
          32,
          96,
          1e-6,
          Frequencies.interleaved(5e6, List.of(6, 5, 5)),
          false,
          ModelConfig.VisionTokens.QWEN3_VL);

  private final Map<String, Tensor> weights = new HashMap<>();
  private final Random random = new Random(3);
  private final Map<String, Tensor> prompt = new LinkedHashMap<>();

  TwoSystems() {
    long[] positions = new long[3 * TOKENS];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = i % TOKENS;
    }
    prompt.put("position_ids", Tensor.ofLongs(Shape.of(3, 1, TOKENS), positions));
    prompt.put("inputs_embeds", random(DType.F16, 0, 1, 1, TOKENS, CONFIG.hiddenSize()));
  }

  /** Weights are drawn when they are first asked for. */
  Weights weights() {
    return name ->
        weights.computeIfAbsent(
            name,
            n -> {
              long[] shape = shape(n);
              return shape.length == 1
                  ? random(DType.BF16, 1, 0.3, shape)
                  : random(DType.BF16, 0, 0.3, shape);
            });
  }

  private static long[] shape(String name) {
    int h = CONFIG.hiddenSize();
    int wide = CONFIG.intermediateSize();
    String last = name.replaceFirst(".*\\.(\\w+)\\.weight", "$1");
    return switch (last) {
      case "q_proj" -> new long[] {CONFIG.queryWidth(), h};
      case "k_proj", "v_proj" -> new long[] {CONFIG.kvWidth(), h};
      case "o_proj" -> new long[] {h, CONFIG.queryWidth()};
      case "gate_proj", "up_proj" -> new long[] {wide, h};
      case "down_proj" -> new long[] {h, wide};
      case "q_norm", "k_norm" -> new long[] {CONFIG.headDim()};
      default -> name.startsWith("lm_head") ? new long[] {CONFIG.vocabSize(), h} : new long[] {h};
    };
  }

  private Tensor random(DType dtype, double mean, double spread, long... dims) {
    TensorBuilder builder = new TensorBuilder(dtype, Shape.of(dims));
    for (long i = 0; i < Shape.of(dims).elements(); i++) {
      builder.set(i, mean + spread * random.nextGaussian());
    }
    return builder.build();
  }

  /** All stages as a system that follows this recipe computes them, and the prompt. */
  Map<String, Tensor> run(String recipe) {
    return run(Recipes.model(recipe));
  }

  /** The same of a recipe that need not have a name. */
  Map<String, Tensor> run(ModelRecipe recipe) {
    PrefillInputs inputs = PrefillInputs.read(TensorSource.of("prompt", prompt), CONFIG);
    Plan plan = inputs.plan();
    Map<String, Tensor> stages = new LinkedHashMap<>(prompt);
    try (Workers workers = new Workers(2)) {
      new Executor(inputs, weights(), recipe, CacheOptions.FRESH, workers)
          .run(
              StageFilter.ALL.select(plan),
              Executor.Sources.NONE,
              (stage, tensor) -> stages.put(stage.id().name(), tensor));
    }
    return stages;
  }

  /** Another prompt for the next run. */
  void changePrompt() {
    prompt.put("inputs_embeds", random(DType.F16, 0, 1, 1, TOKENS, CONFIG.hiddenSize()));
  }

  /** Two systems, called a and b. */
  Capture capture(Map<String, Tensor> a, Map<String, Tensor> b, boolean model) {
    List<TensorSource> sources = List.of(TensorSource.of("a", a), TensorSource.of("b", b));
    return Capture.of(
        Dumps.of(sources),
        model ? Optional.of(new Capture.Model(weights(), CONFIG)) : Optional.empty());
  }

  /** What is said of two systems. */
  Explanation explain(Map<String, Tensor> a, Map<String, Tensor> b, boolean model) {
    Capture capture = capture(a, b, model);
    try (Workers workers = new Workers(2)) {
      return Explainer.explain(capture, List.of("a", "b"), List.of(), workers, stage -> {});
    }
  }
}

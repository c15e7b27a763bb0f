package org.bitref.replay;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.Predicate;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.Frequencies;
import org.bitref.model.CacheOptions;
import org.bitref.model.Executor;
import org.bitref.model.ModelConfig;
import org.bitref.model.Plan;
import org.bitref.model.PrefillInputs;
import org.bitref.model.Qwen3Vl;
import org.bitref.model.StageFilter;
import org.bitref.recipe.Recipes;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;

/** A model of two layers with random weights that a recipe ran, and what is told of it. */
final class RecordedModel implements Recording {
  static final double EPS = 1e-6;
  static final double THETA = 5e6;
  static final int HIDDEN = 64;
  static final int TOKENS = 24;

  private static final int IMAGE = 40;
  static final int VISUALS = 6;
  static final int FIRST_VISUAL = 2;
  static final int HEAD = 32;
  static final List<Integer> SECTION = List.of(6, 5, 5);
  private static final ModelConfig CONFIG =
      new ModelConfig(
          new Qwen3Vl(),
          50,
          HIDDEN,
          2,
          2,
          1,
          HEAD,
          96,
          EPS,
          Frequencies.interleaved(THETA, SECTION),
          false,
          new ModelConfig.VisionTokens(IMAGE, 41, 42, 43, 2));

  /** Told of the run; tests change it. */
  final Map<String, Tensor> captured = new LinkedHashMap<>();

  /** By their stages; tests change them. */
  final Map<String, Tensor> weights = new HashMap<>();

  /** The prompt; tests change it. */
  final Map<String, Tensor> given = new LinkedHashMap<>();

  private final Random random = new Random(5);
  private Settings settings = settings(EPS, THETA);

  private static Settings settings(double eps, double theta) {
    return new Settings(
        eps, Frequencies.interleaved(theta, SECTION), new Qwen3Vl(), OptionalInt.empty());
  }

  /**
   * Runs the model.
   *
   * @param spread standard deviation of weights and of the prompt's features
   */
  RecordedModel(String recipe, double spread) {
    this(recipe, spread, spread);
  }

  private RecordedModel(String recipe, double spread, double feature) {
    prompt(spread, feature);
    PrefillInputs inputs = PrefillInputs.read(TensorSource.of("prompt", given), CONFIG);
    Map<String, Tensor> named = new HashMap<>();
    plan()
        .stages()
        .forEach(
            stage ->
                stage
                    .weight()
                    .ifPresent(
                        parameter -> {
                          Shape shape = parameter.shape(CONFIG);
                          boolean norm = shape.rank() == 1;
                          Tensor weight = random(norm ? 1 : 0, norm ? 0.3 : spread, shape);
                          named.put(parameter.name(), weight);
                          weights.put(stage.id().name(), weight);
                        }));
    try (Workers workers = new Workers(1)) {
      new Executor(inputs, named::get, Recipes.model(recipe), CacheOptions.FRESH, workers)
          .run(
              StageFilter.ALL.select(inputs.plan()),
              Executor.Sources.NONE,
              (stage, tensor) -> captured.put(stage.id().name(), tensor));
    }
  }

  private RecordedModel(RecordedModel other) {
    captured.putAll(other.captured);
    weights.putAll(other.weights);
    given.putAll(other.given);
    settings = other.settings;
  }

  /** The same run, for changes that leave this one as it is. */
  RecordedModel copy() {
    return new RecordedModel(this);
  }

  /** Runs it with a feature of zeros. */
  static RecordedModel withoutFeature(String recipe, double spread) {
    return new RecordedModel(recipe, spread, 0);
  }

  private void prompt(double spread, double feature) {
    long[] ids = new long[TOKENS];
    long[] mask = new long[TOKENS];
    long[] positions = new long[3 * TOKENS];
    for (int t = 0; t < TOKENS; t++) {
      int visual = t - FIRST_VISUAL;
      mask[t] = visual >= 0 && visual < VISUALS ? 1 : 0;
      ids[t] = mask[t] == 1 ? IMAGE : t;
      for (int axis = 0; axis < 3; axis++) {
        int inImage = axis == 0 ? 0 : axis == 1 ? visual / 3 : visual % 3;
        int text = t < FIRST_VISUAL ? t : t - VISUALS + 3;
        positions[axis * TOKENS + t] = mask[t] == 1 ? FIRST_VISUAL + inImage : text;
      }
    }
    given.put("input_ids", Tensor.ofLongs(Shape.of(1, TOKENS), ids));
    given.put("visual_mask", Tensor.ofLongs(Shape.of(1, TOKENS), mask));
    given.put("position_ids", Tensor.ofLongs(Shape.of(3, 1, TOKENS), positions));
    given.put("visual_embeds", random(0, spread, Shape.of(VISUALS, HIDDEN)));
    given.put("deepstack.0", random(0, feature, Shape.of(VISUALS, HIDDEN)));
  }

  Tensor random(double mean, double spread, Shape shape) {
    TensorBuilder builder = new TensorBuilder(DType.BF16, shape);
    for (long i = 0; i < shape.elements(); i++) {
      builder.set(i, mean + spread * random.nextGaussian());
    }
    return builder.build();
  }

  /** Tells other settings than those of the run. */
  RecordedModel told(double eps, double theta) {
    settings = settings(eps, theta);
    return this;
  }

  /** Forgets all stages but these. */
  RecordedModel keeping(Predicate<String> stages) {
    captured.keySet().removeIf(stages.negate());
    return this;
  }

  /** Changes one value of a stage. */
  void set(String stage, long at, double value) {
    Tensor old = captured.get(stage);
    TensorBuilder changed = new TensorBuilder(old.dtype(), old.shape());
    changed.copy(0, old, 0, old.elements());
    changed.set(at, value);
    captured.put(stage, changed.build());
  }

  /** The values of a stage, [tokens][heads · elements]. */
  double[] values(String stage) {
    Tensor tensor = captured.get(stage);
    double[] values = tensor.toDoubles();
    return isOuter(stage) ? turned(values, tensor.shape().intDim(1), TOKENS) : values;
  }

  /** Another result of a stage, in its type. */
  void put(String stage, double[] values) {
    Tensor old = captured.get(stage);
    double[] stored = isOuter(stage) ? turned(values, TOKENS, old.shape().intDim(1)) : values;
    captured.put(stage, Tensor.ofDoubles(old.shape(), stored).cast(old.dtype()));
  }

  /** True for what is stored as [B, heads, S, D]. */
  private static boolean isOuter(String stage) {
    return stage.startsWith("kv.") || stage.endsWith("_rope");
  }

  /** [a][b][d] as [b][a][d]. */
  private static double[] turned(double[] values, int a, int b) {
    int d = values.length / a / b;
    double[] turned = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      turned[(i / d % b * a + i / d / b) * d + i % d] = values[i];
    }
    return turned;
  }

  /** Computes a stage again. */
  Replayed replay(String stage) {
    return replay(stage, false);
  }

  /** The same where the difference of systems starts. */
  Replayed replay(String stage, boolean decisive) {
    try (Workers workers = new Workers(1)) {
      return Replays.of(plan(), this, workers).orElseThrow().of(stage, decisive);
    }
  }

  static Plan plan() {
    return CONFIG.plan(1);
  }

  @Override
  public Optional<Tensor> captured(String stage) {
    return Optional.ofNullable(captured.get(stage));
  }

  @Override
  public Optional<Tensor> weight(String stage) {
    return Optional.ofNullable(weights.get(stage));
  }

  @Override
  public Optional<Tensor> given(String name) {
    return Optional.ofNullable(given.get(name));
  }

  @Override
  public boolean isSample(long tokens) {
    return false;
  }

  @Override
  public Settings settings() {
    return settings;
  }
}

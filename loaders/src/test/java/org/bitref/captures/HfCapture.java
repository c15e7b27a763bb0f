package org.bitref.captures;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bitref.kernel.Workers;
import org.bitref.loaders.Sources;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.model.CacheOptions;
import org.bitref.model.Executor;
import org.bitref.model.Plan;
import org.bitref.model.PrefillInputs;
import org.bitref.model.Stage;
import org.bitref.model.StageId;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.Recipes;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** A forward pass of Hugging Face transformers on the tiny checkpoint, and ours beside it. */
final class HfCapture implements AutoCloseable {
  final Path file;
  final Checkpoint checkpoint;
  final TensorSource capture;
  final Plan plan;
  private final PrefillInputs inputs;

  HfCapture(Path folder, String file) {
    this(folder, "tiny-qwen3-vl", file);
  }

  HfCapture(Path folder, String model, String file) {
    this.file = folder.resolve(file);
    this.checkpoint = Checkpoint.open(folder.resolve(model));
    this.capture = Sources.open(this.file);
    this.inputs = PrefillInputs.read(capture, checkpoint.config());
    this.plan = inputs.plan();
  }

  /**
   * The folders that hold captures: the small ones of the demo, always; the whole ones where the
   * system property {@code bitref.captures} names them.
   */
  static Stream<Path> folders() {
    Path demo = Path.of(System.getProperty("bitref.demo.data"));
    String whole = System.getProperty("bitref.captures", "");
    return whole.isEmpty() || !Files.isDirectory(Path.of(whole))
        ? Stream.of(demo)
        : Stream.of(demo, Path.of(whole));
  }

  /** The stages that the capture holds together with all their inputs. */
  Set<StageId> recomputable() {
    Set<StageId> stages = new LinkedHashSet<>();
    for (Stage stage : plan.stages()) {
      if (capture.has(stage.id().name())
          && stage.inputs().stream().allMatch(input -> capture.has(input.name()))) {
        stages.add(stage.id());
      }
    }
    return stages;
  }

  /** Every recomputable stage from its captured inputs. */
  Map<StageId, Tensor> anchored(String recipe) {
    return anchored(Recipes.model(recipe));
  }

  Map<StageId, Tensor> anchored(ModelRecipe recipe) {
    return run(recipe, recomputable(), Executor.Sources.anchoredOn(capture), 2);
  }

  /** These stages from captured inputs, or from what was computed of those where they lack. */
  Map<StageId, Tensor> anchored(String recipe, Set<StageId> wanted) {
    return run(Recipes.model(recipe), wanted, Executor.Sources.anchoredOn(capture), 2);
  }

  /** These stages, computed from the prompt alone. */
  Map<StageId, Tensor> endToEnd(String recipe, Set<StageId> wanted, int threads) {
    return endToEnd(Recipes.model(recipe), wanted, threads);
  }

  Map<StageId, Tensor> endToEnd(ModelRecipe recipe, Set<StageId> wanted, int threads) {
    return run(recipe, wanted, Executor.Sources.NONE, threads);
  }

  private Map<StageId, Tensor> run(
      ModelRecipe recipe, Set<StageId> wanted, Executor.Sources sources, int threads) {
    Map<StageId, Tensor> results = new LinkedHashMap<>();
    try (Workers workers = new Workers(threads)) {
      new Executor(inputs, checkpoint, recipe, CacheOptions.FRESH, workers)
          .run(wanted, sources, (stage, tensor) -> results.put(stage.id(), tensor));
    }
    return results;
  }

  /** The captured result of a stage. */
  Tensor captured(StageId id) {
    return capture.read(id.name());
  }

  /** The captured inputs of a stage. */
  Tensor[] inputs(Stage stage) {
    return stage.inputs().stream().map(this::captured).toArray(Tensor[]::new);
  }

  @Override
  public void close() {
    capture.close();
    checkpoint.close();
  }
}

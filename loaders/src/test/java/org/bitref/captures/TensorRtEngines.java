package org.bitref.captures;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.kernel.Workers;
import org.bitref.loaders.Sources;
import org.bitref.loaders.engine.EngineRecipe;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.loaders.trtexec.TrtLayer;
import org.bitref.model.CacheOptions;
import org.bitref.model.Executor;
import org.bitref.model.Plan;
import org.bitref.model.PrefillInputs;
import org.bitref.model.StageId;
import org.bitref.recipe.ModelRecipe;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** Two layers as TensorRT engines on an H200 computed them, and ours beside them. */
final class TensorRtEngines implements AutoCloseable {
  private final Path folder;
  private final Checkpoint checkpoint;
  private final TensorSource prompt;
  private final TensorSource tables;
  private final PrefillInputs inputs;

  private TensorRtEngines(Path folder) {
    this.folder = folder;
    this.checkpoint = Checkpoint.open(folder.resolve("trtlayer"));
    this.prompt = Sources.open(dump("inputs"));
    this.tables = Sources.open(dump("rope"));
    Map<String, Tensor> given = new LinkedHashMap<>();
    prompt.tensors().keySet().forEach(name -> given.put(name, prompt.read(name)));
    tables.tensors().keySet().forEach(name -> given.put(name, tables.read(name)));
    this.inputs = PrefillInputs.read(TensorSource.of("prompt", given), checkpoint.config());
  }

  /** Skips the test without the captures. */
  static TensorRtEngines open() {
    Path folder = Path.of(System.getProperty("bitref.captures", ""));
    assumeTrue(Files.isDirectory(folder.resolve("trtlayer-dumps")), "no captures of engines");
    return new TensorRtEngines(folder);
  }

  private Path dump(String name) {
    return folder.resolve("trtlayer-dumps").resolve(name + ".safetensors");
  }

  /** What an engine put out. */
  TensorSource outputs(String engine) {
    return Sources.open(dump(engine));
  }

  /** What follows from the layers of an engine, and nothing else. */
  EngineRecipe recipe(String engine) {
    Plan plan = inputs.plan();
    int tokens = inputs.extent().tokens();
    return EngineRecipe.of(
        engine,
        TrtLayer.read(dump(engine)),
        checkpoint.config().layers(),
        stage -> plan.find(stage).flatMap(found -> inputs.sizes(found, tokens)),
        Optional.empty());
  }

  /** Stages computed from the prompt, or where an anchor is given from what it holds. */
  Map<String, Tensor> run(ModelRecipe recipe, List<String> stages, Optional<TensorSource> anchor) {
    Set<StageId> wanted = new LinkedHashSet<>();
    stages.forEach(name -> wanted.add(inputs.plan().find(name).orElseThrow().id()));
    Map<String, Tensor> results = new LinkedHashMap<>();
    Executor.Sources sources = new Executor.Sources(Optional.empty(), anchor);
    try (Workers workers = new Workers(2)) {
      new Executor(inputs, checkpoint, recipe, CacheOptions.FRESH, workers)
          .run(wanted, sources, (stage, result) -> results.put(stage.id().name(), result));
    }
    return results;
  }

  @Override
  public void close() {
    tables.close();
    prompt.close();
    checkpoint.close();
  }
}

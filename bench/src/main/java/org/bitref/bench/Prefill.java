package org.bitref.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.kernel.Workers;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.loaders.safetensors.SafetensorsFile;
import org.bitref.model.CacheOptions;
import org.bitref.model.Executor;
import org.bitref.model.Extent;
import org.bitref.model.ModelConfig;
import org.bitref.model.PrefillInputs;
import org.bitref.model.StageId;
import org.bitref.model.StageTap;
import org.bitref.model.Weights;
import org.bitref.recipe.ModelRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/**
 * Prefills of any number of layers and tokens from one mapped checkpoint of one layer: all layers
 * read the weights of the first.
 */
final class Prefill implements AutoCloseable {
  private static final Path LAUNCHER = Path.of("..", "bitref");

  private final Checkpoint checkpoint;
  private final TensorSource prompt;

  private Prefill(Checkpoint checkpoint, TensorSource prompt) {
    this.checkpoint = checkpoint;
    this.prompt = prompt;
  }

  /** The folder of a checkpoint for that many tokens; made by {@code bitref synth} if need be. */
  static Path checkpoint(int tokens) throws IOException, InterruptedException {
    Path folder = Settings.WORK.resolve("8b-" + tokens);
    if (!Files.isDirectory(folder)) {
      List<String> command =
          List.of(
              LAUNCHER.toAbsolutePath().normalize().toString(),
              "synth",
              "--like",
              "8b",
              "--layers",
              "1",
              "--tokens",
              Integer.toString(tokens),
              "-o",
              folder.toString());
      Child.run("bitref synth", command, Map.of());
    }
    return folder;
  }

  static Prefill open(Path folder) {
    return new Prefill(
        Checkpoint.open(folder), SafetensorsFile.open(folder.resolve("inputs.safetensors")));
  }

  /** Runs all layers, without final norm and logits, on the first tokens of the prompt. */
  void run(ModelRecipe recipe, int layers, int tokens, Workers workers, StageTap tap) {
    ModelConfig config = checkpoint.config().withLayers(layers);
    PrefillInputs inputs = inputs(tokens, config);
    Weights weights =
        name -> checkpoint.weight(name.replaceFirst("^layers\\.\\d+\\.", "layers.0."));
    Executor executor =
        new Executor(
            inputs, weights, recipe, new CacheOptions(Optional.empty(), Optional.empty()), workers);
    Set<StageId> last = Set.of(StageId.layer(layers - 1, "hidden"));
    executor.run(executor.needed(last, Executor.Sources.NONE), Executor.Sources.NONE, tap);
  }

  /** Text alone: the positions cost the same whatever they are. */
  private PrefillInputs inputs(int tokens, ModelConfig config) {
    Tensor all = prompt.read("inputs_embeds");
    int hidden = all.shape().intDim(-1);
    Tensor embeds =
        all.reshape(Shape.of(all.shape().dim(1), hidden))
            .rows(0, tokens)
            .reshape(Shape.of(1, tokens, hidden));
    long[][] positions = new long[3][tokens];
    for (long[] axis : positions) {
      for (int i = 0; i < tokens; i++) {
        axis[i] = i;
      }
    }
    return new PrefillInputs(
        config,
        new Extent(1, tokens, 0),
        positions,
        new boolean[tokens],
        Optional.empty(),
        Map.of("inputs_embeds", embeds));
  }

  /** The multiply-adds of a stage that is a product with a weight. */
  double multiplyAdds(Tensor result, String weight) {
    return (double) result.elements()
        * checkpoint.weight(weight.replaceFirst("^layers\\.\\d+\\.", "layers.0.")).shape().dim(1);
  }

  @Override
  public void close() {
    prompt.close();
    checkpoint.close();
  }
}

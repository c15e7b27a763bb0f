package org.bitref.cli.golden;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.bitref.loaders.engine.EngineRecipe;
import org.bitref.loaders.trtexec.TrtLayer;
import org.bitref.model.Plan;
import org.bitref.model.PrefillInputs;
import org.bitref.recipe.ModelRecipe;
import picocli.CommandLine.Option;

/** The option {@code --engine}: the recipe follows from the layers of a TensorRT engine. */
final class EngineOption {
  @Option(
      names = "--engine",
      paramLabel = "LAYERS",
      description =
          "Layers of a TensorRT engine (trtexec --exportLayerInfo, IEngineInspector): each product"
              + " by its tactic, the rest by the names of its kernels; --recipe for what they leave"
              + " open.")
  private Optional<Path> file;

  /** The layers, which are read at once; empty without the option. */
  Optional<List<TrtLayer>> layers() {
    return file.map(TrtLayer::read);
  }

  /**
   * The recipe of such layers.
   *
   * @param base for stages that they do not tell of
   * @param tokens that are computed at a time
   */
  EngineRecipe recipe(
      List<TrtLayer> layers, PrefillInputs inputs, Optional<ModelRecipe> base, int tokens) {
    Plan plan = inputs.plan();
    return EngineRecipe.of(
        file.orElseThrow().getFileName().toString(),
        layers,
        inputs.config().layers(),
        stage -> plan.find(stage).flatMap(found -> inputs.sizes(found, tokens)),
        base);
  }
}

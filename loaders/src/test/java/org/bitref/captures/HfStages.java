package org.bitref.captures;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.Recipes;

/** All stages of the captured forward passes of transformers, those of all layers as one. */
final class HfStages {
  private HfStages() {}

  /** Each capture by its preset. Skips the test without the captures. */
  static List<Reproduced> all() {
    List<Reproduced> rows = new ArrayList<>();
    rows.addAll(of("hf-cpu-f32-eager", "hf-f32"));
    rows.addAll(of("hf-cpu-bf16-eager", "hf-bf16-eager"));
    rows.addAll(of("hf-cpu-bf16-sdpa", "hf-bf16-eager"));
    rows.addAll(of("hf-cpu-f16-eager", "hf-f16-eager"));
    rows.addAll(of("hf-cuda-f16-eager", "hf-cuda-f16-eager"));
    return rows;
  }

  /** Every recomputable stage of one capture from its captured inputs. */
  static List<Reproduced> of(String file, String preset) {
    Path folder = Path.of(System.getProperty("bitref.captures", ""));
    String name = file + ".safetensors";
    assumeTrue(Files.exists(folder.resolve(name)), () -> "-Dbitref.captures has no " + name);
    Map<String, Reproduced> stages = new LinkedHashMap<>();
    ModelRecipe recipe = Recipes.model(preset);
    try (HfCapture hf = new HfCapture(folder, name)) {
      hf.anchored(preset)
          .forEach(
              (id, tensor) -> {
                String stage = id.name().replaceFirst("\\.\\d+\\.", ".*.");
                String text = recipe.of(id.name()).text();
                Reproduced one = Reproduced.of(file, stage, text, hf.captured(id), tensor);
                stages.merge(stage, one, Reproduced::plus);
              });
    }
    return List.copyOf(stages.values());
  }
}

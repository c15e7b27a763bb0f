package org.bitref.loaders.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.bitref.loaders.trtexec.TrtLayer;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.Sizes;
import org.bitref.recipe.StageRecipe;

/**
 * A recipe for every stage of a model, from the layers of an engine that runs it: products have the
 * accumulator that their tactic names, norms and softmaxes the steps that their kernel names. All
 * else is as TensorRT 10.6 does it.
 *
 * @param kernels those that compute something, in order of execution
 */
public record EngineRecipe(ModelRecipe rules, List<Kernel> kernels) {
  static final String STRONG = "tensorrt-10.6-strong";
  static final String LOW = "tensorrt-10.6-fp16";

  /** How well a kernel's arithmetic is known. */
  public enum Basis {
    /** Kernels named like this were reproduced bit for bit. */
    MEASURED,
    /** The name leaves a choice, of which the likeliest is taken. */
    PREDICTED,
    /** Nothing is known; the nearest recipe is taken. */
    UNKNOWN
  }

  /** Why a kernel is not {@link Basis#MEASURED}. */
  public enum Doubt {
    /** None. */
    NONE,
    /** A kind of kernel that splits K where a product has few tiles. */
    SPLIT_K,
    /** Steps behind the product that may take its float32 sum unrounded. */
    WIDE_EPILOGUE,
    /** It could be another product of the same place. */
    PLACE,
    /** The types of a product are no part of its name, or no chip is known to sum so. */
    TYPES,
    /** A sum over a row of a length at which several orders give what was captured. */
    SUM_ORDER,
    /** Attention in one kernel. */
    FUSED_ATTENTION,
    /** Steps that no measured kernel has in this order. */
    STEPS,
    /** A kind of layer that is not known. */
    KIND
  }

  /**
   * A kernel.
   *
   * @param stages those that it computes, as the plan names them; empty for one of unknown place
   * @param recipe what is taken for it; empty where the recipes of its stages have no part for it
   */
  public record Kernel(
      String layer,
      String type,
      String tactic,
      List<String> stages,
      Basis basis,
      Doubt doubt,
      Optional<String> recipe) {}

  /** Copies the list. */
  public EngineRecipe {
    kernels = List.copyOf(kernels);
  }

  /**
   * Reads an engine.
   *
   * @param name of the recipe that comes out
   * @param layers of the engine, in order of execution
   * @param depth layers of the model
   * @param sizes of the product or the attention that a stage is
   * @param base for stages that no layer tells of; as the engine's norms are unless given
   */
  public static EngineRecipe of(
      String name,
      List<TrtLayer> layers,
      int depth,
      Function<String, Optional<Sizes>> sizes,
      Optional<ModelRecipe> base) {
    List<EngineKernel> kernels = layers.stream().map(EngineKernel::of).toList();
    EngineStages stages = EngineStages.of(kernels);
    KernelRecipes recipes = new KernelRecipes(stages, sizes);
    Map<String, StageRecipe> found = new LinkedHashMap<>();
    for (int i = 0; i < depth; i++) {
      found.putAll(recipes.ofLayer(i));
    }
    found.putAll(recipes.ofEnd(depth));
    List<ModelRecipe.Rule> rules = new ArrayList<>(rules(found, depth));
    rules.addAll(base.orElseGet(() -> Recipes.model(stages.casts() ? STRONG : LOW)).rules());
    List<Kernel> told = new ArrayList<>();
    for (EngineKernel kernel : kernels) {
      if (kernel.kind() != EngineKernel.Kind.IDLE) {
        told.add(recipes.told(kernel));
      }
    }
    return new EngineRecipe(new ModelRecipe(name, rules), told);
  }

  /** One rule for all layers whose stages have the same recipe, and for all such stages. */
  private static List<ModelRecipe.Rule> rules(Map<String, StageRecipe> found, int depth) {
    Map<StageRecipe, Map<String, Set<String>>> numbers = new LinkedHashMap<>();
    List<ModelRecipe.Rule> rules = new ArrayList<>();
    found.forEach(
        (stage, recipe) -> {
          String[] parts = stage.split("\\.", 3);
          if (parts.length < 3) {
            rules.add(new ModelRecipe.Rule(stage, recipe));
          } else {
            numbers
                .computeIfAbsent(recipe, _ -> new LinkedHashMap<>())
                .computeIfAbsent(parts[2], _ -> new LinkedHashSet<>())
                .add(parts[1]);
          }
        });
    numbers.forEach(
        (recipe, stages) -> {
          Map<Set<String>, List<String>> alike = new LinkedHashMap<>();
          stages.forEach(
              (stage, in) -> alike.computeIfAbsent(in, _ -> new ArrayList<>()).add(stage));
          alike.forEach(
              (in, names) -> rules.add(new ModelRecipe.Rule(pattern(in, names, depth), recipe)));
        });
    return rules;
  }

  private static String pattern(Set<String> layers, List<String> stages, int depth) {
    String numbers = layers.size() == depth ? "\\d+" : either(List.copyOf(layers));
    return "layers\\." + numbers + "\\." + either(stages);
  }

  private static String either(List<String> words) {
    return words.size() == 1 ? words.getFirst() : "(" + String.join("|", words) + ")";
  }
}

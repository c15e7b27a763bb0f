package org.bitref.loaders.engine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bitref.loaders.engine.EngineRecipe.Basis;
import org.bitref.loaders.engine.EngineRecipe.Doubt;
import org.bitref.numerics.Format;
import org.bitref.recipe.AlignedProduct;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.Sizes;
import org.bitref.recipe.Split;
import org.bitref.recipe.StageRecipe;

/** The recipes of an engine's kernels, and how well each is known. */
final class KernelRecipes {
  private static final List<String> NORMS = List.of("input_ln", "q_norm", "k_norm", "post_attn_ln");
  private static final List<String> PRODUCTS =
      List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "mlp_down");

  /** Heads of an attention in one kernel that goes over tiles of keys. */
  private static final int TILED_HEAD = 128;

  /** Terms that a thread adds in order. */
  private static final int RUN = 8;

  private static final Pattern NORM = Pattern.compile("(Add)?(Cas)?MulMea.*");
  private static final Pattern SOFTMAX = Pattern.compile("MulAdd(Cas)?MaxSubExpSum(DivMul(Cas)?)?");
  private static final Pattern SILU = Pattern.compile("NegExpAddDivMul(Mul)?");

  /** What was measured behind a product: a residual sum, and SiLU with the product by up. */
  private static final Pattern EPILOGUE = Pattern.compile("Fc(Add|Mul|NegExpAddDivMulMul)");

  private final EngineStages stages;

  private final Function<String, Optional<Sizes>> sizes;
  private final Map<EngineKernel, Map<String, StageRecipe>> taken = new LinkedHashMap<>();

  KernelRecipes(EngineStages stages, Function<String, Optional<Sizes>> sizes) {
    this.stages = stages;
    this.sizes = sizes;
  }

  /** Of a layer's stages those that kernels tell of. */
  Map<String, StageRecipe> ofLayer(int number) {
    String layer = "layers." + number + ".";
    Map<String, StageRecipe> found = new LinkedHashMap<>();
    for (String norm : NORMS) {
      kernel(layer + norm)
          .ifPresent(k -> found.put(layer + norm, take(k, layer + norm, preset(k, layer + norm))));
    }
    for (String product : PRODUCTS) {
      product(layer + product, layer + product, Function.identity())
          .ifPresent(recipe -> found.put(layer + product, recipe));
    }
    attention(layer).ifPresent(recipe -> found.put(layer + "attn_out", recipe));
    return found;
  }

  /** The norm behind the last layer, which looks like that of one more, and the logits. */
  Map<String, StageRecipe> ofEnd(int depth) {
    Map<String, StageRecipe> found = new LinkedHashMap<>();
    kernel("layers." + depth + ".input_ln")
        .ifPresent(k -> found.put("final_norm", take(k, "final_norm", preset(k, "final_norm"))));
    product("logits", "logits", Function.identity()).ifPresent(r -> found.put("logits", r));
    return found;
  }

  private Optional<EngineKernel> kernel(String part) {
    return Optional.ofNullable(stages.byName().get(part));
  }

  private StageRecipe take(EngineKernel kernel, String stage, StageRecipe recipe) {
    taken.computeIfAbsent(kernel, _ -> new LinkedHashMap<>()).put(stage, recipe);
    return recipe;
  }

  /** Between casts the steps of a kernel are in float32, and without casts in float16. */
  private static StageRecipe preset(EngineKernel kernel, String stage) {
    return Recipes.model(kernel.casts() ? EngineRecipe.STRONG : EngineRecipe.LOW).of(stage);
  }

  private Optional<GemmRecipe> product(
      String part, String stage, Function<Sizes, Sizes> ofAttention) {
    Optional<EngineKernel> kernel = kernel(part);
    Optional<GemmRecipe> recipe =
        kernel
            .flatMap(KernelRecipes::tactic)
            .flatMap(
                tactic ->
                    tactic.recipe(
                        sizes(kernel.orElseThrow(), stage)
                            .map(ofAttention)
                            .map(tactic::slices)
                            .orElse(1)));
    recipe.ifPresent(one -> take(kernel.orElseThrow(), stage, one));
    return recipe;
  }

  private static Optional<Tactic> tactic(EngineKernel kernel) {
    return kernel.layer().tactic().flatMap(Tactic::of);
  }

  /** Products side by side are one that is as wide as all of them. */
  private Optional<Sizes> sizes(EngineKernel kernel, String stage) {
    long beside =
        stages.byName().entrySet().stream()
            .filter(entry -> entry.getValue().equals(kernel) && !entry.getKey().equals(stage))
            .flatMap(entry -> sizes.apply(entry.getKey()).stream())
            .mapToLong(Sizes::n)
            .sum();
    return sizes.apply(stage).map(s -> new Sizes(s.batch(), s.m(), s.n() + beside, s.k()));
  }

  private Optional<StageRecipe> attention(String layer) {
    String stage = layer + "attn_out";
    Optional<EngineKernel> fused = kernel(layer + EngineStages.FUSED);
    if (fused.isPresent()) {
      boolean tiled = sizes.apply(stage).map(Sizes::k).orElse(0L) == TILED_HEAD;
      String nearest = "tensorrt-mha-" + (tiled ? "tiled-" : "") + (stages.casts() ? "f32" : "f16");
      return Optional.of(take(fused.get(), stage, Presets.ATTENTION.get(nearest).recipe()));
    }
    Optional<EngineKernel> softmax = kernel(layer + EngineStages.SOFTMAX);
    if (softmax.isEmpty()) {
      return Optional.empty();
    }
    AttentionRecipe as = (AttentionRecipe) preset(softmax.get(), stage);
    AlignedProduct qk = product(layer + EngineStages.QK, stage, s -> s, as.qk());
    AlignedProduct pv = product(layer + EngineStages.PV, stage, KernelRecipes::values, as.pv());
    return Optional.of(
        take(
            softmax.get(),
            stage,
            new AttentionRecipe(as.score(), as.scale(), as.factor(), as.softmax(), qk, pv)));
  }

  private AlignedProduct product(
      String part, String stage, Function<Sizes, Sizes> of, AlignedProduct otherwise) {
    return product(part, stage, of).map(AlignedProduct::always).orElse(otherwise);
  }

  /** The product with the values, of an attention of M queries, N keys and K elements of a head. */
  private static Sizes values(Sizes scores) {
    return new Sizes(scores.batch(), scores.m(), scores.k(), scores.n());
  }

  /** What is said of a kernel. */
  EngineRecipe.Kernel told(EngineKernel kernel) {
    Map<String, StageRecipe> own = taken.getOrDefault(kernel, Map.of());
    Doubt doubt = doubt(kernel, own);
    Basis basis =
        switch (doubt) {
          case NONE -> Basis.MEASURED;
          case SPLIT_K, WIDE_EPILOGUE, PLACE, SUM_ORDER, STEPS -> Basis.PREDICTED;
          case TYPES, FUSED_ATTENTION, KIND -> Basis.UNKNOWN;
        };
    return new EngineRecipe.Kernel(
        kernel.layer().name(),
        kernel.layer().type(),
        kernel.layer().tactic().orElse(""),
        List.copyOf(own.keySet()),
        basis,
        doubt,
        own.values().stream().findFirst().map(StageRecipe::text));
  }

  private Doubt doubt(EngineKernel kernel, Map<String, StageRecipe> own) {
    if (stages.guessed().contains(kernel)) {
      return Doubt.PLACE;
    }
    return switch (kernel.kind()) {
      case PRODUCT -> product(kernel, own);
      case ATTENTION -> Doubt.FUSED_ATTENTION;
      case SOFTMAX -> reduction(SOFTMAX, kernel, own);
      case SILU -> like(SILU, kernel);
      case NORM -> reduction(NORM, kernel, own);
      case IDLE, POINTWISE -> Doubt.NONE;
      case UNKNOWN -> Doubt.KIND;
    };
  }

  private static Doubt like(Pattern measured, EngineKernel kernel) {
    return measured.matcher(kernel.computed()).matches() ? Doubt.NONE : Doubt.STEPS;
  }

  private Doubt reduction(Pattern measured, EngineKernel kernel, Map<String, StageRecipe> own) {
    boolean settled = own.keySet().stream().flatMap(this::terms).allMatch(KernelRecipes::isSettled);
    Doubt steps = like(measured, kernel);
    return steps == Doubt.NONE && !settled ? Doubt.SUM_ORDER : steps;
  }

  /** How many terms a row's sum has: keys, or the width of what the next product reads. */
  private Stream<Long> terms(String stage) {
    String layer = stage.substring(0, stage.lastIndexOf('.') + 1);
    return switch (stage.substring(layer.length())) {
      case "attn_out" -> sizes.apply(stage).stream().map(Sizes::n);
      case "input_ln" -> sizes.apply(layer + "q_proj").stream().map(Sizes::k);
      case "post_attn_ln" -> sizes.apply(layer + "gate_proj").stream().map(Sizes::k);
      default -> Stream.empty();
    };
  }

  /** Captures tell the order of up to 64 runs of 8; those of 4096 terms fit it. */
  private static boolean isSettled(long terms) {
    return terms % RUN == 0 && (terms <= 64 * RUN || terms == 512 * RUN);
  }

  private static Doubt product(EngineKernel kernel, Map<String, StageRecipe> own) {
    if (own.isEmpty()) {
      return tactic(kernel).isEmpty() ? Doubt.TYPES : Doubt.PLACE;
    }
    boolean cut =
        own.values().stream()
            .anyMatch(
                one -> one instanceof GemmRecipe gemm && !(gemm.split() instanceof Split.None));
    if (cut) {
      return Doubt.SPLIT_K;
    }
    boolean alone = kernel.steps().isEmpty();
    if (!alone && tactic(kernel).orElseThrow().acc() != Format.F16) {
      return Doubt.WIDE_EPILOGUE;
    }
    return alone ? Doubt.NONE : like(EPILOGUE, kernel);
  }
}

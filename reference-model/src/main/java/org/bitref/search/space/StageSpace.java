package org.bitref.search.space;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.bitref.numerics.Format;
import org.bitref.operation.Attention;
import org.bitref.operation.Captured;
import org.bitref.operation.OperationKind;
import org.bitref.operation.Pointwise;
import org.bitref.operation.Rotation;
import org.bitref.recipe.AlignedProduct;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.Exponential;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Hardware;
import org.bitref.recipe.Inner;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.RopeRecipe;
import org.bitref.recipe.Split;
import org.bitref.recipe.StageRecipe;

/** The recipes of stages that are neither products nor norms; those of presets come first. */
public final class StageSpace {
  private static final List<Format> CALCS = List.of(Format.F32, Format.F64);

  private StageSpace() {}

  /** All whose result has the type of the captured one. */
  public static List<StageRecipe> of(Captured<?> stage) {
    Format output = stage.y().dtype().format().orElseThrow();
    Stream<? extends StageRecipe> recipes =
        switch (stage.operation()) {
          case Rotation _ ->
              Stream.concat(presets("layers.0.q_rope").stream(), ropes(output).stream());
          case Pointwise point when point.function() == PointRecipe.Kind.SILU ->
              Stream.concat(presets("layers.0.mlp_act", point.kind()), silus(output).stream());
          case Pointwise point when point.function() == PointRecipe.Kind.GELU ->
              Stream.concat(presets("layers.0.mlp_act", point.kind()), gelus(output).stream());
          case Pointwise point -> points(point.function(), output).stream();
          case Attention attention -> attention(attention, output).stream();
          default -> throw new IllegalArgumentException(stage.operation().kind().name());
        };
    return recipes
        .<StageRecipe>map(recipe -> recipe)
        .filter(recipe -> recipe.output() == output)
        .distinct()
        .toList();
  }

  /** What the named recipes of models say of a stage. */
  public static Set<StageRecipe> presets(String stage) {
    Set<StageRecipe> recipes = new LinkedHashSet<>();
    Recipes.models().forEach(model -> recipes.addAll(Recipes.model(model).of(stage).candidates()));
    return recipes;
  }

  private static List<RopeRecipe> ropes(Format output) {
    List<RopeRecipe> recipes = new ArrayList<>();
    for (Format calc : CALCS) {
      for (RopeRecipe.Form form : RopeRecipe.Form.values()) {
        recipes.add(new RopeRecipe(form, calc, output));
      }
    }
    return recipes;
  }

  private static List<PointRecipe> points(PointRecipe.Kind kind, Format output) {
    return CALCS.stream()
        .map(calc -> new PointRecipe(kind, calc, Exponential.CR, PointRecipe.Form.DIV, output))
        .toList();
  }

  /** Every way to compute x times the logistic function of x. */
  public static List<PointRecipe> silus(Format output) {
    List<PointRecipe> recipes = new ArrayList<>();
    for (PointRecipe.Form form :
        List.of(PointRecipe.Form.DIV, PointRecipe.Form.MUL, PointRecipe.Form.LOW)) {
      for (Format calc : CALCS) {
        for (Exponential exponential : Exponential.values()) {
          if (calc == Format.F32 || exponential == Exponential.CR) {
            recipes.add(new PointRecipe(PointRecipe.Kind.SILU, calc, exponential, form, output));
          }
        }
      }
    }
    return recipes;
  }

  private static Stream<StageRecipe> presets(String stage, OperationKind kind) {
    return Recipes.models().stream().map(model -> Recipes.model(model).of(stage, kind::takes));
  }

  private static List<PointRecipe> gelus(Format output) {
    List<PointRecipe> recipes = new ArrayList<>();
    for (PointRecipe.Form form : List.of(PointRecipe.Form.TANH, PointRecipe.Form.TANH_FMA)) {
      for (Exponential functions : List.of(Exponential.CR, Exponential.SLEEF, Exponential.CUDA)) {
        recipes.add(new PointRecipe(PointRecipe.Kind.GELU, Format.F32, functions, form, output));
      }
      recipes.add(new PointRecipe(PointRecipe.Kind.GELU, Format.F64, Exponential.CR, form, output));
    }
    return recipes;
  }

  private static List<StageRecipe> attention(Attention captured, Format output) {
    Set<StageRecipe> recipes = new LinkedHashSet<>();
    for (String model : Recipes.models()) {
      recipes.add(Recipes.model(model).of("layers.0.attn_out").at(captured.sizes()).recipe());
    }
    Presets.ATTENTION.all().forEach(preset -> recipes.add(preset.recipe()));
    for (StageRecipe recipe : List.copyOf(recipes)) {
      if (recipe instanceof AttentionRecipe rows) {
        recipes.addAll(variants(rows, output));
      }
    }
    presets("layers.0.attn_out").forEach(recipe -> recipes.addAll(alone(recipe)));
    presets("layers.0.attn_out").forEach(recipe -> recipes.addAll(accumulators(recipe)));
    return List.copyOf(recipes);
  }

  /** Each of the two products with every accumulator of its chip, as a library may choose it. */
  private static List<StageRecipe> accumulators(StageRecipe recipe) {
    List<StageRecipe> mixed = new ArrayList<>();
    if (recipe instanceof AttentionRecipe a) {
      for (AlignedProduct qk : accumulators(a.qk())) {
        for (AlignedProduct pv : accumulators(a.pv())) {
          mixed.add(new AttentionRecipe(a.score(), a.scale(), a.factor(), a.softmax(), qk, pv));
        }
      }
    }
    return mixed;
  }

  private static List<AlignedProduct> accumulators(AlignedProduct product) {
    GemmRecipe own = product.recipes().getFirst();
    Format in = own.in().x();
    boolean one = product.cases().size() == 1 && own.split() instanceof Split.None;
    return Stream.concat(
            Stream.of(product),
            Hardware.rows().stream()
                .filter(row -> one && row.in() == in && row.fda().equals(own.inner()))
                .flatMap(row -> Hardware.rows().stream().filter(other -> isOf(row, other)))
                .map(other -> AlignedProduct.always(with(own, other.fda()))))
        .distinct()
        .toList();
  }

  private static boolean isOf(Hardware row, Hardware other) {
    return other.chip().equals(row.chip()) && other.in() == row.in();
  }

  private static GemmRecipe with(GemmRecipe r, Inner inner) {
    return new GemmRecipe(r.in(), inner, r.chain(), r.split(), r.combine(), r.epilogue());
  }

  /** The products that a recipe has for some number of keys, for any number of them. */
  private static List<StageRecipe> alone(StageRecipe recipe) {
    return recipe instanceof AttentionRecipe a
        ? Stream.of(a.qk(), a.pv())
            .flatMap(product -> product.cases().stream())
            .map(AlignedProduct.Case::example)
            .map(keys -> alone(a, keys))
            .toList()
        : List.of();
  }

  private static StageRecipe alone(AttentionRecipe a, int keys) {
    return new AttentionRecipe(
        a.score(),
        a.scale(),
        a.factor(),
        a.softmax(),
        AlignedProduct.always(a.qk().of(keys)),
        AlignedProduct.always(a.pv().of(keys)));
  }

  /** The same products and softmax with the scale in every place, scores rounded or not. */
  private static List<StageRecipe> variants(AttentionRecipe a, Format output) {
    List<StageRecipe> variants = new ArrayList<>();
    for (AttentionRecipe.Scale scale : AttentionRecipe.Scale.values()) {
      for (Format score : new LinkedHashSet<>(List.of(output, Format.F32))) {
        AlignedProduct qk = score == Format.F32 ? a.qk().map(StageSpace::unrounded) : a.qk();
        variants.add(new AttentionRecipe(score, scale, a.factor(), a.softmax(), qk, a.pv()));
      }
    }
    return variants;
  }

  /**
   * The recipe with a float32 result, as a runtime may hand it on inside itself; empty if it is of
   * a kind of which that is not known.
   */
  public static Optional<StageRecipe> unrounded(StageRecipe recipe) {
    return switch (recipe) {
      case GemmRecipe gemm -> Optional.of(unrounded(gemm));
      case NormRecipe norm -> Optional.of(unrounded(norm));
      case RopeRecipe(var form, var calc, var _) ->
          Optional.of(new RopeRecipe(form, calc, Format.F32));
      case PointRecipe(var kind, var calc, var exponential, var form, var _)
          when kind != PointRecipe.Kind.CAST ->
          Optional.of(new PointRecipe(kind, calc, exponential, form, Format.F32));
      default -> Optional.empty();
    };
  }

  private static GemmRecipe unrounded(GemmRecipe r) {
    Epilogue epilogue = r.epilogue().onlyCvt().isPresent() ? new Epilogue(List.of()) : r.epilogue();
    return new GemmRecipe(r.in(), r.inner(), r.chain(), r.split(), r.combine(), epilogue);
  }

  private static NormRecipe unrounded(NormRecipe r) {
    return new NormRecipe(
        r.form(),
        r.calc(),
        r.sum(),
        r.mean(),
        r.eps(),
        r.place(),
        r.rsqrt(),
        r.low(),
        r.fused(),
        r.weight(),
        Format.F32);
  }
}

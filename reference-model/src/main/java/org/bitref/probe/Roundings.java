package org.bitref.probe;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.bitref.numerics.Format;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Combine;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.tensor.DType;

/** A skeleton with every combination of formats and roundings. */
final class Roundings {
  private static final List<Accumulator> FUSED =
      List.of(Accumulator.F32RZ, Accumulator.F16RNE, Accumulator.E8M13RZ, Accumulator.F32RNE);
  private static final List<Accumulator> CHAINED =
      List.of(
          Accumulator.F32RNE,
          Accumulator.F16RNE,
          Accumulator.F64RNE,
          Accumulator.F32RZ,
          Accumulator.E8M13RZ);

  private final ProbeSetup setup;
  private final List<Storing> storings;
  private final List<Integer> fractions;
  private final boolean floors;

  /**
   * @param fractions F, likely ones first
   * @param floors true for fused steps with a least exponent, false for those without
   */
  Roundings(ProbeSetup setup, List<Storing> storings, List<Integer> fractions, boolean floors) {
    this.setup = setup;
    this.storings = storings;
    this.fractions = fractions;
    this.floors = floors;
  }

  List<GemmRecipe> of(GemmRecipe skeleton) {
    Set<GemmRecipe> recipes = new LinkedHashSet<>();
    for (Storing storing : storings) {
      for (Inner inner : inners(skeleton.inner())) {
        for (Chain chain : chains(skeleton.chain())) {
          for (Combine combine : combines(skeleton.combine())) {
            add(recipes, storing, inner, chain, skeleton, combine);
          }
        }
      }
    }
    return List.copyOf(recipes);
  }

  private void add(
      Set<GemmRecipe> recipes,
      Storing storing,
      Inner inner,
      Chain chain,
      GemmRecipe skeleton,
      Combine combine) {
    Format in = storing.in().x();
    if (inner instanceof Inner.Fda && in == Format.F64) {
      return;
    }
    GemmRecipe recipe =
        new GemmRecipe(storing.in(), inner, chain, skeleton.split(), combine, storing.epilogue());
    if (DType.of(recipe.output()) == setup.out()) {
      recipes.add(recipe);
    }
  }

  private List<Inner> inners(Inner shape) {
    List<Inner> inners = new ArrayList<>();
    switch (shape) {
      case Inner.Fda fda -> {
        for (int fraction : fractions) {
          for (Accumulator acc : FUSED) {
            for (OptionalInt floor : floors(acc)) {
              inners.add(new Inner.Fda(fda.w(), fraction, acc, fda.kper(), fda.clast(), floor));
            }
          }
        }
      }
      case Inner.Fma fma -> {
        for (Accumulator acc : CHAINED) {
          inners.add(new Inner.Fma(acc, fma.lanes()));
          inners.add(new Inner.MulAdd(acc, fma.lanes()));
        }
      }
      case Inner.Bf16Dp pairs -> {
        inners.add(new Inner.Bf16Dp(pairs.order(), true));
        inners.add(new Inner.Bf16Dp(pairs.order(), false));
      }
      case Inner.MulAdd _, Inner.Exact _ -> inners.add(shape);
    }
    return inners;
  }

  /** None, or those measured on GPUs. */
  private List<OptionalInt> floors(Accumulator acc) {
    if (!floors) {
      return List.of(OptionalInt.empty());
    }
    boolean half = acc == Accumulator.F16RNE;
    return IntStream.of(half ? new int[] {-21, -20, -19} : new int[] {-133, -132, -126})
        .mapToObj(OptionalInt::of)
        .toList();
  }

  private static List<Chain> chains(Chain shape) {
    if (!(shape instanceof Chain.Promote promote)) {
      return List.of(shape);
    }
    List<Chain> chains = new ArrayList<>();
    for (Accumulator into : CHAINED) {
      chains.add(new Chain.Promote(promote.every(), into, false));
    }
    return chains;
  }

  private static List<Combine> combines(Combine shape) {
    if (!(shape instanceof Combine.Sum sum)) {
      return List.of(shape);
    }
    List<Combine> combines = new ArrayList<>();
    for (Format partial : List.of(Format.F32, Format.F16, Format.BF16)) {
      for (Combine.Add add : Combine.Add.values()) {
        boolean tree = sum.order() == Combine.Order.PAIR || sum.order() == Combine.Order.TREE;
        if (!tree || add != Combine.Add.INPLACE) {
          combines.add(new Combine.Sum(partial, sum.order(), add));
        }
      }
    }
    return combines;
  }
}

package org.bitref.search.space;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.bitref.numerics.Format;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Combine;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Hardware;
import org.bitref.recipe.Inner;
import org.bitref.tensor.DType;

/** An order of a sum with every combination of formats and roundings. */
public final class RoundingSpace {
  private static final List<Accumulator> FUSED =
      List.of(Accumulator.F32RZ, Accumulator.F16RNE, Accumulator.E8M13RZ, Accumulator.F32RNE);
  private static final List<Accumulator> CHAINED =
      List.of(
          Accumulator.F32RNE,
          Accumulator.F16RNE,
          Accumulator.F64RNE,
          Accumulator.F32RZ,
          Accumulator.E8M13RZ);

  private final DType out;
  private final List<OperandRounding> operands;
  private final List<Integer> fractions;
  private final boolean floors;

  /**
   * @param out type of the result
   * @param fractions F, likely ones first
   * @param floors true for fused steps with a least exponent, false for those without
   */
  public RoundingSpace(
      DType out, List<OperandRounding> operands, List<Integer> fractions, boolean floors) {
    this.out = out;
    this.operands = operands;
    this.fractions = fractions;
    this.floors = floors;
  }

  /** Every recipe of this order. */
  public List<GemmRecipe> of(GemmRecipe order) {
    Set<GemmRecipe> recipes = new LinkedHashSet<>();
    for (OperandRounding rounding : operands) {
      for (Inner inner : inners(order.inner())) {
        if (inner instanceof Inner.Fda && rounding.in().x() == Format.F64) {
          continue;
        }
        for (Chain chain : chains(order.chain())) {
          for (Combine combine : combines(order.combine())) {
            recipes.add(
                new GemmRecipe(
                    rounding.in(), inner, chain, order.split(), combine, rounding.epilogue()));
          }
        }
      }
    }
    return recipes.stream().filter(recipe -> DType.of(recipe.output()) == out).toList();
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
    List<Integer> floor = new ArrayList<>(Hardware.floors(half ? acc : Accumulator.F32RZ));
    if (!half) {
      floor.add(Format.F32.emin());
    }
    return floor.stream().map(OptionalInt::of).toList();
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

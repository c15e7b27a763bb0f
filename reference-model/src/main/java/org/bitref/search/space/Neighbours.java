package org.bitref.search.space;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.bitref.kernel.spec.KPlan;
import org.bitref.numerics.Format;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Combine;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Hardware;
import org.bitref.recipe.Inner;
import org.bitref.recipe.KOrder;
import org.bitref.recipe.Lanes;
import org.bitref.recipe.Split;

/**
 * Recipes just outside the searched set: if one of them reproduces a capture as well, the capture
 * is too weak to tell what computed it, and nothing may be called identified.
 */
public final class Neighbours {
  private static final int LONG = 16;
  private static final List<Accumulator> HALVES = List.of(Accumulator.F16RNE);
  private static final List<Accumulator> FLOATS = List.of(Accumulator.F32RZ, Accumulator.F32RNE);
  private static final int[] WIDTHS = {2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64};

  private Neighbours() {}

  /**
   * The neighbours of a recipe.
   *
   * @param k terms of each sum
   * @param n columns of the product
   */
  public static List<GemmRecipe> of(GemmRecipe recipe, int k, int n) {
    List<GemmRecipe> all = new ArrayList<>();
    for (Inner inner : inners(recipe.inner())) {
      all.add(with(recipe, inner, recipe.chain(), recipe.split()));
    }
    if (recipe.chain() instanceof Chain.Promote promote && !promote.fmascale()) {
      for (int every : new int[] {promote.every() + 8, promote.every() - 8}) {
        Chain chain = new Chain.Promote(every, promote.into(), promote.fmascale());
        all.add(with(recipe, recipe.inner(), chain, recipe.split()));
      }
    }
    all.addAll(movedCuts(recipe, k, n));
    all.addAll(plain(recipe));
    return all;
  }

  /**
   * Sums over all of K in one piece, under accumulators near and far. A function that fits by
   * chance, where few outputs show any rounding of the sum, has some of these beside it.
   */
  private static List<GemmRecipe> plain(GemmRecipe recipe) {
    boolean halves = recipe.inner().format() == Format.F16;
    List<Inner> inners = new ArrayList<>();
    for (int w : recipe.in().x() == Format.F32 ? new int[0] : WIDTHS) {
      for (int f = 22; f <= 28; f++) {
        for (Accumulator acc : halves ? HALVES : FLOATS) {
          OptionalInt floor = Hardware.floor(recipe.in().x(), f, acc);
          inners.add(new Inner.Fda(w, f, acc, KOrder.ID, false, floor));
        }
      }
    }
    for (int count = 2; count <= LONG; count++) {
      Accumulator acc = halves ? Accumulator.F16RNE : Accumulator.F32RNE;
      inners.add(new Inner.Fma(acc, strided(count)));
    }
    inners.add(new Inner.Exact());
    return inners.stream()
        .map(
            inner ->
                new GemmRecipe(
                    recipe.in(),
                    inner,
                    new Chain.Seq(),
                    new Split.None(),
                    new Combine.None(),
                    recipe.epilogue()))
        .toList();
  }

  private static GemmRecipe with(GemmRecipe recipe, Inner inner, Chain chain, Split split) {
    return new GemmRecipe(recipe.in(), inner, chain, split, recipe.combine(), recipe.epilogue());
  }

  private static List<Inner> inners(Inner inner) {
    List<Inner> all = new ArrayList<>();
    switch (inner) {
      case Inner.Fda fda -> {
        for (int f : new int[] {fda.fraction() - 1, fda.fraction() + 1, fda.fraction() + 2}) {
          all.add(fused(fda, fda.w(), f, fda.acc()));
        }
        for (int w : new int[] {fda.w() / 2, fda.w() * 3 / 4, fda.w() * 3 / 2, fda.w() * 2}) {
          if (w <= 64) {
            all.add(fused(fda, w, fda.fraction(), fda.acc()));
          }
        }
        // With a short fraction every sum fits a float32.
        if (fda.acc() == Accumulator.F32RZ && fda.fraction() > LONG) {
          all.add(fused(fda, fda.w(), fda.fraction(), Accumulator.F32RNE));
        }
      }
      case Inner.Fma fma -> {
        doubled(fma.lanes()).forEach(lanes -> all.add(new Inner.Fma(fma.acc(), lanes)));
      }
      case Inner.MulAdd muladd -> {
        doubled(muladd.lanes()).forEach(lanes -> all.add(new Inner.MulAdd(muladd.acc(), lanes)));
      }
      case Inner.Bf16Dp _, Inner.Exact _ -> {}
    }
    return all;
  }

  private static Inner fused(Inner.Fda fda, int w, int fraction, Accumulator acc) {
    return new Inner.Fda(w, fraction, acc, fda.kper(), fda.clast(), fda.floor());
  }

  private static Lanes strided(int count) {
    return new Lanes(count, Lanes.Order.STRIDED, Lanes.Tree.SEQ, Lanes.Tail.LANES);
  }

  private static List<Lanes> doubled(Lanes lanes) {
    return lanes.count() == 1
        ? List.of(strided(2))
        : List.of(lanes.withCount(2 * lanes.count()), lanes.withCount(lanes.count() * 3 / 2));
  }

  /** Contiguous slices with the first cut a little earlier and a little later. */
  private static List<GemmRecipe> movedCuts(GemmRecipe recipe, int k, int n) {
    List<GemmRecipe> all = new ArrayList<>();
    boolean contiguous =
        recipe.split() instanceof Split.SplitK split
            && split.residue() == Split.SplitK.Residue.LAST;
    if (!contiguous) {
      return all;
    }
    KPlan plan = KPlan.of(new Chain.Seq(), recipe.split(), k, n);
    List<Integer> ends = new ArrayList<>();
    for (int slice = 0; slice < plan.slices().size() - 1; slice++) {
      ends.add(plan.slices().get(slice).getFirst().ranges().getLast().to());
    }
    for (int move : new int[] {-8, 8}) {
      List<Integer> moved = new ArrayList<>(ends);
      moved.set(0, moved.getFirst() + move);
      boolean ascending =
          moved.getFirst() > 0 && (moved.size() == 1 || moved.get(0) < moved.get(1));
      if (!ends.isEmpty() && ascending && moved.getFirst() < k) {
        all.add(with(recipe, recipe.inner(), recipe.chain(), new Split.Bounds(moved)));
      }
    }
    return all;
  }
}

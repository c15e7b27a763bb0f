package org.bitref.probe;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import org.bitref.kernel.spec.AdditionTree;
import org.bitref.numerics.Format;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Combine;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.recipe.Input;
import org.bitref.recipe.Split;

/**
 * Recipes whose order of sums gives the answers to all cancellations. Their formats are
 * placeholders. A skeleton is first screened by where accumulators change, which depends on split
 * and chain alone.
 */
final class Skeletons {
  private static final int FEW = 8;

  private final ProbeSetup setup;
  private final Cancellations answers;
  private final Budget budget;
  private final Map<Integer, Boolean> begins;
  private final Orders orders;
  private final Set<Object> shapes = new HashSet<>();
  private boolean keeping;

  /**
   * @param budget what every search takes its work from; one that is cut short has found nothing
   */
  Skeletons(ProbeSetup setup, Cancellations answers, Budget budget) {
    this.setup = setup;
    this.answers = answers;
    this.budget = budget;
    this.begins = answers.begins();
    this.orders = new Orders(setup, answers);
  }

  /** Those whose accumulators take their terms one after another, or a step at a time. */
  List<GemmRecipe> chained() {
    return answers.allSurvive()
        ? List.of(
            recipe(new Inner.Exact(), new Chain.Seq(), new Split.None()),
            recipe(Orders.chain(Accumulator.F64RNE), new Chain.Seq(), new Split.None()))
        : search(orders.chained());
  }

  /** Those of partial sums side by side. */
  List<GemmRecipe> laned() {
    return answers.allSurvive() ? List.of() : search(orders.lanes());
  }

  /**
   * If operands span too little for a float32 sum to lose anything: the fused steps of hardware
   * with one chain, or a split into a few slices added in order, as far as the terms lost in
   * shorter accumulators allow them.
   */
  List<GemmRecipe> hidden() {
    if (setup.scale().showsFloat()) {
      return List.of();
    }
    keeping = true;
    shapes.clear();
    return search(orders.fused());
  }

  private List<GemmRecipe> search(List<Inner> inners) {
    List<AdditionTree> plans = new ArrayList<>();
    List<GemmRecipe> planned = new ArrayList<>();
    Set<Object> seen = new HashSet<>();
    for (Split split : orders.splits()) {
      if (budget.isSpent()) {
        return List.of();
      }
      AdditionTree slices = tree(recipe(orders.plain(), new Chain.Seq(), split));
      boolean whole =
          (slices.slices() == 1 && !(split instanceof Split.None))
              || (keeping && slices.slices() > FEW);
      if (whole || !seen.add(slices.accumulators()) || !starts(slices)) {
        continue;
      }
      Set<Object> chains = new HashSet<>();
      for (Chain chain : orders.chains()) {
        GemmRecipe recipe = recipe(orders.plain(), chain, split);
        AdditionTree tree = tree(recipe);
        boolean same = chain instanceof Chain.Promote || chain instanceof Chain.Seq;
        boolean plain = chain instanceof Chain.Seq;
        boolean trivial = !plain && (tree.runs() == 1 || (keeping && slices.slices() > 1));
        if (!trivial && starts(tree) && chains.add(List.of(same, tree.accumulators()))) {
          plans.add(tree);
          planned.add(recipe);
        }
      }
    }
    List<GemmRecipe> found = new ArrayList<>();
    for (int i = 0; i < plans.size() && !budget.isSpent(); i++) {
      match(plans.get(i), planned.get(i), inners, found);
    }
    return budget.isSpent() ? List.of() : found;
  }

  private void match(
      AdditionTree plan, GemmRecipe recipe, List<Inner> family, List<GemmRecipe> found) {
    for (Inner inner : family) {
      for (Combine combine : combines(plan.slices(), recipe.combine())) {
        GemmRecipe full =
            new GemmRecipe(
                recipe.in(), inner, recipe.chain(), recipe.split(), combine, recipe.epilogue());
        AdditionTree tree = plan.with(full);
        boolean same = recipe.chain() instanceof Chain.Promote;
        if (answers.allow(tree, keeping, budget)) {
          budget.spend(setup.k());
          if (shapes.add(List.of(same, tree.shape()))) {
            found.add(full);
          }
        }
      }
    }
  }

  private List<Combine> combines(int slices, Combine plain) {
    if (keeping || !(plain instanceof Combine.Sum sum)) {
      return List.of(plain);
    }
    List<Combine> combines = new ArrayList<>();
    for (Combine.Order order : Combine.Order.values()) {
      // Of two slices it matters only which one is stored first.
      if (slices > 2 || order == Combine.Order.FWD || order == Combine.Order.REV) {
        combines.add(new Combine.Sum(sum.partial(), order, sum.add()));
      }
    }
    return combines;
  }

  private AdditionTree tree(GemmRecipe recipe) {
    return AdditionTree.of(recipe, setup.k(), setup.n());
  }

  private static GemmRecipe recipe(Inner inner, Chain chain, Split split) {
    Combine combine =
        split instanceof Split.None
            ? new Combine.None()
            : new Combine.Sum(Format.F32, Combine.Order.FWD, Combine.Add.F32RNE);
    return new GemmRecipe(
        Input.of(Format.F32), inner, chain, split, combine, new Epilogue(List.of()));
  }

  /** True if every accumulator that takes two terms in a row was seen to begin where it should. */
  private boolean starts(AdditionTree tree) {
    NavigableSet<Integer> starts = tree.starts();
    budget.spend(starts.size());
    for (int k : starts) {
      boolean pair = k + 1 < setup.k() && !starts.contains(k + 1);
      if (k > 0 && pair && !begins.getOrDefault(k, true)) {
        return false;
      }
    }
    return true;
  }

  /** Where something was seen to begin. */
  static List<Integer> seen(Map<Integer, Boolean> begins) {
    return begins.entrySet().stream().filter(Map.Entry::getValue).map(Map.Entry::getKey).toList();
  }
}

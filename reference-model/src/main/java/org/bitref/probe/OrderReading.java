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
import org.bitref.search.space.OrderSpace;

/**
 * Finds the orders of sums that give the answers to all cancellations, as recipes whose formats are
 * placeholders. One is first screened by where accumulators change, which depends on split and
 * chain alone.
 */
final class OrderReading {
  private static final int FEW = 8;
  private static final Inner PLAIN = OrderSpace.chain(Accumulator.F32RNE);

  private final ProbeSetup setup;
  private final Cancellations answers;
  private final Budget budget;
  private final Map<Integer, Boolean> begins;
  private final OrderSpace space;
  private final Set<Object> shapes = new HashSet<>();
  private boolean keeping;

  /**
   * @param budget what every search takes its work from; one that is cut short has found nothing
   */
  OrderReading(ProbeSetup setup, Cancellations answers, Budget budget) {
    this.setup = setup;
    this.answers = answers;
    this.budget = budget;
    this.begins = answers.begins();
    this.space = new OrderSpace(setup.k(), answers.seen(setup));
  }

  /** Those whose accumulators take their terms one after another, or a step at a time. */
  List<GemmRecipe> chained() {
    return answers.allSurvive()
        ? List.of(
            order(new Inner.Exact(), new Chain.Seq(), new Split.None()),
            order(OrderSpace.chain(Accumulator.F64RNE), new Chain.Seq(), new Split.None()))
        : search(space.chained());
  }

  /** Those of partial sums side by side. */
  List<GemmRecipe> laned() {
    return answers.allSurvive() ? List.of() : search(OrderSpace.laned());
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
    return search(space.fused());
  }

  /** Where the accumulators of an order change. */
  private record Plan(AdditionTree tree, GemmRecipe order) {}

  private List<GemmRecipe> search(List<Inner> inners) {
    List<Plan> plans = new ArrayList<>();
    Set<Object> seen = new HashSet<>();
    for (Split split : space.splits()) {
      if (budget.isSpent()) {
        return List.of();
      }
      AdditionTree slices = tree(order(PLAIN, new Chain.Seq(), split));
      boolean whole =
          (slices.slices() == 1 && !(split instanceof Split.None))
              || (keeping && slices.slices() > FEW);
      if (!whole && seen.add(slices.accumulators()) && starts(slices)) {
        plans.addAll(plans(split, keeping && slices.slices() > 1));
      }
    }
    List<GemmRecipe> found = new ArrayList<>();
    for (int i = 0; i < plans.size() && !budget.isSpent(); i++) {
      match(plans.get(i), inners, found);
    }
    return budget.isSpent() ? List.of() : found;
  }

  /** Those of one split. */
  private List<Plan> plans(Split split, boolean onlyPlain) {
    List<Plan> plans = new ArrayList<>();
    Set<Object> seen = new HashSet<>();
    for (Chain chain : space.chains()) {
      GemmRecipe order = order(PLAIN, chain, split);
      AdditionTree tree = tree(order);
      boolean same = chain instanceof Chain.Promote || chain instanceof Chain.Seq;
      boolean trivial = !(chain instanceof Chain.Seq) && (tree.runs() == 1 || onlyPlain);
      if (!trivial && starts(tree) && seen.add(List.of(same, tree.accumulators()))) {
        plans.add(new Plan(tree, order));
      }
    }
    return plans;
  }

  private void match(Plan plan, List<Inner> family, List<GemmRecipe> found) {
    GemmRecipe order = plan.order();
    boolean promotes = order.chain() instanceof Chain.Promote;
    for (Inner inner : family) {
      for (Combine combine : combines(plan.tree().slices(), order.combine())) {
        GemmRecipe full =
            new GemmRecipe(
                order.in(), inner, order.chain(), order.split(), combine, order.epilogue());
        AdditionTree tree = plan.tree().with(full);
        if (answers.allow(tree, keeping, budget)) {
          budget.spend(setup.k());
          if (shapes.add(List.of(promotes, tree.shape()))) {
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

  private static GemmRecipe order(Inner inner, Chain chain, Split split) {
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
}

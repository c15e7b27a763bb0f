package org.bitref.search;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.compare.StoredBits;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.blocked.OutputSums;
import org.bitref.kernel.spec.KPlan;
import org.bitref.kernel.spec.OutputTail;
import org.bitref.numerics.Format;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.Combine;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.search.space.Preference;
import org.bitref.search.space.ProductSpace;
import org.bitref.search.space.ProductSpace.Core;
import org.bitref.search.space.ProductSpace.Cut;

/**
 * All recipes with the same operands and accumulator, tried on one output after another. Those that
 * cut K alike share the sums of their runs; a function that misses one output is dropped. First
 * {@link #coarse} on few outputs, then {@link #next} on many: if many functions fit, whoever asks
 * can stop before all are tried.
 */
final class Sieve {
  /** Ways to cut K that {@link #next} takes. */
  private static final int TOGETHER = 16;

  private final Captured<Product> gemm;
  private final GemmOperands operands;
  private final Optional<FactorInterval> factors;
  private final Format format;
  private final ProductSpace hypotheses;
  private final Core core;
  private final OutputSums sums;
  private final List<Branch> branches = new ArrayList<>();
  private final int columns;
  private final int size;
  private Optional<Survivor> nearest = Optional.empty();

  /** Functions that cut K alike and join runs alike, and the cuts that do so. */
  private record Branch(KPlan plan, List<Cut> cuts, List<Leaf> leaves) {}

  /**
   * One way from the sums to y, and the recipe parts that mean it.
   *
   * @param factors by which the sums may be multiplied, if that is not known
   */
  private record Leaf(
      OutputTail tail,
      List<Combine> combines,
      Epilogue epilogue,
      Optional<FactorInterval> factors) {
    Leaf copy() {
      return new Leaf(tail, combines, epilogue, factors.map(FactorInterval::copy));
    }
  }

  /**
   * A function that got the first {@code outputs} outputs right.
   *
   * @param cuts the ways to write how K is cut
   * @param combines the ways to write how slices are added
   */
  record Survivor(
      Core core, List<Cut> cuts, List<Combine> combines, Epilogue epilogue, int outputs) {
    /** The one to name. */
    GemmRecipe simplest() {
      return Preference.sorted(recipes()).getFirst();
    }

    /** Every recipe that is this function. */
    List<GemmRecipe> recipes() {
      List<GemmRecipe> recipes = new ArrayList<>();
      for (Cut cut : cuts) {
        combines.forEach(
            combine -> ProductSpace.recipe(core, cut, combine, epilogue).ifPresent(recipes::add));
      }
      return recipes;
    }
  }

  /**
   * @param factors one of which multiplies all outputs that will be compared, if it is not known
   */
  Sieve(Form form, Core core, CutGroups cuts, Optional<FactorInterval> factors) {
    this.gemm = form.gemm();
    this.factors = factors;
    this.columns = gemm.operation().columns();
    this.operands = gemm.operation().operands();
    this.format = gemm.y().dtype().format().orElseThrow();
    this.hypotheses = form.space();
    this.core = core;
    plant(cuts.of(GemmFunction.step(core.inner())));
    this.size = branches.stream().mapToInt(branch -> branch.leaves().size()).sum();
    Leaf any = branches.getFirst().leaves().getFirst();
    GemmRecipe recipe = survivor(branches.getFirst(), any, 0).recipes().getFirst();
    this.sums = new OutputSums(recipe, gemm.operation().x(), gemm.operation().w());
  }

  private void plant(List<CutGroups.Group> groups) {
    Map<CutGroups.Kind, List<Leaf>> leaves = new HashMap<>();
    for (CutGroups.Group group : groups) {
      List<Leaf> tails =
          leaves.computeIfAbsent(group.kind(), kind -> leaves(group.cuts().getFirst(), kind));
      if (!tails.isEmpty()) {
        List<Leaf> own = new ArrayList<>(tails.stream().map(Leaf::copy).toList());
        branches.add(new Branch(group.plan(), group.cuts(), own));
      }
    }
  }

  /** The ways from sums cut like this to y. */
  private List<Leaf> leaves(Cut cut, CutGroups.Kind kind) {
    if (core.inner() instanceof Inner.Exact && !cut.equals(Cut.NONE)) {
      return List.of();
    }
    List<Combine> combines =
        kind.split() ? hypotheses.combines(core.inner().format()) : List.of(new Combine.None());
    Map<GemmFunction.Tail, Leaf> leaves = new LinkedHashMap<>();
    for (Epilogue epilogue : hypotheses.epilogues()) {
      for (Combine combine : combines) {
        GemmRecipe recipe = ProductSpace.recipe(core, cut, combine, epilogue).orElseThrow();
        leaves
            .computeIfAbsent(
                GemmFunction.tail(recipe, kind.slices(), kind.merge()),
                _ ->
                    new Leaf(
                        new OutputTail(recipe, operands, columns),
                        new ArrayList<>(),
                        epilogue,
                        factors))
            .combines()
            .add(combine);
      }
    }
    return List.copyOf(leaves.values());
  }

  private Survivor survivor(Branch branch, Leaf leaf, int outputs) {
    return new Survivor(core, branch.cuts(), leaf.combines(), leaf.epilogue(), outputs);
  }

  /** Functions that are tried. */
  int size() {
    return size;
  }

  /** Drops what misses one of the first {@code most} of these outputs. */
  void coarse(int[] order, int most) {
    narrow(branches, order, 0, Math.min(order.length, most));
  }

  /**
   * Takes the next ways to cut K, the usual ones first, and returns their functions that also get
   * the outputs from {@code from} to {@code most} right; empty at the end, and not only there.
   */
  List<Survivor> next(int[] order, int from, int most) {
    List<Branch> next = branches.subList(0, Math.min(TOGETHER, branches.size()));
    List<Branch> batch = new ArrayList<>(next);
    next.clear();
    int outputs = Math.min(order.length, most);
    narrow(batch, order, from, outputs);
    List<Survivor> survivors = new ArrayList<>();
    for (Branch branch : batch) {
      branch.leaves().forEach(leaf -> survivors.add(survivor(branch, leaf, outputs)));
    }
    return survivors;
  }

  /** True if {@link #next} has no more to take. */
  boolean isDone() {
    return branches.isEmpty();
  }

  /** The function that was dropped last, if one was. */
  Optional<Survivor> nearest() {
    return nearest;
  }

  private void narrow(List<Branch> some, int[] order, int from, int to) {
    for (int i = from; i < to && !some.isEmpty(); i++) {
      int m = order[i] / columns;
      int n = order[i] % columns;
      int before = i;
      sums.select(m, n);
      some.forEach(branch -> narrow(branch, m, n, before));
      some.removeIf(branch -> branch.leaves().isEmpty());
    }
  }

  private void narrow(Branch branch, int m, int n, int before) {
    long expected = gemm.y().bits((long) m * columns + n);
    double[][] plain = sums.of(branch.plan(), 0);
    branch
        .leaves()
        .removeIf(
            leaf -> {
              boolean survives = survives(leaf, branch.plan(), plain, m, n, expected);
              if (!survives && before > nearest.map(Survivor::outputs).orElse(-1)) {
                nearest = Optional.of(survivor(branch, leaf, before));
              }
              return !survives;
            });
  }

  private boolean survives(Leaf leaf, KPlan plan, double[][] plain, int m, int n, long expected) {
    double start = leaf.tail().firstRun(m, n);
    double[][] runs = start == 0 ? plain : sums.of(plan, start);
    double sum = leaf.tail().sum(runs, m, n);
    return leaf.factors().isPresent()
        ? leaf.factors().get().narrow(leaf.tail(), sum, m, n, format, expected)
        : StoredBits.same(format, leaf.tail().stored(sum, m, n), expected);
  }
}

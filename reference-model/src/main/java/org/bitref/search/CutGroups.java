package org.bitref.search;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bitref.kernel.spec.KPlan;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Split;
import org.bitref.search.space.ProductSpace.Cut;

/** The ways to cut K at one shape, told apart as far as an accumulator can. Thread-safe. */
final class CutGroups {
  /** From this many slices on all orders of adding them differ. */
  private static final int MANY = 4;

  private final Map<Cut, KPlan> plans = new LinkedHashMap<>();
  private final Map<Integer, List<Group>> byStep = new ConcurrentHashMap<>();

  /**
   * What the way from sums to y depends on.
   *
   * @param merge how runs are joined
   * @param slices how many; {@value #MANY} stands for more
   */
  record Kind(Chain merge, boolean split, int slices) {}

  /** Cuts that do the same. */
  record Group(KPlan plan, Kind kind, List<Cut> cuts) {}

  CutGroups(List<Cut> cuts, int k, int n) {
    for (Cut cut : cuts) {
      KPlan plan = KPlan.of(cut.chain(), cut.split(), k, n);
      // A split that leaves one slice is none.
      if (cut.split() instanceof Split.None || plan.slices().size() > 1) {
        plans.put(cut, plan);
      }
    }
  }

  /**
   * The groups for accumulators that take this many terms at once.
   *
   * @param step {@link GemmFunction#step}
   */
  List<Group> of(int step) {
    return byStep.computeIfAbsent(step, this::grouped);
  }

  private List<Group> grouped(int step) {
    record Key(KPlan plan, Kind kind) {}
    Map<Key, Group> groups = new LinkedHashMap<>();
    plans.forEach(
        (cut, raw) -> {
          KPlan plan = raw.joined(step);
          Kind kind =
              new Kind(
                  GemmFunction.merge(cut.chain(), plan),
                  !(cut.split() instanceof Split.None),
                  Math.min(MANY, plan.slices().size()));
          groups
              .computeIfAbsent(
                  new Key(plan, kind), key -> new Group(key.plan(), key.kind(), new ArrayList<>()))
              .cuts()
              .add(cut);
        });
    return List.copyOf(groups.values());
  }
}

package org.bitref.explain;

import java.util.List;
import java.util.Optional;

/**
 * One stage.
 *
 * @param name by the plan
 * @param systems those that computed it
 * @param pairs each pair of them, in the order of {@code systems}
 */
public record StageReport(String name, List<SystemStage> systems, List<PairStage> pairs) {
  /** The lists are copied. */
  public StageReport {
    systems = List.copyOf(systems);
    pairs = List.copyOf(pairs);
  }

  /** A stage of two systems that both computed it. */
  public record Both(String stage, SystemStage a, SystemStage b, PairStage pair) {
    /** How many outputs are unequal. */
    public long unequal() {
      return pair.comparison().total() - pair.comparison().equal();
    }
  }

  /** The stage of this pair; empty if one of the two lacks it. */
  public Optional<Both> both(String a, String b) {
    return pairs.stream()
        .filter(pair -> pair.a().equals(a) && pair.b().equals(b))
        .findFirst()
        .map(pair -> new Both(name, system(a).orElseThrow(), system(b).orElseThrow(), pair));
  }

  /** The stage of one system; empty if that lacks it. */
  public Optional<SystemStage> system(String name) {
    return systems.stream().filter(system -> system.system().equals(name)).findFirst();
  }

  /** True if some system differs from another. */
  boolean differs() {
    return pairs.stream().anyMatch(pair -> !pair.comparison().allEqual());
  }
}

package org.bitref.explain;

import java.util.List;

/**
 * One stage.
 *
 * @param name by the plan
 * @param systems those that computed it
 * @param pairs each pair of them
 */
public record StageReport(String name, List<SystemStage> systems, List<PairStage> pairs) {
  public StageReport {
    systems = List.copyOf(systems);
    pairs = List.copyOf(pairs);
  }

  /** The pair in either order; null if one of the two lacks the stage. */
  public PairStage pair(String a, String b) {
    return pairs.stream()
        .filter(p -> (p.a().equals(a) && p.b().equals(b)) || (p.a().equals(b) && p.b().equals(a)))
        .findFirst()
        .orElse(null);
  }

  /** The stage of one system; null if that lacks it. */
  public SystemStage system(String name) {
    return systems.stream().filter(s -> s.system().equals(name)).findFirst().orElse(null);
  }
}

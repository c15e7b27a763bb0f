package org.bitref.explain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Which pairs of systems are told of, and in which order. */
final class Chains {
  /** Pairs count as equally far apart within this part of the farthest. */
  private static final double CLOSE = 0.9;

  private final Capture capture;
  private final List<StageReport> stages;

  Chains(Capture capture, List<StageReport> stages) {
    this.capture = capture;
    this.stages = stages;
  }

  /** A pair, how many stages both have, how far apart they are, and where that starts. */
  private record Pair(Chain chain, int common, double distance, int start) {}

  /**
   * The stories of all pairs of systems with the most stages in common.
   *
   * @param named the first pair; empty for the one of those farthest apart whose difference starts
   *     latest: what is equal before it narrows the cause down
   */
  List<Chain> all(List<String> named) {
    List<Pair> pairs = pairs();
    int most = pairs.stream().mapToInt(Pair::common).max().orElse(0);
    double farthest =
        pairs.stream().filter(p -> p.common == most).mapToDouble(Pair::distance).max().orElse(0);
    Comparator<Pair> order =
        Comparator.comparing((Pair pair) -> !isNamed(pair, named))
            .thenComparing(pair -> pair.distance < CLOSE * farthest)
            .thenComparingInt(pair -> -pair.start)
            .thenComparingDouble(pair -> -pair.distance);
    return pairs.stream()
        .filter(pair -> pair.common == most || isNamed(pair, named))
        .sorted(order)
        .map(Pair::chain)
        .toList();
  }

  private static boolean isNamed(Pair pair, List<String> named) {
    return named.size() >= 2
        && pair.chain.a().equals(named.get(0))
        && pair.chain.b().equals(named.get(1));
  }

  private List<Pair> pairs() {
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < capture.systems().size(); i++) {
      for (int j = i + 1; j < capture.systems().size(); j++) {
        pairs.add(pair(capture.systems().get(i).name(), capture.systems().get(j).name()));
      }
    }
    return pairs;
  }

  private Pair pair(String a, String b) {
    Chain chain = new Narrator(capture.inputs(), stages, a, b).chain();
    int common = 0;
    double distance = 0;
    int start = 0;
    for (StageReport stage : stages) {
      PairStage pair = stage.pair(a, b);
      common += pair == null ? 0 : 1;
      distance += pair == null ? 0 : Narrator.relative(pair);
      start = stage.name().equals(chain.start()) ? common : start;
    }
    return new Pair(chain, common, distance, start);
  }
}

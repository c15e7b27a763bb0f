package org.bitref.explain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.bitref.explain.StageReport.Both;

/**
 * How the difference of a pair of systems comes about.
 *
 * @param firstDifference the first stage with an unequal output; empty if all are equal
 * @param start the first stage whose relative difference reaches a tenth of the largest one; empty
 *     if all are equal
 * @param amplifiers stages that enlarge what they inherit most, the largest first
 */
public record Chain(
    String a,
    String b,
    Optional<String> firstDifference,
    Optional<String> start,
    List<Amplifier> amplifiers) {

  /** The list is copied. */
  public Chain {
    amplifiers = List.copyOf(amplifiers);
  }

  /**
   * A stage.
   *
   * @param growth of the difference, as numbers
   * @param gain relative to the size of the values
   */
  public record Amplifier(String stage, double growth, double gain) {}

  /** Pairs count as equally far apart within this part of the farthest. */
  private static final double CLOSE = 0.9;

  /** A difference counts from this part of the largest one on. */
  private static final double COUNTS = 0.1;

  private static final int AMPLIFIERS = 3;

  /** A pair, how many stages both have, how far apart they are, and where that starts. */
  private record Pair(Chain chain, int common, double distance, int start) {}

  /**
   * The chains of all pairs of systems with the most stages in common.
   *
   * @param systems their names
   * @param named the first pair; empty for the one of those farthest apart whose difference starts
   *     latest: what is equal before it narrows the cause down
   */
  static List<Chain> all(List<String> systems, List<StageReport> stages, List<String> named) {
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < systems.size(); i++) {
      for (String b : systems.subList(i + 1, systems.size())) {
        pairs.add(pair(systems.get(i), b, stages));
      }
    }
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
    return named.size() >= 2 && List.of(pair.chain.a(), pair.chain.b()).equals(named.subList(0, 2));
  }

  private static Pair pair(String a, String b, List<StageReport> all) {
    List<Both> stages = all.stream().flatMap(stage -> stage.both(a, b).stream()).toList();
    List<Both> unequal = stages.stream().filter(stage -> stage.unequal() > 0).toList();
    double largest = stages.stream().mapToDouble(stage -> stage.pair().relative()).max().orElse(0);
    Optional<Both> start =
        unequal.stream().filter(stage -> stage.pair().relative() >= COUNTS * largest).findFirst();
    return new Pair(
        new Chain(
            a,
            b,
            unequal.stream().map(Both::stage).findFirst(),
            start.map(Both::stage),
            unequal.isEmpty() ? List.of() : amplifiers(stages)),
        stages.size(),
        stages.stream().mapToDouble(stage -> stage.pair().relative()).reduce(0, Double::sum),
        start.map(stage -> stages.indexOf(stage) + 1).orElse(0));
  }

  private static List<Amplifier> amplifiers(List<Both> stages) {
    List<Amplifier> all = new ArrayList<>();
    for (Both stage : stages) {
      stage
          .pair()
          .cause()
          .filter(cause -> cause.growth().orElse(0.0) > 1)
          .ifPresent(
              cause ->
                  all.add(
                      new Amplifier(
                          stage.stage(),
                          cause.growth().orElseThrow(),
                          cause.gain().orElseThrow())));
    }
    all.sort(Comparator.comparingDouble(Amplifier::growth).reversed());
    return all.subList(0, Math.min(AMPLIFIERS, all.size()));
  }
}

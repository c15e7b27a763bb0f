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
 * @param amplifiers later stages that enlarge what they inherit, relative to its size, by a tenth
 *     or more; the largest first, three at most
 * @param adds the later stage whose own errors differ most, relative to its size; empty if none is
 *     known or has any
 */
public record Chain(
    String a,
    String b,
    Optional<String> firstDifference,
    Optional<String> start,
    List<Amplifier> amplifiers,
    Optional<Source> adds) {

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

  /**
   * A stage that adds to the difference.
   *
   * @param share part of its squared difference that it did not inherit
   * @param relative root mean square of the difference of own errors, over that of the values
   */
  public record Source(String stage, double share, double relative) {
    Source(String stage, double share, PairStage.Cause cause) {
      this(stage, share, cause.total() == 0 ? 0 : cause.own() / cause.total() * cause.relative());
    }
  }

  /** Pairs count as equally far apart within this part of the farthest. */
  private static final double CLOSE = 0.9;

  /** A difference counts from this part of the largest one on. */
  private static final double COUNTS = 0.1;

  /** A gain from which on a stage enlarges what it inherits. */
  private static final double ENLARGES = 1.1;

  private static final int AMPLIFIERS = 3;

  /** A pair, how many stages both have, how far apart they are, and where that starts. */
  private record Pair(Chain chain, int common, double distance, int start) {}

  /**
   * The chains of all pairs of systems, those with the most stages in common in front.
   *
   * <p>The first is of those farthest apart the one whose difference starts latest: what is equal
   * before it narrows the cause down.
   *
   * @param systems their names
   */
  static List<Chain> all(List<String> systems, List<StageReport> stages) {
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
        Comparator.comparing((Pair pair) -> pair.common < most)
            .thenComparing(pair -> pair.distance < CLOSE * farthest)
            .thenComparingInt(pair -> -pair.start)
            .thenComparingDouble(pair -> -pair.distance);
    return pairs.stream()
        .filter(pair -> pair.common > 0 || most == 0)
        .sorted(order)
        .map(Pair::chain)
        .toList();
  }

  private static Pair pair(String a, String b, List<StageReport> all) {
    List<Both> stages = all.stream().flatMap(stage -> stage.both(a, b).stream()).toList();
    List<Both> unequal = stages.stream().filter(stage -> stage.unequal() > 0).toList();
    double largest = stages.stream().mapToDouble(stage -> stage.pair().relative()).max().orElse(0);
    Optional<Both> start =
        unequal.stream().filter(stage -> stage.pair().relative() >= COUNTS * largest).findFirst();
    List<Both> after =
        start.map(s -> stages.subList(stages.indexOf(s) + 1, stages.size())).orElse(List.of());
    return new Pair(
        new Chain(
            a,
            b,
            unequal.stream().map(Both::stage).findFirst(),
            start.map(Both::stage),
            amplifiers(after),
            adds(after)),
        stages.size(),
        stages.stream().mapToDouble(stage -> stage.pair().relative()).reduce(0, Double::sum),
        start.map(stage -> stages.indexOf(stage) + 1).orElse(0));
  }

  private static List<Amplifier> amplifiers(List<Both> stages) {
    return stages.stream()
        .flatMap(stage -> amplifier(stage).stream())
        .filter(one -> one.gain() >= ENLARGES)
        .sorted(Comparator.comparingDouble(Amplifier::gain).reversed())
        .limit(AMPLIFIERS)
        .toList();
  }

  private static Optional<Amplifier> amplifier(Both stage) {
    return stage
        .pair()
        .cause()
        .filter(cause -> cause.gain().isPresent())
        .map(
            cause ->
                new Amplifier(
                    stage.stage(), cause.growth().orElseThrow(), cause.gain().orElseThrow()));
  }

  /** Of the stages the one that adds most to the relative difference. */
  private static Optional<Source> adds(List<Both> stages) {
    return stages.stream()
        .flatMap(
            stage ->
                stage.pair().cause().stream()
                    .filter(cause -> cause.own() > 0 && Double.isFinite(cause.relative()))
                    .map(cause -> new Source(stage.stage(), 1 - cause.inheritedShare(), cause)))
        .max(Comparator.comparingDouble(Source::relative));
  }
}

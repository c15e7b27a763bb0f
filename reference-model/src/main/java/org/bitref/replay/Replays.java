package org.bitref.replay;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bitref.kernel.Workers;
import org.bitref.model.Plan;

/**
 * Computes a system's stages again from what it captured before them, as the model has it and under
 * other functions.
 *
 * <p>What a function leaves unexplained is compared with an example of rounding, see {@link Noise}.
 * Where that explains the model's function and more than it should be is left, changes that are
 * small beside rounding are looked for by how far the errors point their way: the share of them
 * along a change is 1 if it is there, 0 if it is not, whatever else they hold, and as large as
 * draws of roundings show by chance.
 */
public final class Replays {
  /** Of the errors that an example of rounding has, what is too little to look for more in. */
  private static final double CLEAR = 1.5;

  /**
   * Multiply-adds of one replay of which several hundred are no matter: some seconds in all. The
   * tokens of a layer of a large model take 32 times as many.
   */
  private static final double CHEAP = 0x1p28;

  /** Changes that errors are too large for to tell: their size in units of expected errors. */
  private static final double SEEN = 8;

  /** How near 1 the share of a change is that is there. */
  private static final double NEAR = 0.15;

  /**
   * The same for a change by a number that is usual and explains nearly as much as the best one.
   */
  private static final double NEAR_BY_NUMBER = 0.5;

  /**
   * How many times larger than by chance a share is that is there. Some hundred changes are tried,
   * of which the largest by chance is four times the usual, and what is usual is known from a few
   * draws, half or twice of it.
   */
  private static final double CLEARLY = 8;

  /** Changes that are looked at with errors of their own. */
  private static final int CLOSEST = 6;

  /** First changes of pairs. */
  private static final int PAIRED = 2;

  /** Mean squares of errors that do not tell changes apart. */
  private static final double ALIKE = 1.02;

  private final Replay replay;

  /** Kinds of stages, by their last names, that nothing gave which was tried. */
  private final Set<String> failed = new HashSet<>();

  /** What was found in other stages of the system, the latest first. */
  private final Deque<List<Variant>> found = new ArrayDeque<>();

  private Replays(Replay replay) {
    this.replay = replay;
  }

  /** Empty if nothing tells how tokens lie. */
  public static Optional<Replays> of(Plan plan, Recording recording, Workers workers) {
    return Replay.of(plan, recording, workers).map(Replays::new);
  }

  /**
   * Computes one captured stage again.
   *
   * @param decisive true where a difference of systems starts: changes that are small beside
   *     rounding are looked for even if the errors are as an example's, unless that takes long
   */
  public Replayed of(String target, boolean decisive) {
    try {
      return judge(new Target(replay, target), decisive);
    } catch (NotReplayable e) {
      return new Replayed.Lacking(e.getMessage());
    }
  }

  private Replayed judge(Target target, boolean decisive) {
    Judged model = target.model();
    boolean closely = decisive && target.work() <= CHEAP;
    if (!closely && model.fit().isRounding() && model.fit().isBelow(CLEAR)) {
      return target.follows(model);
    }
    Optional<Judged> again = again(target, model);
    if (again.isPresent()) {
      return target.follows(again.get());
    }
    List<Tried> tried = target.tried(model);
    boolean rounds = model.fit().isRounding();
    Optional<Judged> best = rounds ? small(target, model, tried) : large(target, tried);
    best.ifPresent(one -> found.addFirst(one.tried().variants()));
    if (best.isEmpty() && !rounds) {
      failed.add(target.last());
      return target.open(model);
    }
    return target.follows(best.orElse(model));
  }

  /** What was found in another stage, if it explains this one better than the model does. */
  private Optional<Judged> again(Target target, Judged model) {
    return found.stream()
        .flatMap(variants -> target.judged(variants).stream())
        .filter(one -> one.fit().isRounding() && one.fit().mean() < model.fit().mean())
        .findFirst();
  }

  /** A change that is there, though rounding alone would explain the errors too. */
  private static Optional<Judged> small(Target target, Judged model, List<Tried> tried) {
    List<Tried> there =
        tried.stream()
            .filter(one -> Math.abs(one.share() - 1) <= near(one) && !one.last().isFitted())
            .limit(CLOSEST)
            .filter(one -> one.share() >= CLEARLY * target.chance(one, model))
            .toList();
    double least = there.stream().mapToDouble(Tried::mean).min().orElse(0);
    return there.stream()
        .filter(one -> one.mean() <= ALIKE * least)
        .min(Comparator.comparingInt(Tried::place))
        .map(target::judged);
  }

  /** A number that is a little off makes a change too large or small, not another one. */
  private static double near(Tried one) {
    return one.last().dial().isPresent() ? NEAR_BY_NUMBER : NEAR;
  }

  private Optional<Judged> large(Target target, List<Tried> tried) {
    Optional<Judged> single = best(target, tried);
    if (single.isPresent() || failed.contains(target.last())) {
      return single;
    }
    List<Tried> pairs = new ArrayList<>();
    for (Tried first : tried.subList(0, Math.min(PAIRED, tried.size()))) {
      pairs.addAll(target.tried(target.judged(first)));
    }
    pairs.sort(Comparator.comparingDouble(Tried::mean));
    return best(target, pairs);
  }

  /**
   * The one with the smallest errors, each beside an example of rounding of its own; of several
   * that are alike the one that comes first among the variants.
   */
  private static Optional<Judged> best(Target target, List<Tried> tried) {
    List<Judged> fitting =
        tried.stream()
            .limit(CLOSEST)
            .map(target::judged)
            .filter(one -> one.fit().isRounding())
            .toList();
    double least = fitting.stream().mapToDouble(one -> one.fit().mean()).min().orElse(0);
    return fitting.stream()
        .filter(one -> one.fit().mean() <= ALIKE * least)
        .min(Comparator.comparingInt(one -> one.tried().place()));
  }

  /**
   * Changes that were tried.
   *
   * @param place of the last of them among the variants
   * @param exact the result under them
   * @param change what they change, in units of expected errors
   * @param mean of squared errors under them
   * @param share of the errors without the last of them that lies along it
   */
  record Tried(
      List<Variant> variants, int place, Rows exact, Rows change, double mean, double share) {
    Variant last() {
      return variants.getLast();
    }

    boolean isSeen() {
      return change.size() >= SEEN;
    }
  }

  /** Changes beside the errors that they leave. */
  record Judged(Tried tried, Noise noise, Fit fit) {}
}

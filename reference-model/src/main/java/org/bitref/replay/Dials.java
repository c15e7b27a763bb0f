package org.bitref.replay;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleFunction;
import org.bitref.replay.Replays.Tried;
import org.bitref.search.SimpleNumber;

/**
 * Looks for the number of a change that leaves the smallest errors, within a factor of one that was
 * tried: by golden sections of its logarithm, then a round number near the least if that leaves no
 * more.
 */
final class Dials {
  /** By which factor the number may be off. */
  private static final double REACH = 5;

  private static final int STEPS = 16;
  private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

  /** Errors that do not tell numbers apart. */
  private static final double ALIKE = 1.02;

  /** The part of what is explained, and of what is left, that a usual number may lose. */
  private static final double USUAL = 0.1;

  /** Whole numbers of which each is tried. */
  private static final int EACH = 32;

  private static final int DIGITS = 3;

  private final DoubleFunction<Optional<Tried>> at;
  private final Map<Double, Optional<Tried>> known = new HashMap<>();

  private Dials(DoubleFunction<Optional<Tried>> at) {
    this.at = at;
  }

  /**
   * @param model the mean of squared errors without a change
   * @param start whose number is near
   * @param at the change with another number; empty if that is not possible
   */
  static Optional<Tried> finest(
      double model, Variant.Dial start, DoubleFunction<Optional<Tried>> at) {
    Dials dials = new Dials(at);
    double around = start.value();
    if (start.whole()) {
      return dials.tried(dials.leastOf((int) Math.rint(around)));
    }
    double least = dials.least(Math.log(around / REACH), Math.log(around * REACH));
    double left = dials.mean(least);
    double lost = USUAL * Math.min(left, Math.max(0, model - left));
    if (dials.mean(around) <= left + lost) {
      return dials.tried(around);
    }
    return dials.round(dials.mean(around) < dials.mean(least) ? around : least);
  }

  /** Of whole numbers errors need not have one minimum: all that are near, of many some first. */
  private int leastOf(int around) {
    int from = Math.max(1, around * 2 / 3);
    int to = around * 3 / 2 + 1;
    while (to - from > EACH) {
      int step = (to - from) / EACH + 1;
      int best = best(from, to, step);
      from = Math.max(from, best - step);
      to = Math.min(to, best + step);
    }
    return best(from, to, 1);
  }

  private int best(int from, int to, int step) {
    int best = from;
    for (int n = from; n <= to; n += step) {
      best = mean(n) < mean(best) ? n : best;
    }
    return best;
  }

  private Optional<Tried> tried(double value) {
    return known.computeIfAbsent(value, at::apply);
  }

  private double mean(double value) {
    return tried(value).map(Tried::mean).orElse(Double.POSITIVE_INFINITY);
  }

  private double least(double from, double to) {
    double low = from;
    double high = to;
    for (int step = 0; step < STEPS; step++) {
      double left = high - GOLDEN * (high - low);
      double right = low + GOLDEN * (high - low);
      if (mean(Math.exp(left)) <= mean(Math.exp(right))) {
        high = right;
      } else {
        low = left;
      }
    }
    return Math.exp((low + high) / 2);
  }

  /** A number of as few digits as possible. */
  private Optional<Tried> round(double value) {
    double best = mean(value);
    for (int digits = 1; digits <= DIGITS; digits++) {
      double rounded = SimpleNumber.rounded(value, digits);
      if (mean(rounded) <= ALIKE * best) {
        return tried(rounded);
      }
    }
    return tried(value);
  }
}

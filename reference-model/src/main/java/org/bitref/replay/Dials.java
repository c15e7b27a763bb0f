package org.bitref.replay;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleFunction;
import org.bitref.replay.Replays.Tried;

/**
 * Looks for the number of a change that leaves the smallest errors, within a factor of one that was
 * tried: by golden sections of its logarithm, then a round number near the least if that leaves no
 * more.
 */
final class Dials {
  /** By which factor the number may be off. */
  private static final double REACH = 3.5;

  private static final int STEPS = 12;
  private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

  /** Errors that do not tell numbers apart. */
  private static final double ALIKE = 1.02;

  /**
   * The same for a number that models usually have: what is not modelled moves the least a little.
   */
  private static final double USUAL = 1.05;

  private static final int DIGITS = 3;

  private final DoubleFunction<Optional<Tried>> at;
  private final Map<Double, Optional<Tried>> known = new HashMap<>();

  private Dials(DoubleFunction<Optional<Tried>> at) {
    this.at = at;
  }

  /**
   * @param around a number that was tried
   * @param at the change with another number; empty if it explains nothing
   */
  static Optional<Tried> finest(double around, DoubleFunction<Optional<Tried>> at) {
    Dials dials = new Dials(at);
    double least = dials.least(Math.log(around / REACH), Math.log(around * REACH));
    return dials.mean(around) <= USUAL * dials.mean(least)
        ? dials.tried(around)
        : dials.round(least);
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
      double rounded = new BigDecimal(value).round(new MathContext(digits)).doubleValue();
      if (mean(rounded) <= ALIKE * best) {
        return tried(rounded);
      }
    }
    return tried(value);
  }
}

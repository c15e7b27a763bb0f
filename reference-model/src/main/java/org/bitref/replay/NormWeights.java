package org.bitref.replay;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntUnaryOperator;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.Known;

/**
 * The weight that a norm's results show: each channel's is the multiple of the normed input that
 * comes nearest to what is stored.
 *
 * @param shown by what is stored
 * @param model the checkpoint's
 * @param off how far what is shown may be off by roundings
 * @param results with each channel's weight
 */
record NormWeights(double[] shown, double[] model, double[] off, int results) {
  /** Of a weight, what is told from a rounding of it to a short type. */
  private static final double RELATIVE = 0x1p-6;

  /** Standard errors of a channel's weight. */
  private static final double ERRORS = 8;

  /** With fewer results of each channel a weight of its own explains some of their roundings. */
  private static final int MANY = 64;

  /** The change of the model's weight that gives what is stored; empty if there is none. */
  static Optional<Variant> of(Step norm, Rows stored) {
    double[] model = norm.weight().vector();
    double[] ones = new double[model.length];
    Arrays.fill(ones, 1);
    Rows normed = norm.norm(NormFunction.model(norm.settings().eps()), ones);
    if (normed.width() != stored.width()) {
      return Optional.empty();
    }
    return shown(normed, stored, model).variant(norm.last());
  }

  private static NormWeights shown(Rows normed, Rows stored, double[] model) {
    int n = model.length;
    double[] squares = new double[n];
    double[] shown = new double[n];
    double[] left = new double[n];
    for (int i = 0; i < normed.values().length; i++) {
      squares[i % n] += normed.values()[i] * normed.values()[i];
      shown[i % n] += normed.values()[i] * stored.values()[i];
    }
    for (int c = 0; c < n; c++) {
      shown[c] = squares[c] == 0 ? model[c] : shown[c] / squares[c];
    }
    for (int i = 0; i < normed.values().length; i++) {
      double error = stored.values()[i] - shown[i % n] * normed.values()[i];
      left[i % n] += error * error;
    }
    int results = normed.values().length / n;
    double[] off = new double[n];
    for (int c = 0; c < n; c++) {
      double error = squares[c] == 0 ? 0 : Math.sqrt(left[c] / squares[c] / results);
      off[c] = Math.max(ERRORS * error, RELATIVE * Math.abs(shown[c]));
    }
    return new NormWeights(shown, model, off, results);
  }

  private Optional<Variant> variant(String last) {
    int n = model.length;
    if (is(c -> model[c])
        || is(c -> shown[0] / model[0] * model[c])
        || is(_ -> shown[0])
        || is(c -> 1 + model[c])) {
      return Optional.empty();
    }
    if (is(c -> model[n - 1 - c])) {
      return Optional.of(ordered(Known.NORM_WEIGHT_REVERSED, last, c -> n - 1 - c));
    }
    for (int by = 1; by < n; by++) {
      int moved = by;
      if (is(c -> model[Math.floorMod(c - moved, n)])) {
        OtherFunction name = new OtherFunction.NormWeightMoved(moved);
        return Optional.of(ordered(name, last, c -> Math.floorMod(c - moved, n)));
      }
    }
    return elements(last);
  }

  private static Variant ordered(OtherFunction name, String last, IntUnaryOperator order) {
    return new Variant(
        name,
        Set.of(last),
        step -> {
          double[] weight = step.weight().vector();
          double[] moved = new double[weight.length];
          Arrays.setAll(moved, c -> weight[order.applyAsInt(c)]);
          return step.norm(NormFunction.model(step.settings().eps()), moved);
        });
  }

  /** Those that differ, by what is shown. */
  private Optional<Variant> elements(String last) {
    double[] used = model.clone();
    int count = 0;
    int first = 0;
    for (int c = model.length - 1; c >= 0; c--) {
      if (Math.abs(shown[c] - model[c]) > off[c]) {
        used[c] = shown[c];
        first = c;
        count++;
      }
    }
    if (2 * count > model.length && results < MANY) {
      return Optional.empty();
    }
    OtherFunction name =
        new OtherFunction.NormWeight(first, shown[first], model[first], count, model.length);
    return Optional.of(
        new Variant(
            name,
            Set.of(last),
            step -> step.norm(NormFunction.model(step.settings().eps()), used)));
  }

  private boolean is(IntToDoubleFunction due) {
    for (int c = 0; c < shown.length; c++) {
      if (!(Math.abs(shown[c] - due.applyAsDouble(c)) <= off[c])) {
        return false;
      }
    }
    return true;
  }
}

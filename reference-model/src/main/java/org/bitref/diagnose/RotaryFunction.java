package org.bitref.diagnose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BiFunction;
import java.util.function.IntToDoubleFunction;
import org.bitref.kernel.row.Frequencies;
import org.bitref.kernel.row.Frequencies.Axes;
import org.bitref.numerics.Format;
import org.bitref.tensor.Tensor;

/**
 * The angles behind a captured rotary table.
 *
 * @param positions temporal, height and width position of each token, [3][tokens]
 * @param model the frequencies that it should have
 */
public record RotaryFunction(long[][] positions, Frequencies model) {
  /** Bases that models are trained with. */
  public static final List<Double> BASES =
      List.of(1e4, 1e5, 1.5e5, 2.5e5, 5e5, 1e6, 2e6, 5e6, 8e6, 1e7);

  /** What positions are scaled by to stretch a model's length, and the reverse. */
  public static final List<Double> FACTORS = List.of(0.5, 0.25, 0.125, 2.0, 4.0, 8.0);

  /** How 64 frequencies are shared out: Qwen3-VL's way, Qwen2-VL's, and equal parts. */
  public static final List<List<Integer>> SECTIONS =
      List.of(List.of(24, 20, 20), List.of(16, 24, 24), List.of(22, 21, 21));

  private static final List<Integer> LATE = List.of(0, 1, -1);

  /**
   * Positions of tokens from ids [3, B, S], [4, B, S] with text positions first, or [B, S].
   *
   * @return [3][tokens]; empty if the ids are not of so many tokens
   */
  public static Optional<long[][]> positions(Tensor ids, long tokens) {
    long axes = tokens == 0 ? 0 : ids.elements() / tokens;
    if (ids.dtype().isFloat()
        || tokens * axes != ids.elements()
        || !List.of(1L, 3L, 4L).contains(axes)) {
      return Optional.empty();
    }
    long[][] positions = new long[3][Math.toIntExact(tokens)];
    for (int axis = 0; axis < 3; axis++) {
      long from = (axes == 1 ? 0 : axes == 4 ? axis + 1 : axis) * tokens;
      for (int i = 0; i < tokens; i++) {
        positions[axis][i] = ids.getLong(from + i);
      }
    }
    return Optional.of(positions);
  }

  /** As Qwen3-VL shares 64 frequencies out, for heads of {@code d} elements. */
  public static List<Integer> section(int d) {
    return section(d, SECTIONS.getFirst());
  }

  /** As a model shares 64 frequencies out, for heads of {@code d} elements. */
  public static List<Integer> section(int d, List<Integer> of64) {
    int height = d * of64.get(1) / 128;
    int width = d * of64.get(2) / 128;
    return List.of(d / 2 - height - width, height, width);
  }

  /** Base of the frequencies. */
  public double base() {
    return model.theta();
  }

  /** How many of the frequencies follow each of the three positions. */
  public List<Integer> section() {
    return model.section();
  }

  /** Every way to share frequencies out, the model's first. */
  private List<Axes> axes() {
    List<Axes> all = new ArrayList<>(List.of(Axes.values()));
    all.remove(model.axes());
    all.addFirst(model.axes());
    return all;
  }

  /** The model's frequency of column {@code i}. */
  double due(int i, int d) {
    return model.of(i, d);
  }

  /** A function that was found: the model's if it is no other. */
  public record Found(Optional<OtherFunction> other) {}

  /**
   * Which angles give this table; empty if none that is known does. Of several the one nearest to
   * the model's: positions of text do not tell the axes apart.
   *
   * @param table [.., D] with a row for each token
   * @param other the table of sines beside that of cosines, or the reverse
   */
  public Optional<Found> of(Tensor table, boolean sine, Optional<Tensor> other) {
    return of(table, sine)
        .or(
            () ->
                other
                    .filter(both -> both.shape().equals(table.shape()))
                    .flatMap(
                        both ->
                            new RotaryTables(sine ? both : table, sine ? table : both, this)
                                .found()));
  }

  /** By one table alone. */
  Optional<Found> of(Tensor table, boolean sine) {
    int d = table.shape().intDim(-1);
    for (int late : LATE) {
      for (Axes axes : axes()) {
        if (is(table, sine, i -> model.of(i, d), axes, late)) {
          boolean models = late == 0 && axes == model.axes();
          return Optional.of(found(models, base(), axes, late));
        }
      }
    }
    for (double other : BASES) {
      for (int late : LATE) {
        for (Axes axes : axes()) {
          if (is(table, sine, i -> Math.pow(other, -2.0 * i / d), axes, late)) {
            return Optional.of(found(false, other, axes, late));
          }
        }
      }
    }
    return placed(table, sine);
  }

  /** Other positions than the ids, by the model's frequencies; empty if none fit every token. */
  private Optional<Found> placed(Tensor table, boolean sine) {
    for (Axes axes : axes().subList(0, 2)) {
      Optional<double[][]> used = positions(table, sine, axes);
      if (used.isPresent()) {
        boolean models = axes == model.axes();
        return Optional.of(new Found(Optional.of(named(used.get(), models))));
      }
    }
    return Optional.empty();
  }

  private OtherFunction named(double[][] used, boolean models) {
    if (models && isAll(used, (axis, t) -> (double) positions[axis == 0 ? 0 : 3 - axis][t])) {
      return OtherFunction.Known.HEIGHT_AND_WIDTH_SWAPPED;
    }
    if (isAll(used, (axis, t) -> 0.0)) {
      return OtherFunction.Known.POSITIONS_ZERO;
    }
    if (isAll(used, (axis, t) -> (double) t)) {
      return OtherFunction.Known.POSITIONS_COUNTED;
    }
    for (double factor : FACTORS) {
      if (isAll(used, (axis, t) -> factor * positions[axis][t])) {
        return new OtherFunction.PositionsScaled(factor);
      }
    }
    int token = 0;
    while (positionsOf(used, token).equals(positionsOf(token))) {
      token++;
    }
    return new OtherFunction.Positions(token, positionsOf(used, token), positionsOf(token));
  }

  private List<Double> positionsOf(int token) {
    return List.of(
        (double) positions[0][token], (double) positions[1][token], (double) positions[2][token]);
  }

  private static List<Double> positionsOf(double[][] used, int token) {
    return List.of(used[0][token], used[1][token], used[2][token]);
  }

  private static boolean isAll(double[][] used, BiFunction<Integer, Integer, Double> due) {
    for (int axis = 0; axis < used.length; axis++) {
      for (int t = 0; t < used[axis].length; t++) {
        if (used[axis][t] != due.apply(axis, t)) {
          return false;
        }
      }
    }
    return true;
  }

  /** The position on each axis of each token that gives the table's row; the id if that does. */
  private Optional<double[][]> positions(Tensor table, boolean sine, Axes axes) {
    int tokens = positions[0].length;
    long most = tokens;
    for (long[] ids : positions) {
      most = Math.max(most, 2 * Arrays.stream(ids).max().orElse(0) + 1);
    }
    double[][] used = new double[3][tokens];
    for (int axis = 0; axis < 3; axis++) {
      for (int t = 0; t < tokens; t++) {
        double id = positions[axis][t];
        OptionalDouble found =
            at(table, sine, axes, axis, t, id) ? OptionalDouble.of(id) : OptionalDouble.empty();
        for (int halves = 0; found.isEmpty() && halves <= 2 * most; halves++) {
          if (at(table, sine, axes, axis, t, halves / 2.0)) {
            found = OptionalDouble.of(halves / 2.0);
          }
        }
        if (found.isEmpty()) {
          return Optional.empty();
        }
        used[axis][t] = found.getAsDouble();
      }
    }
    return Optional.of(used);
  }

  private boolean at(Tensor table, boolean sine, Axes axes, int axis, int token, double position) {
    int d = table.shape().intDim(-1);
    for (int i = 0; i < d / 2; i++) {
      if (axes.of(i, section()) == axis && !is(table, sine, token, i, position * model.of(i, d))) {
        return false;
      }
    }
    return true;
  }

  private OtherFunction other(double used, Axes axes, int late) {
    return used == base() && late == 0
        ? other(model, axes)
        : new OtherFunction.Rotary(used, base(), axes, late);
  }

  /** The model's frequencies shared out in another way. */
  public static OtherFunction other(Frequencies model, Axes axes) {
    return axes == Axes.INTERLEAVED
        ? new OtherFunction.Sections(model.section(), axes)
        : new OtherFunction.Rotary(model.theta(), model.theta(), axes, 0);
  }

  private Found found(boolean models, double used, Axes axes, int late) {
    return new Found(models ? Optional.empty() : Optional.of(other(used, axes, late)));
  }

  /** True if every value is a rounding of the cosine or sine of its angle. */
  private boolean is(
      Tensor table, boolean sine, IntToDoubleFunction frequencies, Axes axes, int late) {
    int d = table.shape().intDim(-1);
    int tokens = positions[0].length;
    for (int i = 0; i < d / 2; i++) {
      double frequency = frequencies.applyAsDouble(i);
      int axis = axes.of(i, section());
      for (int token = 0; token < tokens; token++) {
        if (!is(table, sine, token, i, (positions[axis][token] + late) * frequency)) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * True if column {@code i} of a token is a rounding of the cosine or sine of an angle, in both
   * halves. In float32 the frequency, its product with the position and the trigonometric function
   * are off by less than 2^-22 each, relative to the angle or to 1.
   */
  static boolean is(Tensor table, boolean sine, int token, int i, double angle) {
    int d = table.shape().intDim(-1);
    double due = sine ? Math.sin(angle) : Math.cos(angle);
    double off = 0x1p-22 * (2 * Math.abs(angle) + 1);
    Format format = table.dtype().format().orElseThrow();
    double bound = off + format.ulp(Math.abs(due) + off) / 2;
    long at = (long) token * d + i;
    return Math.abs(table.get(at) - due) <= bound && Math.abs(table.get(at + d / 2) - due) <= bound;
  }
}

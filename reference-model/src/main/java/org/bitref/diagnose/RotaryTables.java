package org.bitref.diagnose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.DoublePredicate;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.bitref.kernel.row.Frequencies.Axes;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.search.SimpleNumber;
import org.bitref.tensor.Tensor;

/**
 * Both rotary tables of a system, whose angles together tell the frequency of each column and the
 * position that it follows, whatever they are.
 *
 * @param cos [.., D] with a row for each token
 * @param sin the same
 * @param model whose positions hold
 */
record RotaryTables(Tensor cos, Tensor sin, RotaryFunction model) {
  private static final int MOST_DIGITS = 6;

  /**
   * A column whose values are the cosines and sines of one frequency.
   *
   * @param axes true for the positions that it may follow
   * @param frequency by each of them
   */
  private record Column(boolean[] axes, double[] frequency) {}

  /** What angles they hold; empty if these are none that are known. */
  Optional<RotaryFunction.Found> found() {
    if (!isTwice(cos) || !isTwice(sin)) {
      return Optional.empty();
    }
    return exactly().or(this::nearly).or(this::exchanged);
  }

  /** Sines in the table of cosines and the reverse. */
  private Optional<RotaryFunction.Found> exchanged() {
    return new RotaryTables(/* cos= */ sin, /* sin= */ cos, model)
        .exactly()
        .filter(found -> found.other().isEmpty())
        .map(_ -> other(OtherFunction.Known.COSINE_AND_SINE_EXCHANGED));
  }

  /** The model's frequencies, each by some of the axes, without an error but roundings. */
  private Optional<RotaryFunction.Found> exactly() {
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < d() / 2; i++) {
      Column column = exactly(i);
      columns.add(column);
      if (!column.axes[0] && !column.axes[1] && !column.axes[2]) {
        return Optional.empty();
      }
    }
    return follows(columns, model.section(), model.model().axes())
        ? Optional.of(new RotaryFunction.Found(Optional.empty()))
        : sections(columns).map(RotaryTables::other);
  }

  private Column exactly(int i) {
    Column column = new Column(new boolean[3], new double[3]);
    for (int axis = 0; axis < 3; axis++) {
      column.frequency[axis] = due(i);
      column.axes[axis] = true;
      for (int token = 0; token < model.positions()[axis].length; token++) {
        double angle = model.positions()[axis][token] * due(i);
        column.axes[axis] &=
            RotaryFunction.is(cos, false, token, i, angle)
                && RotaryFunction.is(sin, true, token, i, angle);
      }
    }
    return column;
  }

  private Optional<RotaryFunction.Found> nearly() {
    double size = size();
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < d() / 2; i++) {
      Optional<Column> column = column(i, size);
      if (column.isEmpty()) {
        return Optional.empty();
      }
      columns.add(column.get());
    }
    boolean models = follows(columns, model.section(), model.model().axes());
    if (size != 1) {
      Optional<double[]> ratios = models ? Optional.empty() : ratios(columns);
      return Optional.of(
          other(
              ratios
                  .map(each -> factors(each, size))
                  .orElseGet(() -> new OtherFunction.Scaled(size))));
    }
    if (models) {
      return Optional.of(new RotaryFunction.Found(Optional.empty()));
    }
    return sections(columns)
        .or(() -> ratios(columns).flatMap(this::named))
        .map(RotaryTables::other);
  }

  private static RotaryFunction.Found other(OtherFunction function) {
    return new RotaryFunction.Found(Optional.of(function));
  }

  /** True if both halves of each row are equal. */
  private boolean isTwice(Tensor table) {
    int half = d() / 2;
    for (long i = 0; i < table.elements(); i++) {
      if (i % d() < half && table.get(i) != table.get(i + half)) {
        return false;
      }
    }
    return true;
  }

  private int d() {
    return cos.shape().intDim(-1);
  }

  private Format format() {
    return cos.dtype().format().orElseThrow();
  }

  /** How far a value of the tables, and an angle of values, is off by its rounding. */
  private double unit() {
    return format().ulp(1.0) / 2 + 0x1p-22;
  }

  /** The root of the sum of both squares, in as few digits as the rounding tells. */
  private double size() {
    double sum = 0;
    for (long i = 0; i < cos.elements(); i++) {
      sum += Math.hypot(cos.get(i), sin.get(i));
    }
    double mean = sum / cos.elements();
    for (double unit = 1; unit > unit(); unit /= 10) {
      double rounded = Math.rint(mean / unit) * unit;
      if (Math.abs(mean - rounded) <= 2 * unit()) {
        return rounded;
      }
    }
    return mean;
  }

  private Optional<Column> column(int i, double size) {
    boolean[] axes = new boolean[3];
    double[] frequency = new double[3];
    boolean any = false;
    for (int axis = 0; axis < 3; axis++) {
      OptionalDouble found = frequency(i, axis, size);
      axes[axis] = found.isPresent() && holds(i, axis, found.getAsDouble(), size);
      frequency[axis] = found.orElse(0);
      any |= axes[axis];
    }
    return any ? Optional.of(new Column(axes, frequency)) : Optional.empty();
  }

  private double angle(int token, int i) {
    long at = (long) token * d() + i;
    return Math.atan2(sin.get(at), cos.get(at));
  }

  /**
   * The model's frequency if it gives the angles; else what the angle of the smallest position
   * says, made more exact by larger and larger ones.
   */
  private OptionalDouble frequency(int i, int axis, double size) {
    double due = due(i);
    if (holds(i, axis, due, size)) {
      return OptionalDouble.of(due);
    }
    long[] positions = model.positions()[axis];
    List<Integer> tokens =
        IntStream.range(0, positions.length)
            .filter(t -> positions[t] > 0)
            .boxed()
            .sorted(Comparator.comparingLong(t -> positions[t]))
            .toList();
    if (tokens.isEmpty() || positions[tokens.getFirst()] > 1) {
      return OptionalDouble.empty();
    }
    double frequency = 0;
    double off = Double.POSITIVE_INFINITY;
    for (int token : tokens) {
      double p = positions[token];
      if (off == Double.POSITIVE_INFINITY || p * off < Math.PI / 2) {
        double turns = Math.rint((p * frequency - angle(token, i)) / (2 * Math.PI));
        double whole = off == Double.POSITIVE_INFINITY ? 0 : turns;
        frequency = (angle(token, i) + 2 * Math.PI * whole) / p;
        off = 2 * unit() / p;
      }
    }
    return OptionalDouble.of(frequency);
  }

  /** A fitted frequency may be off by what moves the largest angle by a rounding. */
  private boolean holds(int i, int axis, double frequency, double size) {
    double bound = size * 4 * unit();
    for (int token = 0; token < model.positions()[axis].length; token++) {
      double angle = model.positions()[axis][token] * frequency;
      long at = (long) token * d() + i;
      double slack = bound + size * 0x1p-22 * Math.abs(angle);
      if (Math.abs(cos.get(at) - size * Math.cos(angle)) > slack
          || Math.abs(sin.get(at) - size * Math.sin(angle)) > slack) {
        return false;
      }
    }
    return true;
  }

  private double ratio(Column column, int i, int axis) {
    return column.frequency[axis] / due(i);
  }

  /** How exactly the largest position tells a frequency, relative to it. */
  private double exactness(int i) {
    double most = 1;
    for (long[] positions : model.positions()) {
      most = Math.max(most, (double) Arrays.stream(positions).max().orElse(1));
    }
    return 4 * unit() / (most * due(i));
  }

  /** The model's frequencies by other positions. */
  private Optional<OtherFunction> sections(List<Column> columns) {
    for (Axes axes : List.of(Axes.INTERLEAVED, Axes.BLOCKS)) {
      Optional<List<Integer>> nearest =
          sections().stream()
              .filter(section -> follows(columns, section, axes))
              .min(
                  Comparator.comparing((List<Integer> one) -> !usual(one))
                      .thenComparingInt(this::away));
      if (nearest.isPresent()) {
        return nearest.map(used -> new OtherFunction.Sections(used, axes));
      }
    }
    return Optional.empty();
  }

  private List<List<Integer>> sections() {
    List<List<Integer>> all = new ArrayList<>();
    int half = d() / 2;
    for (int height = 0; height <= half; height++) {
      for (int width = 0; width <= half - height; width++) {
        List<Integer> section = List.of(half - height - width, height, width);
        all.add(section);
      }
    }
    return all;
  }

  private boolean follows(List<Column> columns, List<Integer> section, Axes axes) {
    for (int i = 0; i < columns.size(); i++) {
      int axis = axes.of(i, section);
      Column column = columns.get(i);
      if (!column.axes[axis] || Math.abs(ratio(column, i, axis) - 1) > exactness(i)) {
        return false;
      }
    }
    return true;
  }

  /** What other models have. */
  private boolean usual(List<Integer> section) {
    return RotaryFunction.SECTIONS.stream()
        .anyMatch(parts -> RotaryFunction.section(d(), parts).equals(section));
  }

  /** How many frequencies follow another position than the model's. */
  private int away(List<Integer> section) {
    return IntStream.range(0, 3)
        .map(axis -> Math.abs(section.get(axis) - model.section().get(axis)))
        .sum();
  }

  /** Other frequencies by the model's positions. */
  private Optional<double[]> ratios(List<Column> columns) {
    double[] ratios = new double[columns.size()];
    for (int i = 0; i < ratios.length; i++) {
      int axis = model.model().axis(i);
      if (!columns.get(i).axes[axis]) {
        return Optional.empty();
      }
      ratios[i] = ratio(columns.get(i), i, axis);
    }
    return Optional.of(ratios);
  }

  private Optional<OtherFunction> named(double[] ratios) {
    if (agrees(ratios, _ -> -1)) {
      return Optional.of(OtherFunction.Known.ROTATED_BACKWARDS);
    }
    if (agrees(ratios, i -> Format.BF16.round(due(i), Rounding.RNE) / due(i))) {
      return Optional.of(OtherFunction.Known.FREQUENCIES_IN_BF16);
    }
    // The fastest frequency is told most exactly.
    Optional<Double> all = shortest(ratios[0], one -> agrees(ratios, _ -> one));
    if (all.isPresent()) {
      return all.map(OtherFunction.PositionsScaled::new);
    }
    int middle = ratios.length / 2;
    Optional<Double> base =
        shortest(
            model.base() * Math.pow(ratios[middle], -d() / (2.0 * middle)),
            one -> agrees(ratios, i -> Math.pow(one, -2.0 * i / d()) / due(i)));
    if (base.isPresent()) {
      return base.map(one -> new OtherFunction.Rotary(one, model.base(), model.model().axes(), 0));
    }
    return Optional.of(factors(ratios, 1));
  }

  private OtherFunction factors(double[] ratios, double size) {
    double[] others =
        IntStream.range(0, ratios.length)
            .filter(i -> Math.abs(ratios[i] - 1) > exactness(i))
            .mapToDouble(i -> SimpleNumber.rounded(ratios[i], 3))
            .toArray();
    return new OtherFunction.Frequencies(
        Arrays.stream(others).min().orElse(1),
        Arrays.stream(others).max().orElse(1),
        others.length,
        size);
  }

  private double due(int i) {
    return model.due(i, d());
  }

  private boolean agrees(double[] ratios, IntToDoubleFunction with) {
    return IntStream.range(0, ratios.length)
        .allMatch(i -> Math.abs(ratios[i] - with.applyAsDouble(i)) <= exactness(i));
  }

  /** The number in as few digits as it agrees with. */
  private static Optional<Double> shortest(double x, DoublePredicate agrees) {
    return IntStream.rangeClosed(1, MOST_DIGITS)
        .mapToObj(n -> SimpleNumber.rounded(x, n))
        .filter(agrees::test)
        .findFirst();
  }
}

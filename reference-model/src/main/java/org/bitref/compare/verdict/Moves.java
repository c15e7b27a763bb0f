package org.bitref.compare.verdict;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.bitref.compare.verdict.Form.Moved;
import org.bitref.compare.verdict.Form.Moved.Kind;

/**
 * B as other lines of A: for each line of a region, the line of A that it is nearest to, and the
 * simple orders that channels have in other layouts.
 */
final class Moves {
  /** Products that may be tried to find the nearest lines. */
  private static final long MOST = 1 << 24;

  private static final int ACROSS = 48;

  /** Fewer elements do not tell lines apart. */
  private static final int LEAST_ACROSS = 6;

  private static final int NOWHERE = -1;

  private final Sides sides;
  private final Layout layout;
  private final Region region;
  private final Sample sample;

  Moves(Sides sides, Region region, Sample sample) {
    this.sides = sides;
    this.layout = sides.layout();
    this.region = region;
    this.sample = sample;
  }

  List<Fit> all() {
    List<Fit> fits = new ArrayList<>();
    for (int axis = 0; axis < Layout.AXES; axis++) {
      if (layout.length(axis) > 1) {
        moved(axis, fits);
      }
    }
    if (region.isWhole(layout)) {
      transposed(fits);
    }
    return fits;
  }

  private void moved(int axis, List<Fit> fits) {
    int n = layout.length(axis);
    int[] set = region.set(axis);
    boolean whole = set.length + 2 >= n && n > 4;
    if (whole && n % 2 == 0) {
      fits.add(ordered(axis, Kind.INTERLEAVED, i -> i % 2 * (n / 2) + i / 2));
      fits.add(ordered(axis, Kind.DEINTERLEAVED, i -> i < n / 2 ? 2 * i : 2 * i - n + 1));
    }
    if (whole) {
      fits.add(ordered(axis, Kind.REVERSED, i -> n - 1 - i));
    }
    int[] nearest = nearest(axis, set);
    if (nearest.length == 0 || Arrays.equals(nearest, set)) {
      return;
    }
    int by = shift(set, nearest);
    if (by != 0) {
      fits.add(fit(axis, i -> i + by, form(axis, set, i -> i + by), 2 * Math.log(n)));
      int[] around = Arrays.stream(set).map(i -> Math.floorMod(i + by, n)).toArray();
      if (set.length == n && 2 * Math.abs(by) != n) {
        Moved form = new Moved(Kind.SHIFTED_AROUND, layout.axis(axis), by, Place.runs(around));
        fits.add(fit(axis, i -> Math.floorMod(i + by, n), form, 2 * Math.log(n)));
      }
    }
    Map<Integer, Integer> map = new HashMap<>();
    for (int i = 0; i < set.length; i++) {
      map.put(set[i], nearest[i]);
    }
    IntUnaryOperator source = i -> map.getOrDefault(i, NOWHERE);
    long different = Arrays.stream(nearest).distinct().count();
    boolean all = IntStream.range(0, set.length).noneMatch(i -> nearest[i] == set[i]);
    if (all && (different == set.length || different == 1)) {
      fits.add(fit(axis, source, form(axis, set, source), set.length * Math.log(n)));
    }
  }

  private Fit ordered(int axis, Kind kind, IntUnaryOperator source) {
    Moved form = new Moved(kind, layout.axis(axis), 0, List.of());
    return fit(axis, source, form, Math.log(3 * Layout.AXES));
  }

  /** The lines of A that those of B are nearest to; empty if that cannot be told. */
  private int[] nearest(int axis, int[] set) {
    int n = layout.length(axis);
    Sample across = Sample.of(layout, region.with(axis, new int[] {0}), ACROSS);
    if (across.n() < LEAST_ACROSS || (long) set.length * n * across.n() > MOST) {
      return new int[0];
    }
    long stride = layout.stride(axis);
    double[][] lines = new double[n][];
    for (int j = 0; j < n; j++) {
      long to = j * stride;
      lines[j] = across.map(at -> sides.a(at + to));
    }
    return Arrays.stream(set).map(i -> nearest(i, across, stride, lines)).toArray();
  }

  private int nearest(int i, Sample across, long stride, double[][] lines) {
    double[] line = across.map(at -> sides.b(at + i * stride));
    double[] weight = across.map(at -> Fits.weight(sides.size(at + i * stride)));
    int best = i;
    double least = distance(line, lines[i], weight, Double.POSITIVE_INFINITY);
    for (int j = 0; j < lines.length; j++) {
      double distance = distance(line, lines[j], weight, least);
      if (distance < least) {
        best = j;
        least = distance;
      }
    }
    return best;
  }

  private static double distance(double[] x, double[] y, double[] weight, double enough) {
    double sum = 0;
    for (int i = 0; i < x.length && sum < enough; i++) {
      double difference = x[i] - y[i];
      sum += weight[i] * difference * difference;
    }
    return sum;
  }

  /** The distance that most lines have moved; 0 if at most half of those of the region did. */
  private static int shift(int[] set, int[] nearest) {
    Map<Integer, Integer> counts = new HashMap<>();
    for (int i = 0; i < set.length; i++) {
      counts.merge(nearest[i] - set[i], 1, Integer::sum);
    }
    return counts.entrySet().stream()
        .filter(entry -> entry.getKey() != 0 && 2 * entry.getValue() > set.length)
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElse(0);
  }

  private Moved form(int axis, int[] set, IntUnaryOperator source) {
    int n = layout.length(axis);
    int[] from = Arrays.stream(set).map(source).filter(i -> i >= 0 && i < n).toArray();
    int[] sorted = Arrays.stream(from).sorted().distinct().toArray();
    boolean same = Arrays.equals(sorted, set);
    boolean twice =
        same && Arrays.stream(set).allMatch(i -> source.applyAsInt(source.applyAsInt(i)) == i);
    int by = source.applyAsInt(set[0]) - set[0];
    boolean shifted = Arrays.stream(set).allMatch(i -> source.applyAsInt(i) == i + by);
    boolean inside = Arrays.stream(sorted).anyMatch(i -> Arrays.binarySearch(set, i) >= 0);
    Kind kind =
        twice
            ? Kind.SWAPPED
            : shifted && inside ? Kind.SHIFTED : same ? Kind.PERMUTED : Kind.COPIED;
    List<Place.Run> runs = Place.runs(from);
    return new Moved(
        kind,
        layout.axis(axis),
        shifted ? by : 0,
        runs.subList(0, Math.min(Moved.SHOWN, runs.size())));
  }

  /** A line without a source is left out; half must have one. */
  private Fit fit(int axis, IntUnaryOperator source, Form form, double cost) {
    long stride = layout.stride(axis);
    int n = layout.length(axis);
    return measured(
        k -> {
          int i = sample.at()[k][axis];
          int from = source.applyAsInt(i);
          return from < 0 || from >= n ? -1 : sample.index()[k] + (from - i) * stride;
        },
        form,
        cost + Math.log(Layout.AXES));
  }

  /** Where A has what B shows at an element of the sample; below 0 for nowhere. */
  private interface Source {
    long of(int k);
  }

  private Fit measured(Source source, Form form, double cost) {
    double left = 0;
    double all = 0;
    int n = 0;
    for (int k = 0; k < sample.n(); k++) {
      long from = source.of(k);
      if (from >= 0) {
        long at = sample.index()[k];
        double weight = Fits.weight(sides.size(at));
        double rest = sides.b(at) - sides.a(from);
        double difference = sides.b(at) - sides.a(at);
        left += weight * rest * rest;
        all += weight * difference * difference;
        n++;
      }
    }
    boolean enough = 2 * n >= sample.n() && all > 0;
    return new Fit(form, enough ? left / all : 1, cost, n);
  }

  /** Two axes next to each other exchanged in memory, in either direction. */
  private void transposed(List<Fit> fits) {
    List<Integer> axes =
        IntStream.range(0, Layout.AXES).filter(i -> layout.length(i) > 1).boxed().toList();
    for (int i = 1; i < axes.size(); i++) {
      int first = axes.get(i - 1);
      int second = axes.get(i);
      Form form = new Form.Transposed(layout.axis(first), layout.axis(second));
      long rows = layout.length(first);
      long columns = layout.length(second);
      long inner = layout.stride(second);
      fits.add(measured(k -> exchanged(sample.index()[k], rows, columns, inner), form, 2));
      fits.add(measured(k -> exchanged(sample.index()[k], columns, rows, inner), form, 2));
    }
  }

  /** B's memory is [.., columns, rows, inner] of A's [.., rows, columns, inner]. */
  private static long exchanged(long index, long rows, long columns, long inner) {
    long block = rows * columns * inner;
    long within = index % block / inner;
    long from = within % rows * columns + within / rows;
    return index - index % block + from * inner + index % inner;
  }
}

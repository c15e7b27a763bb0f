package org.bitref.diagnose;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bitref.bound.ExactProduct;
import org.bitref.bound.GemmBound;
import org.bitref.bound.InputRounding;
import org.bitref.diagnose.Judge.Hypothesis;

/** The right numbers in the wrong places: rows, columns, heads, transposed, some elements off. */
final class MovePatterns {
  private static final int RUN = 24;

  private final GemmBound bound;
  private final ExactProduct product;
  private final int rows;
  private final int columns;

  MovePatterns(GemmBound bound) {
    this.bound = bound;
    this.product = bound.product(InputRounding.NONE);
    this.rows = product.rows();
    this.columns = product.columns();
  }

  List<Hypothesis> all() {
    List<Hypothesis> all = new ArrayList<>();
    transposed(all);
    lines(all, Nearest.rows(bound.y(), product.exact(), rows, columns), true);
    lines(all, Nearest.columns(bound.y(), product.exact(), rows, columns), false);
    runs(all);
    return all;
  }

  private void transposed(List<Hypothesis> all) {
    int depth = bound.factors().depth();
    if (rows == columns && rows > 1) {
      all.add(transposed(Damage.Known.OUTPUT_TRANSPOSED, (_, right) -> right.transposed()));
    }
    if (columns == depth && depth > 1) {
      all.add(
          transposed(
              Damage.Known.W_READ_TRANSPOSED,
              (in, _) -> in.withW(transposed(in.w(), depth)).product(bound.workers())));
    }
    if (rows == depth && depth > 1) {
      all.add(
          transposed(
              Damage.Known.X_READ_TRANSPOSED,
              (in, _) -> in.withX(transposed(in.x(), depth)).product(bound.workers())));
    }
  }

  private static Hypothesis transposed(Damage damage, Judge.Repair repair) {
    return new Hypothesis(Pattern.TRANSPOSED, damage, 1, repair);
  }

  private static double[] transposed(double[] square, int n) {
    return IntStream.range(0, square.length).mapToDouble(i -> square[i % n * n + i / n]).toArray();
  }

  private void lines(List<Hypothesis> all, int[] map, boolean isRows) {
    int n = map.length;
    if (IntStream.range(0, n).allMatch(i -> map[i] == i)) {
      return;
    }
    int shift = mostFrequentShift(map);
    if (shift != 0) {
      Pattern pattern = isRows ? Pattern.ROWS_SHIFTED : Pattern.COLUMNS_SHIFTED;
      double cost = Math.log(n) / Math.log(2);
      int[] round = IntStream.range(0, n).map(i -> Math.floorMod(i + shift, n)).toArray();
      all.add(moved(pattern, new Damage.Shifted(shift, n, true), cost, round, isRows));
      int[] open = IntStream.range(0, n).map(i -> inside(i + shift, n)).toArray();
      all.add(moved(pattern, new Damage.Shifted(shift, n, false), cost, open, isRows));
    }
    double cost = n * Math.log(n) / Math.log(2);
    int head = isRows ? 1 : headSize(map);
    Pattern lines = isRows ? Pattern.ROWS_PERMUTED : Pattern.COLUMNS_PERMUTED;
    Pattern pattern = head > 1 ? Pattern.HEADS_PERMUTED : lines;
    all.add(
        moved(
            pattern,
            new Damage.Permuted(IntStream.of(map).boxed().toList(), head),
            cost / head,
            map,
            isRows));
  }

  private static int inside(int i, int n) {
    return i >= 0 && i < n ? i : -1;
  }

  private static Hypothesis moved(
      Pattern pattern, Damage damage, double cost, int[] map, boolean isRows) {
    return new Hypothesis(
        pattern,
        damage,
        cost,
        (_, right) -> isRows ? right.rowsMoved(map) : right.columnsMoved(map));
  }

  /** 0 if no shift holds for a quarter of the lines. */
  private static int mostFrequentShift(int[] map) {
    int[] shifts = IntStream.range(0, map.length).map(i -> map[i] - i).toArray();
    int[] moved = IntStream.of(shifts).filter(shift -> shift != 0).toArray();
    int mode = Nearest.mostFrequent(moved);
    long holds = IntStream.of(moved).filter(shift -> shift == mode).count();
    return 4 * holds >= map.length ? mode : 0;
  }

  /** The largest block of columns that stays together: a power of two from 8 on, or 1. */
  private int headSize(int[] map) {
    for (int size = Integer.highestOneBit(columns); size >= 8; size /= 2) {
      int block = size;
      boolean together =
          columns % block == 0
              && IntStream.range(0, columns).allMatch(i -> map[i] - i % block == map[i - i % block])
              && IntStream.range(0, columns / block).allMatch(b -> map[b * block] % block == 0);
      if (together && block < columns) {
        return block;
      }
    }
    return 1;
  }

  /** The output as one run of elements, some of them off, or with another row length. */
  private void runs(List<Hypothesis> all) {
    int n = rows * columns;
    int run = Math.min(RUN, columns);
    if (n < 4 * run || run < 4) {
      return;
    }
    int middle = rows / 2 * columns;
    int shift = place(middle, run) - middle;
    if (shift != 0) {
      all.add(run(shift, columns));
    }
    if (rows > 2) {
      int first = place(0, run);
      int second = place(columns, run);
      int length = second - first;
      if (length > 0 && length != columns) {
        all.add(run(first, length));
      }
    }
  }

  /** Where a run of {@code n} elements of y from {@code from} on is found. */
  private int place(int from, int n) {
    int[] steps = IntStream.range(0, n).toArray();
    IntStream places = IntStream.rangeClosed(0, rows * columns - n);
    return Nearest.place(bound.y(), from, steps, product.exact(), places);
  }

  private Hypothesis run(int shift, int length) {
    int n = rows * columns;
    double cost = 2 * Math.log(n) / Math.log(2);
    return new Hypothesis(
        Pattern.SHIFTED,
        new Damage.Run(shift, length, columns),
        cost,
        (_, right) -> right.moved(i -> inside(i / columns * length + i % columns + shift, n)));
  }
}

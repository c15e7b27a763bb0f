package org.bitref.diagnose;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bitref.bound.ExactProduct;
import org.bitref.bound.GemmBound;
import org.bitref.bound.InputRounding;

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
    if (rows == columns && rows > 1) {
      all.add(
          Hypothesis.of(
              Pattern.TRANSPOSED, "the output is transposed", 1, (_, right) -> right.transposed()));
    }
    int depth = bound.factors().depth();
    if (columns == depth && depth > 1) {
      all.add(
          Hypothesis.of(
              Pattern.TRANSPOSED,
              "w was read transposed",
              1,
              (factors, _) -> factors.withW(transposed(factors.w(), depth)).product(workers())));
    }
    if (rows == depth && depth > 1) {
      all.add(
          Hypothesis.of(
              Pattern.TRANSPOSED,
              "x was read transposed",
              1,
              (factors, _) -> factors.withX(transposed(factors.x(), depth)).product(workers())));
    }
  }

  private org.bitref.kernel.Workers workers() {
    return bound.workers();
  }

  private static double[] transposed(double[] square, int n) {
    double[] result = new double[square.length];
    for (int i = 0; i < square.length; i++) {
      result[i] = square[i % n * n + i / n];
    }
    return result;
  }

  private void lines(List<Hypothesis> all, int[] map, boolean isRows) {
    int n = map.length;
    if (IntStream.range(0, n).allMatch(i -> map[i] == i)) {
      return;
    }
    int shift = mostFrequentShift(map);
    if (shift != 0) {
      String text = (isRows ? "row" : "column") + " i holds " + (isRows ? "row" : "column");
      Pattern pattern = isRows ? Pattern.ROWS_SHIFTED : Pattern.COLUMNS_SHIFTED;
      double cost = Math.log(n) / Math.log(2);
      int[] round = IntStream.range(0, n).map(i -> Math.floorMod(i + shift, n)).toArray();
      String index = shift < 0 ? "i - " + -shift : "i + " + shift;
      all.add(moved(pattern, text + " (" + index + ") mod " + n, cost, round, isRows));
      int[] open = IntStream.range(0, n).map(i -> inside(i + shift, n)).toArray();
      all.add(moved(pattern, text + " " + index, cost, open, isRows));
    }
    double cost = n * Math.log(n) / Math.log(2);
    String what = isRows ? "rows" : "columns";
    Pattern pattern = isRows ? Pattern.ROWS_PERMUTED : Pattern.COLUMNS_PERMUTED;
    int head = isRows ? 1 : headSize(map);
    if (head > 1) {
      String text = "heads are permuted: blocks of " + head + " columns hold " + blocks(map, head);
      all.add(moved(Pattern.HEADS_PERMUTED, text, cost / head, map, false));
    } else {
      all.add(moved(pattern, describe(what, map), cost, map, isRows));
    }
  }

  private static int inside(int i, int n) {
    return i >= 0 && i < n ? i : -1;
  }

  private static Hypothesis moved(
      Pattern pattern, String text, double cost, int[] map, boolean isRows) {
    return Hypothesis.of(
        pattern, text, cost, (_, right) -> isRows ? right.rowsMoved(map) : right.columnsMoved(map));
  }

  /** 0 if no shift holds for a quarter of the lines. */
  private static int mostFrequentShift(int[] map) {
    int[] shifts = IntStream.range(0, map.length).map(i -> map[i] - i).toArray();
    int[] moved = IntStream.of(shifts).filter(shift -> shift != 0).toArray();
    int mode = Mode.of(moved);
    long holds = IntStream.of(moved).filter(shift -> shift == mode).count();
    return 4 * holds >= map.length ? mode : 0;
  }

  private static String describe(String what, int[] map) {
    int[] changed = IntStream.range(0, map.length).filter(i -> map[i] != i).toArray();
    boolean swap = changed.length == 2 && map[changed[0]] == changed[1];
    if (swap && map[changed[1]] == changed[0]) {
      return what + " " + changed[0] + " and " + changed[1] + " are exchanged";
    }
    boolean permutation = IntStream.of(map).distinct().count() == map.length;
    return (permutation ? what + " are permuted: " : "some " + what + " hold others: ")
        + changed.length
        + " of "
        + map.length
        + " are elsewhere, the first "
        + changed[0]
        + ", which holds "
        + map[changed[0]];
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

  private static List<Integer> blocks(int[] map, int size) {
    return IntStream.range(0, map.length / size).map(b -> map[b * size] / size).boxed().toList();
  }

  /** The output as one run of elements, some of them off, or with another row length. */
  private void runs(List<Hypothesis> all) {
    int n = rows * columns;
    int run = Math.min(RUN, columns);
    if (n < 4 * run || run < 4) {
      return;
    }
    int middle = rows / 2 * columns;
    int shift = Nearest.run(bound.y(), middle, run, product.exact()) - middle;
    double cost = 2 * Math.log(n) / Math.log(2);
    if (shift != 0) {
      String text = "the output is shifted by " + shift + " elements";
      all.add(run(text, cost, shift, columns));
    }
    if (rows > 2) {
      int first = Nearest.run(bound.y(), 0, run, product.exact());
      int second = Nearest.run(bound.y(), columns, run, product.exact());
      int length = second - first;
      if (length > 0 && length != columns) {
        String text =
            "the output was read from element %d with rows of %d".formatted(first, length);
        all.add(run(text, cost, first, length));
      }
    }
  }

  private Hypothesis run(String text, double cost, int shift, int length) {
    int n = rows * columns;
    return Hypothesis.of(
        Pattern.SHIFTED,
        text,
        cost,
        (_, right) ->
            right.moved(rows, columns, i -> inside(i / columns * length + i % columns + shift, n)));
  }
}

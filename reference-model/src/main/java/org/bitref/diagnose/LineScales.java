package org.bitref.diagnose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bitref.bound.ExactProduct;
import org.bitref.bound.GemmBound;
import org.bitref.diagnose.Judge.Hypothesis;

/** Every row, or every column, times a constant of its own. */
record LineScales(GemmBound bound, ExactProduct product) {
  /** A constant is fitted to the outputs of a line whose ratio is as near to the median as this. */
  private static final double NEAR = 0x1p-5;

  /** Nearer to 1 than this a constant may be the mark of rounded factors. */
  private static final double LEAST = 0x1p-6;

  /** Bits of a fitted constant. */
  private static final double COST = 24;

  /** At most two; none where half of the lines are as they should be: the others are damaged. */
  List<Hypothesis> all() {
    List<Hypothesis> all = new ArrayList<>();
    for (boolean rows : new boolean[] {true, false}) {
      double[] factors = fitted(rows, product);
      long plain = Arrays.stream(factors).filter(f -> Math.abs(f - 1) < LEAST).count();
      if (product.exact().length > factors.length
          && 2 * plain < factors.length
          && Arrays.stream(factors).allMatch(Double::isFinite)) {
        all.add(hypothesis(rows, factors));
      }
    }
    return all;
  }

  /** Conversions as for one constant. A constant for each line costs its bits for each. */
  private Hypothesis hypothesis(boolean rows, double[] factors) {
    Damage damage =
        new Damage.ScaledLines(
            rows,
            Arrays.stream(factors).min().orElseThrow(),
            Arrays.stream(factors).max().orElseThrow());
    double cost = COST * factors.length + bound.y().length;
    int columns = product.columns();
    return new Hypothesis(
        Pattern.SCALED,
        damage,
        (_, right) -> {
          double[] own = fitted(rows, right);
          return right.scaled(i -> own[rows ? i / columns : i % columns]);
        },
        3,
        cost);
  }

  /** The factors between a product and the outputs. */
  private double[] fitted(boolean rows, ExactProduct right) {
    int lines = rows ? right.rows() : right.columns();
    return IntStream.range(0, lines).mapToDouble(line -> fitted(rows, line, right)).toArray();
  }

  private double fitted(boolean rows, int line, ExactProduct right) {
    int columns = right.columns();
    int length = rows ? columns : right.rows();
    int[] outputs =
        IntStream.range(0, length)
            .map(i -> rows ? line * columns + i : i * columns + line)
            .filter(i -> right.exact()[i] != 0 && Double.isFinite(bound.y()[i]))
            .toArray();
    double[] ratios =
        Arrays.stream(outputs).mapToDouble(i -> bound.y()[i] / right.exact()[i]).sorted().toArray();
    double median = ratios.length == 0 ? 1 : ratios[ratios.length / 2];
    double above = 0;
    double below = 0;
    for (int i : outputs) {
      double exact = right.exact()[i];
      if (Math.abs(bound.y()[i] / exact / median - 1) < NEAR) {
        above += bound.y()[i] * exact;
        below += exact * exact;
      }
    }
    return below == 0 ? median : above / below;
  }
}

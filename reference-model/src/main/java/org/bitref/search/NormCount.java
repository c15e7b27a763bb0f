package org.bitref.search;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.NormKernel;
import org.bitref.kernel.row.NormKernel.Scale;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;

/**
 * Counts the captured outputs that norms give. Of a row, recipes differ by their elements' formula
 * and the row's scale alone: the outputs of each pair of these are computed once for all recipes.
 */
final class NormCount {
  /** Rows that are counted before groups that are not whole are left. */
  private static final int TOGETHER = 64;

  private final Norm norm;
  private final Workers workers;
  private final int width;
  private final double[] x;
  private final double[] y;

  NormCount(Captured<Norm> captured, Workers workers) {
    this.norm = captured.operation();
    this.workers = workers;
    this.width = norm.width();
    this.x = norm.x().toDoubles();
    this.y = captured.y().toDoubles();
  }

  /** What a formula takes of a row. */
  private record Use(NormGroup.Element element, double scale) {}

  /** A formula with its weights in the format that it takes. */
  private record Formula(NormKernel kernel, double[] weights) {}

  /**
   * Counts equal outputs; with {@code brief} a group is left at the first row that is not whole.
   */
  void count(Collection<NormGroup> groups, int[] at, int[] columns, boolean brief) {
    Map<NormGroup.Element, Formula> formulas = formulas(groups);
    groups.forEach(NormGroup::clear);
    List<NormGroup> left = new ArrayList<>(groups);
    for (int start = 0; start < at.length && !left.isEmpty(); start += TOGETHER) {
      int first = start;
      int[][] equal = new int[Math.min(TOGETHER, at.length - first)][];
      workers.forEach(
          equal.length,
          1,
          (from, to) -> {
            for (int i = from; i < to; i++) {
              equal[i] = row(left, formulas, first + i, at[first + i], columns);
            }
          });
      for (int g = 0; g < left.size(); g++) {
        for (int i = 0; i < equal.length && !(brief && left.get(g).isWrong()); i++) {
          left.get(g).add(equal[i][g], columns.length);
        }
      }
      left.removeIf(group -> brief && group.isWrong());
    }
  }

  private Map<NormGroup.Element, Formula> formulas(Collection<NormGroup> groups) {
    Map<Format, double[]> weights = new HashMap<>();
    Map<NormGroup.Element, Formula> formulas = new HashMap<>();
    for (NormGroup group : groups) {
      formulas.computeIfAbsent(
          group.element(),
          element ->
              new Formula(
                  new NormKernel(group.first(), norm.eps()),
                  weights.computeIfAbsent(element.weight(), this::weights)));
    }
    return formulas;
  }

  private double[] weights(Format format) {
    double[] w = norm.weight().toDoubles();
    for (int i = 0; i < w.length; i++) {
      w[i] = format.round(w[i], Rounding.RNE);
    }
    return w;
  }

  /** How many outputs of a row each group gives. */
  private int[] row(
      List<NormGroup> groups,
      Map<NormGroup.Element, Formula> formulas,
      int i,
      int row,
      int[] columns) {
    Map<Use, Integer> known = new HashMap<>();
    int[] equal = new int[groups.size()];
    for (int g = 0; g < equal.length; g++) {
      NormGroup group = groups.get(g);
      Use use = new Use(group.element(), group.scale(i));
      Integer count = known.get(use);
      if (count == null) {
        count = equal(formulas.get(use.element), group.scales(i), row, columns);
        known.put(use, count);
      }
      equal[g] = count;
    }
    return equal;
  }

  private int equal(Formula formula, Scale scale, int row, int[] columns) {
    int start = row * width;
    int equal = 0;
    for (int column : columns) {
      double value = formula.kernel.element(x[start + column], formula.weights[column], scale);
      equal += Double.compare(value, y[start + column]) == 0 ? 1 : 0;
    }
    return equal;
  }
}

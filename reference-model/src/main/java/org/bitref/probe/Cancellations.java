package org.bitref.probe;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.bitref.kernel.spec.AdditionTree;
import org.bitref.numerics.Format;
import org.bitref.probe.Row.Cancel;
import org.bitref.recipe.KOrder;
import org.bitref.search.space.OperandRounding;
import org.bitref.search.space.OrderSpace;
import org.bitref.tensor.DType;

/** The answers to the questions about order: which small terms survived. */
final class Cancellations {
  /** Terms whose order is looked at. */
  private static final int PERIOD = 32;

  private final List<Cancel> rows = new ArrayList<>();
  private final List<Integer> masks = new ArrayList<>();
  private final Map<List<Double>, double[]> tables = new HashMap<>();
  private int[] asked = {};
  private int unread;

  /** Reads the answers of a column whose results are stored as {@code operands} says. */
  static Cancellations read(Answers answers, int column, OperandRounding operands) {
    Cancellations read = new Cancellations();
    Probe probe = answers.probe();
    for (int r = 0; r < probe.rows().size(); r++) {
      if (probe.rows().get(r) instanceof Cancel cancel) {
        Probe.Call call = probe.calls().get(probe.place(r).call());
        int mask = read.mask(answers, r, column, cancel, operands, call.bias(column));
        if (mask < 0) {
          read.unread++;
        } else {
          read.rows.add(cancel);
          read.masks.add(mask);
        }
      }
    }
    read.asked = IntStream.range(0, read.rows.size()).toArray();
    return read;
  }

  /** The set of small terms whose stored sum is the answer; -1 if it cannot be told. */
  private int mask(
      Answers answers, int row, int column, Cancel cancel, OperandRounding operands, double bias) {
    double[] products = answers.probe().products(cancel);
    List<Double> terms = new ArrayList<>();
    cancel.refs().forEach(p -> terms.add(products[p]));
    double[] table = tables.computeIfAbsent(terms, t -> table(t, operands, bias, answers));
    double answer = answers.value(row, column);
    boolean exact = answers.probe().setup().mode() == ProbeSetup.Mode.FREE;
    int nearest = -1;
    for (int mask = 0; mask < table.length; mask++) {
      if (nearest < 0 || Math.abs(table[mask] - answer) < Math.abs(table[nearest] - answer)) {
        nearest = mask;
      }
    }
    for (int mask = 0; mask < table.length; mask++) {
      double gap = Math.abs(table[mask] - table[nearest]);
      if (mask != nearest && !(Math.abs(answer - table[nearest]) * 4 < gap)) {
        return -1;
      }
    }
    return exact && table[nearest] != answer ? -1 : nearest;
  }

  private static double[] table(
      List<Double> terms, OperandRounding operands, double bias, Answers answers) {
    Format out = answers.probe().setup().out().format().orElseThrow();
    double[] table = new double[1 << terms.size()];
    for (int mask = 0; mask < table.length; mask++) {
      double sum = 0;
      for (int b = 0; b < terms.size(); b++) {
        sum += (mask >> b & 1) * terms.get(b);
      }
      table[mask] = out.decode(OperandReading.stored(operands, sum, bias, out));
    }
    return table;
  }

  /** Answers that could not be read. */
  int unread() {
    return unread;
  }

  int size() {
    return rows.size();
  }

  /** True if nothing was ever swallowed: sums that are exact, or nearly. */
  boolean allSurvive() {
    for (int r = 0; r < rows.size(); r++) {
      if (masks.get(r) != (1 << rows.get(r).refs().size()) - 1) {
        return false;
      }
    }
    return !rows.isEmpty();
  }

  /**
   * True if the tree gives every answer. The question that refuses a tree is asked first of the
   * next one: most wrong trees are refused by what refused their neighbours.
   *
   * @param keeping true if a sum may have kept small terms that were in it: only those that were
   *     lost say something
   */
  boolean allow(AdditionTree tree, boolean keeping, Budget budget) {
    for (int at = 0; at < asked.length; at++) {
      int r = asked[at];
      budget.spend(rows.get(r).refs().size());
      if (!allows(tree, r, keeping)) {
        System.arraycopy(asked, 0, asked, 1, at);
        asked[0] = r;
        return false;
      }
    }
    return true;
  }

  private boolean allows(AdditionTree tree, int r, boolean keeping) {
    Cancel row = rows.get(r);
    for (int b = 0; b < row.refs().size(); b++) {
      boolean survives = (masks.get(r) >> b & 1) == 1;
      boolean meets = tree.meets(row.i(), row.j(), row.refs().get(b));
      if (survives ? meets && !keeping : !meets) {
        return false;
      }
    }
    return true;
  }

  /**
   * For every k that was asked: true if k and k + 1 meet before k - 1 comes, so that k begins a run
   * of terms with an accumulator of its own (or a later step of one).
   */
  Map<Integer, Boolean> begins() {
    Map<Integer, Boolean> begins = new TreeMap<>();
    for (int r = 0; r < rows.size(); r++) {
      Cancel row = rows.get(r);
      int bit = row.refs().indexOf(row.i() - 1);
      if (row.j() == row.i() + 1 && bit >= 0) {
        begins.put(row.i(), (masks.get(r) >> bit & 1) == 1);
      }
    }
    return begins;
  }

  /** What they suggest about the order of a sum of k terms. */
  OrderSpace.Seen seen(ProbeSetup setup) {
    List<Integer> begins =
        begins().entrySet().stream().filter(Map.Entry::getValue).map(Map.Entry::getKey).toList();
    List<Integer> firm = begins.stream().filter(this::isFirm).toList();
    List<List<Integer>> across =
        IntStream.of(0, setup.k() - 1)
            .mapToObj(p -> firm.stream().filter(k -> lostAcross(k - 1, p)).toList())
            .toList();
    return new OrderSpace.Seen(
        begins, firm, across, order(Math.min(PERIOD, setup.k())), setup.in() == DType.BF16);
  }

  /** True if the term 16 before k, too, survives when k and k + 1 meet. */
  private boolean isFirm(int k) {
    return k < 16 || !lostAcross(k, k - 16);
  }

  /** True if term p is lost when i and i + 1 meet, as far as it was asked. */
  private boolean lostAcross(int i, int p) {
    for (int r = 0; r < rows.size(); r++) {
      Cancel row = rows.get(r);
      int bit = row.refs().indexOf(p);
      if (row.i() == i && row.j() == i + 1 && bit >= 0) {
        return (masks.get(r) >> bit & 1) == 0;
      }
    }
    return false;
  }

  /** The first terms by when they were added, in the shortest period that says so. */
  private KOrder order(int n) {
    int[] rank = IntStream.range(0, n).map(this::rank).toArray();
    List<Integer> order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.<Integer>comparingInt(p -> -rank[p]).thenComparing(p -> p))
            .toList();
    for (int period = 1; period < n; period *= 2) {
      if (repeats(order, period)) {
        return new KOrder(order.subList(0, period));
      }
    }
    return new KOrder(order);
  }

  private static boolean repeats(List<Integer> order, int period) {
    for (int i = 0; i < order.size(); i++) {
      int first = order.get(i % period);
      if (first >= period || order.get(i) != first + i - i % period) {
        return false;
      }
    }
    return true;
  }

  /** How many of the terms j below {@link #PERIOD} have p in the sum when 0 meets them. */
  private int rank(int p) {
    if (p == 0) {
      return PERIOD;
    }
    Set<Integer> met = new HashSet<>();
    for (int r = 0; r < rows.size(); r++) {
      Cancel row = rows.get(r);
      int bit = row.refs().indexOf(p);
      boolean lost = bit >= 0 && (masks.get(r) >> bit & 1) == 0;
      if (row.i() == 0 && row.j() < PERIOD && (row.j() == p || lost)) {
        met.add(row.j());
      }
    }
    return met.size();
  }
}

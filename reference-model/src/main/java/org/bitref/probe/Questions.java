package org.bitref.probe;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bitref.probe.Row.Cancel;

/** Which cancellations are asked for a given K. */
final class Questions {
  /** Terms at the start of which every question about steps is asked. */
  static final int LOCAL = 64;

  private static final int PERIOD = 32;
  private static final int DENSE = 512;
  private static final int POINTS = 24;

  private final int k;
  private final int bits;
  private final Set<Cancel> rows = new LinkedHashSet<>();

  private Questions(ProbeSetup setup) {
    this.k = setup.k();
    this.bits = setup.scale().bits();
  }

  static List<Cancel> of(ProbeSetup setup) {
    Questions questions = new Questions(setup);
    questions.start();
    questions.neighbours(setup.grid());
    questions.everywhere();
    return List.copyOf(questions.rows);
  }

  /** The order of the first terms: who is there when 0 meets j. */
  private void start() {
    for (int j = 1; j < PERIOD; j++) {
      for (int from = 0; from < LOCAL; from += bits) {
        ask(0, j, range(from, from + bits));
      }
    }
    for (int from = LOCAL; from < 4 * LOCAL; from += bits) {
      ask(0, 1, range(from, from + bits));
    }
    for (int j = PERIOD; j < 2 * LOCAL; j++) {
      ask(0, j, List.of(1, 2, 16, 32, j - 1, j + 1, j / 2, 63));
    }
  }

  private static List<Integer> range(int from, int to) {
    List<Integer> range = new ArrayList<>();
    for (int p = from; p < to; p++) {
      range.add(p);
    }
    return range;
  }

  /** Every k and its successor: a boundary lies before k if they meet before k - 1 comes. */
  private void neighbours(int grid) {
    for (int i = 0; i + 1 < k; i++) {
      boolean near = i < DENSE || i % grid == 0 || i % grid == grid - 1;
      if (near) {
        int far = (int) (((long) i * 7 + 3) % k);
        ask(i, i + 1, List.of(i - 1, i + 2, 0, k - 1, i - 16, i + 16, k / 2, far));
      }
    }
  }

  /** Points all over K: which slices are added to which. */
  private void everywhere() {
    List<Integer> points = new ArrayList<>();
    for (int t = 0; t < POINTS; t++) {
      points.add((int) Math.min(k - 1, (long) t * k / POINTS + t * 5 % 7));
    }
    for (int a = 0; a < POINTS; a++) {
      for (int b = a + 1; b < POINTS; b++) {
        List<Integer> refs = new ArrayList<>();
        for (int q = 0; q < POINTS; q += 3) {
          refs.add(points.get((a * 3 + b * 5 + q) % POINTS));
        }
        ask(points.get(a), points.get(b), refs);
      }
    }
  }

  private void ask(int i, int j, List<Integer> wanted) {
    Set<Integer> refs = new LinkedHashSet<>();
    for (int p : wanted) {
      if (p >= 0 && p < k && p != i && p != j && refs.size() < bits) {
        refs.add(p);
      }
    }
    if (i != j && j < k && !refs.isEmpty()) {
      rows.add(new Cancel(i, j, List.copyOf(refs)));
    }
  }
}

package org.bitref.probe;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.probe.Evidence.Purpose;
import org.bitref.probe.Row.Group;
import org.bitref.probe.Row.Terms;

/**
 * Few terms whose sum tells how something is rounded. Those that the operands' type cannot hold are
 * left out.
 *
 * <p>Values after M. Fasi et al., "Numerical behavior of NVIDIA tensor cores" (PeerJ Computer
 * Science, 2021), and F. Khattak and M. Mikaitis (arXiv 2512.07004).
 */
final class RoundingRows {
  private final int k;
  private final Format format;
  private final int top;
  private final Set<Terms> rows = new LinkedHashSet<>();

  private RoundingRows(ProbeSetup setup) {
    this.k = setup.k();
    this.format = setup.in().format().orElseThrow();
    this.top = Math.min(14, format.emax());
  }

  static List<Terms> of(ProbeSetup setup) {
    RoundingRows rows = new RoundingRows(setup);
    rows.singles();
    rows.alignment();
    rows.accumulator();
    rows.partials();
    if (setup.mode() == ProbeSetup.Mode.FREE) {
      rows.tiny();
    }
    rows.epilogue(Group.MAIN);
    if (setup.bias() && setup.mode() == ProbeSetup.Mode.FREE) {
      rows.epilogue(Group.BIAS);
    }
    return List.copyOf(rows.rows);
  }

  private void singles() {
    double max = format.maxFinite();
    double inf = Double.POSITIVE_INFINITY;
    for (double v : new double[] {1, -1, 3, 0.5, -1.5, 2, -4, max, -max, inf, Double.NaN}) {
      add(Purpose.PRODUCT, Group.MAIN, List.of(0), v);
    }
    add(Purpose.PRODUCT, Group.MAIN, List.of(0), format.minSubnormal());
    add(Purpose.PRODUCT, Group.MAIN, List.of(0), 3 * format.minSubnormal());
    add(Purpose.PRODUCT, Group.MAIN, List.of(0), Math.scalb(1.0, format.emin()));
    for (int s = 2; s < 24; s++) {
      add(Purpose.PRODUCT, Group.MAIN, List.of(0), 1 + Math.scalb(1.0, -s));
      add(Purpose.PRODUCT, Group.MAIN, List.of(0), 1 + Math.scalb(3.0, -s));
      add(Purpose.PRODUCT, Group.MAIN, List.of(0), 1 + Math.scalb(1.0, -s) + Math.scalb(1.0, -23));
    }
    add(Purpose.PRODUCT, Group.MAIN, List.of(0, 1), inf, -inf);
  }

  private void alignment() {
    double m = Math.scalb(1.0, top);
    for (int q = 1; q <= 48; q++) {
      add(Purpose.ALIGNMENT, Group.MAIN, List.of(0, 1, 2), m, -m, Math.scalb(1.0, top - q));
      add(Purpose.ALIGNMENT, Group.MAIN, List.of(0, 1, 2), m, -m, Math.scalb(-1.75, top - q));
      add(Purpose.ALIGNMENT, Group.MAIN, List.of(0, 1), m, Math.scalb(1.0, top - q));
    }
  }

  private void accumulator() {
    double base = Math.scalb(1.0, Math.min(10, top));
    for (int j : new int[] {1, 2, 4, 8, 16, 32, 64, 128, k / 2}) {
      for (int z : new int[] {j + 2, 2 * j, 3 * j, k - 1}) {
        for (int s : new int[] {8, 9, 11, 12, 14, 15, 23, 24, 25, 40, 53, 54}) {
          add(
              Purpose.ACCUMULATOR,
              Group.MAIN,
              List.of(0, j, z),
              base,
              Math.scalb(base, -s) * 1.5,
              -base);
        }
        // A carry out of the step: two and a bit more, of which the last bit does not fit.
        for (int s : new int[] {10, 13, 23, 24}) {
          double bit = Math.scalb(base, -s) * 3;
          add(Purpose.ACCUMULATOR, Group.MAIN, List.of(0, j, j + 1, z), base, base, bit, -2 * base);
        }
      }
    }
  }

  private void partials() {
    int[] seconds = {32, 64, 128, 256, k / 8, k / 4, k / 3, k / 2, 3 * (k / 4), k - 2};
    for (int z : seconds) {
      for (int s : new int[] {9, 12, 15, 24, 25, 53}) {
        add(Purpose.PARTIAL, Group.MAIN, List.of(0, z), 1024, Math.scalb(1536.0, -s));
      }
      for (double base : new double[] {2048, 256, 0x1p14}) {
        add(Purpose.PARTIAL, Group.MAIN, List.of(0, 1, z), base, 1, -base);
        add(Purpose.PARTIAL, Group.MAIN, List.of(0, 1, z), base, 3, -base);
        add(Purpose.PARTIAL, Group.MAIN, List.of(0, 1, z, z + 1), base, 1, -base, 0.5);
        add(Purpose.PARTIAL, Group.MAIN, List.of(0, z, z + 1), base, 1, -base);
      }
    }
  }

  private void tiny() {
    for (int q = 0; q <= format.precision() - format.emin(); q++) {
      add(Purpose.LEAST, Group.TINY, List.of(0, 1), 0.5, Math.scalb(1.0, -q));
      add(Purpose.LEAST, Group.TINY, List.of(0, 1), 1.5, Math.scalb(-1.0, -q));
      add(Purpose.LEAST, Group.TINY, List.of(0), Math.scalb(1.0, -q));
    }
  }

  private void epilogue(Group group) {
    // A carry, a tie of the result's format and a bit that a short accumulator no longer holds.
    double one = Math.scalb(1.0, Math.min(10, top));
    for (int tie : new int[] {-7, -8, -10, -11}) {
      for (int bit : new int[] {-13, -14, -23}) {
        double[] values = {one, one, Math.scalb(one, tie), Math.scalb(one, bit)};
        add(Purpose.RESULT, group, List.of(0, 1, 2, 3), values);
        add(Purpose.RESULT, group, List.of(k - 4, k - 3, k - 2, k - 1), values);
      }
    }
    for (double base : new double[] {16, 64, 256, 2048, 4096, 0x1p14}) {
      for (double v : new double[] {0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 6}) {
        add(Purpose.RESULT, group, List.of(0, 1), base, v);
        add(Purpose.RESULT, group, List.of(0, 1), -base, -v);
      }
    }
    double max = format.maxFinite();
    add(Purpose.RESULT, group, List.of(0, 1), max, max);
    add(Purpose.RESULT, group, List.of(0, 1), -max, -max);
    add(Purpose.RESULT, group, List.of(0, 1), 65504, 16);
    add(Purpose.RESULT, group, List.of(0, 1), 65504, 15.5);
  }

  private void add(Purpose purpose, Group group, List<Integer> at, double... values) {
    List<Double> terms = new ArrayList<>();
    boolean fits = new LinkedHashSet<>(at).size() == at.size();
    for (double value : values) {
      double rounded = format.round(value, Rounding.RNE);
      fits &= Double.compare(rounded, value) == 0;
      terms.add(value);
    }
    if (fits && at.stream().allMatch(p -> p >= 0 && p < k)) {
      rows.add(new Terms(purpose, group, List.copyOf(at), terms));
    }
  }
}

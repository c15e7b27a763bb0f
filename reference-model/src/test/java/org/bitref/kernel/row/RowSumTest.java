package org.bitref.kernel.row;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.math.BigDecimal;
import java.util.Random;
import org.bitref.numerics.Format;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.SumOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The orders of a row's sum against other ways to write them. */
final class RowSumTest {
  private static double[] doubles(float[] row) {
    double[] wide = new double[row.length];
    for (int i = 0; i < row.length; i++) {
      wide[i] = row[i];
    }
    return wide;
  }

  private static RowSum cascade(int lanes) {
    return RowSum.in(new SumOrder.Cascade(lanes), Format.F32, 1);
  }

  /**
   * PyTorch's sum over a row, written as recursion: four columns of vectors side by side, each cut
   * into blocks of 16, of 16 blocks, of 16 of those; then what is left of each size.
   */
  private static float torch(float[] x, int lanes) {
    int vectors = x.length / lanes;
    int groups = vectors / 4;
    float total = 0;
    for (int i = vectors * lanes; i < x.length; i++) {
      total += x[i];
    }
    for (int lane = 0; lane < lanes; lane++) {
      float[] columns = new float[4];
      for (int c = 0; c < 4; c++) {
        columns[c] = column(x, lane + c * lanes, 4 * lanes, groups);
      }
      for (int v = 4 * groups; v < vectors; v++) {
        columns[0] += x[v * lanes + lane];
      }
      total += ((columns[0] + columns[1]) + columns[2]) + columns[3];
    }
    return total;
  }

  private static float column(float[] x, int from, int stride, int n) {
    float[] parts = new float[4];
    int at = 0;
    for (int size = 3; size >= 0; size--) {
      int block = 1 << (4 * size);
      for (; n - at >= block; at += block) {
        parts[size] += block(x, from + at * stride, stride, size);
      }
    }
    return ((parts[0] + parts[1]) + parts[2]) + parts[3];
  }

  /** The sum of 16^size terms. */
  private static float block(float[] x, int from, int stride, int size) {
    if (size == 0) {
      return x[from];
    }
    int step = stride << (4 * (size - 1));
    float sum = 0;
    for (int i = 0; i < 16; i++) {
      sum += block(x, from + i * step, stride, size - 1);
    }
    return sum;
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 8, 16})
  void theCascadeIsThatOfPyTorch(int lanes) {
    RowSum sum = cascade(lanes);
    Random random = new Random(lanes);
    for (int n = 0; n <= 700; n++) {
      float[] row = Rows.wide(random, n, 4);
      Rows.assertSame(torch(row, lanes), sum.of(doubles(row), n, 0), lanes + " lanes, n = " + n);
    }
    for (int n : new int[] {2560, 16 * 64 * lanes, 100_000, 16 * 16 * 64 * lanes + 3, 300_000}) {
      float[] row = Rows.wide(random, n, 4);
      Rows.assertSame(torch(row, lanes), sum.of(doubles(row), n, 0), lanes + " lanes, n = " + n);
    }
  }

  @Test
  void onlyTheFirstTermsAreAdded() {
    double[] row = {1, 2, 3, Double.NaN};
    assertEquals(6, cascade(4).of(row, 3, 0));
    assertEquals(3, RowSum.in(new SumOrder.Sequential(), Format.F32, 1).of(row, 2, 0));
    assertEquals(1, RowSum.in(new SumOrder.Exact(), Format.F32, 1).of(row, 1, 0));
  }

  @Test
  void theSequenceRoundsAfterEveryTerm() {
    for (long seed = 1; seed <= 200; seed++) {
      Random random = new Random(seed);
      float[] row = Rows.wide(random, random.nextInt(300), 10);
      float floats = 0;
      double wide = 0;
      for (float x : row) {
        floats += x;
        wide += x;
      }
      double[] terms = doubles(row);
      String what = "seed " + seed;
      RowSum f32 = RowSum.in(new SumOrder.Sequential(), Format.F32, 1);
      RowSum f64 = RowSum.in(new SumOrder.Sequential(), Format.F64, 1);
      Rows.assertSame(floats, f32.of(terms, row.length, 0), what);
      Rows.assertSame(wide, f64.of(terms, row.length, 0), what);
    }
  }

  /** Decimals hold every sum of doubles; their conversion rounds to nearest even, once. */
  @Test
  void theExactSumIsRoundedOnce() {
    RowSum f32 = RowSum.in(new SumOrder.Exact(), Format.F32, 1);
    RowSum f64 = RowSum.in(new SumOrder.Exact(), Format.F64, 1);
    for (long seed = 1; seed <= 300; seed++) {
      Random random = new Random(seed);
      int n = random.nextInt(1, 60);
      double[] terms = new double[n];
      BigDecimal sum = BigDecimal.ZERO;
      for (int i = 0; i < n; i++) {
        double scale = Math.scalb(1.0, random.nextInt(-40, 40));
        terms[i] = i % 3 == 2 ? -terms[i - 1] : random.nextGaussian() * scale;
        sum = sum.add(new BigDecimal(terms[i]));
      }
      if (sum.signum() != 0) {
        Rows.assertSame(sum.floatValue(), f32.of(terms, n, 0), "seed " + seed);
        Rows.assertSame(sum.doubleValue(), f64.of(terms, n, 0), "seed " + seed);
      }
    }
  }

  /** The lanes as a formula: every lane's own terms picked out, then halves by recursion. */
  private static float lanes(float[] x, SumOrder.Lanes order) {
    float[] totals = new float[order.count()];
    for (int lane = 0; lane < totals.length; lane++) {
      float[] parts = new float[order.acc()];
      int mine = 0;
      for (int k = 0; k < x.length; k++) {
        if (k / order.vec() % order.count() == lane) {
          parts[mine++ % order.acc()] += x[k];
        }
      }
      totals[lane] = parts[0];
      for (int a = 1; a < parts.length; a++) {
        totals[lane] += parts[a];
      }
    }
    float[] groups = new float[order.count() / order.group()];
    for (int g = 0; g < groups.length; g++) {
      groups[g] = halves(totals, g * order.group(), order.group(), 1);
    }
    return halves(groups, 0, groups.length, 1);
  }

  /** Of n values a stride apart: those at even places and those at odd places, added up alike. */
  private static float halves(float[] values, int from, int n, int stride) {
    return n == 1
        ? values[from]
        : halves(values, from, n / 2, 2 * stride)
            + halves(values, from + stride, n / 2, 2 * stride);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lanes(1)",
        "lanes(2,vec=3)",
        "lanes(8)",
        "lanes(16)",
        "lanes(32,vec=4,acc=4)",
        "lanes(32,acc=4)",
        "lanes(64,vec=8,group=16)",
        "lanes(256,vec=8,group=32)",
        "lanes(4,vec=2,acc=3,group=2)"
      })
  void lanesAddTheirOwnTermsAndThenEachOther(String text) {
    SumOrder.Lanes order =
        (SumOrder.Lanes)
            Rows.recipe(NormRecipe.class, "norm(form=hf,sum=" + text + ",out=f16)").sum();
    RowSum sum = RowSum.in(order, Format.F32, 1);
    Random random = new Random(11);
    for (int n : new int[] {0, 1, 2, 7, 15, 16, 17, 33, 100, 128, 700, 2048, 2561, 4096}) {
      float[] row = Rows.wide(random, n, 4);
      Rows.assertSame(lanes(row, order), sum.of(doubles(row), n, 0), text + ", n = " + n);
    }
  }

  @Test
  void shortRowsAreAddedInOrder() {
    float[] row = Rows.wide(new Random(12), 16, 4);
    double[] terms = doubles(row);
    RowSum lanes = RowSum.in(new SumOrder.Lanes(16, 1, 1, 16, true), Format.F32, 1);
    RowSum sequence = RowSum.in(new SumOrder.Sequential(), Format.F32, 1);
    for (int n = 0; n < 16; n++) {
      Rows.assertSame(sequence.of(terms, n, 0), lanes.of(terms, n, 0), n + " terms");
    }
    float whole = lanes(row, new SumOrder.Lanes(16, 1, 1, 16, false));
    Rows.assertSame(whole, lanes.of(terms, 16, 0), "16 terms");
    assertNotEquals(whole, sequence.of(terms, 16, 0));
  }

  /** The example of {@link SumOrder.Lanes}. */
  @Test
  void lanesKeepWhatASequenceLoses() {
    double[] terms = {0x1p24, 1, 1, 1, 1, 1};
    RowSum lanes = RowSum.in(new SumOrder.Lanes(4, 1, 1, 4, false), Format.F32, 1);
    assertEquals(0x4B800002, Float.floatToIntBits((float) lanes.of(terms, 6, 0)));
    assertEquals(0x1p24, RowSum.in(new SumOrder.Sequential(), Format.F32, 1).of(terms, 6, 0));
  }

  /** The example of {@link SumOrder.Halves}. */
  @Test
  void runsAreAddedInOrderAndTheirSumsInHalves() {
    double[] terms = {0x1p24, 1, 1, 1, 1, 1};
    RowSum halves = RowSum.in(new SumOrder.Halves(2), Format.F32, 1);
    assertEquals(0x4B800002, Float.floatToIntBits((float) halves.of(terms, 6, 0)));
  }

  @ParameterizedTest
  @CsvSource({"128,16,8", "320,64,8", "512,64,8", "4096,512,8", "3006,4096,1", "3,4,1", "8,1,8"})
  void halvesHaveAsManyLanesAsARowHasRuns(int n, int lanes, int vec) {
    float[] row = Rows.wide(new Random(n), n, 4);
    RowSum halves = RowSum.in(new SumOrder.Halves(8), Format.F32, 1);
    float expected = lanes(row, new SumOrder.Lanes(lanes, vec, 1, lanes, false));
    Rows.assertSame(expected, halves.of(doubles(row), n, 0), "n = " + n);
  }

  @Test
  void specialTermsDecideEverySum() {
    for (SumOrder order :
        new SumOrder[] {new SumOrder.Exact(), new SumOrder.Sequential(), new SumOrder.Cascade(8)}) {
      RowSum sum = RowSum.in(order, Format.F32, 1);
      double infinity = Double.POSITIVE_INFINITY;
      String what = order.toString();
      Rows.assertSame(infinity, sum.of(new double[] {1, infinity, 2}, 3, 0), what);
      Rows.assertSame(Double.NaN, sum.of(new double[] {-infinity, infinity, 2}, 3, 0), what);
      Rows.assertSame(Double.NaN, sum.of(new double[] {Double.NaN, infinity}, 2, 0), what);
      Rows.assertSame(infinity, sum.of(new double[] {0x1p127, 0x1p127}, 2, 0), what);
      Rows.assertSame(0.0, sum.of(new double[0], 0, 0), what);
    }
  }
}

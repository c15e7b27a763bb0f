package org.bitref.kernel.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.util.Random;
import org.bitref.numerics.Format;
import org.bitref.recipe.SumOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
    return RowSum.in(new SumOrder(SumOrder.Kind.CASCADE, lanes), Format.F32);
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
      Rows.assertSame(torch(row, lanes), sum.of(doubles(row), n), lanes + " lanes, n = " + n);
    }
    for (int n : new int[] {2560, 16 * 64 * lanes, 100_000, 16 * 16 * 64 * lanes + 3, 300_000}) {
      float[] row = Rows.wide(random, n, 4);
      Rows.assertSame(torch(row, lanes), sum.of(doubles(row), n), lanes + " lanes, n = " + n);
    }
  }

  @Test
  void onlyTheFirstTermsAreAdded() {
    double[] row = {1, 2, 3, Double.NaN};
    assertEquals(6, cascade(4).of(row, 3));
    assertEquals(3, RowSum.in(SumOrder.SEQUENTIAL, Format.F32).of(row, 2));
    assertEquals(1, RowSum.in(SumOrder.EXACT, Format.F32).of(row, 1));
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
      RowSum f32 = RowSum.in(SumOrder.SEQUENTIAL, Format.F32);
      RowSum f64 = RowSum.in(SumOrder.SEQUENTIAL, Format.F64);
      Rows.assertSame(floats, f32.of(terms, row.length), what);
      Rows.assertSame(wide, f64.of(terms, row.length), what);
    }
  }

  /** Decimals hold every sum of doubles; their conversion rounds to nearest even, once. */
  @Test
  void theExactSumIsRoundedOnce() {
    RowSum f32 = RowSum.in(SumOrder.EXACT, Format.F32);
    RowSum f64 = RowSum.in(SumOrder.EXACT, Format.F64);
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
        Rows.assertSame(sum.floatValue(), f32.of(terms, n), "seed " + seed);
        Rows.assertSame(sum.doubleValue(), f64.of(terms, n), "seed " + seed);
      }
    }
  }

  @Test
  void specialTermsDecideEverySum() {
    for (SumOrder order :
        new SumOrder[] {
          SumOrder.EXACT, SumOrder.SEQUENTIAL, new SumOrder(SumOrder.Kind.CASCADE, 8)
        }) {
      RowSum sum = RowSum.in(order, Format.F32);
      double infinity = Double.POSITIVE_INFINITY;
      String what = order.toString();
      Rows.assertSame(infinity, sum.of(new double[] {1, infinity, 2}, 3), what);
      Rows.assertSame(Double.NaN, sum.of(new double[] {-infinity, infinity, 2}, 3), what);
      Rows.assertSame(Double.NaN, sum.of(new double[] {Double.NaN, infinity}, 2), what);
      Rows.assertSame(infinity, sum.of(new double[] {0x1p127, 0x1p127}, 2), what);
      Rows.assertSame(0.0, sum.of(new double[0], 0), what);
    }
  }
}

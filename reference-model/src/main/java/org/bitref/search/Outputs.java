package org.bitref.search;

import java.util.Arrays;
import java.util.Comparator;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * The outputs of a captured product, most telling first. An output tells recipes apart if their
 * errors, which grow with Σ|x·w|, move it over a boundary between two values of y's type. Two
 * orders take turns: by the distance of the exact sum from the nearest boundary, which serves long
 * accumulators, and by the condition Σ|x·w| / |Σx·w|, which serves accumulators as short as y.
 *
 * @param order indices into y
 * @param informative how many of them have a product other than zero
 * @param correlation of y with the exact product
 */
record Outputs(int[] order, int informative, double correlation) {
  /** Products beyond which only some rows and columns are looked at. */
  private static final long MOST_PRODUCTS = 40_000_000;

  /** Looks at all outputs, or at evenly spaced rows and columns of a large product. */
  static Outputs of(Captured<Product> gemm, Workers workers) {
    int[] rows = spaced(gemm.operation().rows(), side(gemm));
    int[] columns = spaced(gemm.operation().columns(), side(gemm));
    Product plain = gemm.operation().dequantised(DType.F64);
    Tensor x = gather(plain.x(), rows);
    Tensor w = gather(plain.w(), columns);
    double[] sums = exact(x, w, workers);
    double[] magnitudes = exact(magnitude(x), magnitude(w), workers);
    gemm.operation().bias().ifPresent(bias -> add(bias, columns, sums, magnitudes));
    Format format = gemm.y().dtype().format().orElseThrow();
    Integer[] telling =
        IntStream.range(0, sums.length)
            .filter(i -> magnitudes[i] > 0)
            .boxed()
            .toArray(Integer[]::new);
    Integer[] near = sorted(telling, i -> fromBoundary(format, sums[i]) / magnitudes[i]);
    Integer[] hard = sorted(telling, i -> Math.abs(sums[i]) / magnitudes[i]);
    int[] order = alternately(near, hard, sums.length);
    double[] captured = new double[sums.length];
    int[] index = new int[sums.length];
    for (int i = 0; i < sums.length; i++) {
      index[i] =
          rows[i / columns.length] * gemm.operation().columns() + columns[i % columns.length];
      captured[i] = gemm.y().get(index[i]);
    }
    int[] indices = IntStream.of(order).map(i -> index[i]).toArray();
    return new Outputs(indices, telling.length, correlation(sums, captured));
  }

  /** The least first; each is measured once. */
  private static Integer[] sorted(Integer[] indices, IntToDoubleFunction measure) {
    double[] measured = new double[indices.length == 0 ? 0 : indices[indices.length - 1] + 1];
    for (int i : indices) {
      measured[i] = measure.applyAsDouble(i);
    }
    Integer[] sorted = indices.clone();
    Arrays.sort(sorted, Comparator.comparingDouble(i -> measured[i]));
    return sorted;
  }

  private static void add(Tensor bias, int[] columns, double[] sums, double[] magnitudes) {
    for (int i = 0; i < sums.length; i++) {
      double added = bias.get(columns[i % columns.length]);
      sums[i] += added;
      magnitudes[i] += Math.abs(added);
    }
  }

  private static int side(Captured<Product> gemm) {
    double outputs = (double) MOST_PRODUCTS / Math.max(1, gemm.operation().depth());
    boolean all = (double) gemm.operation().rows() * gemm.operation().columns() <= outputs;
    return all ? Integer.MAX_VALUE : (int) Math.max(8, Math.sqrt(outputs));
  }

  private static int[] spaced(int n, int most) {
    int count = Math.min(n, most);
    return IntStream.range(0, count).map(i -> (int) ((long) i * n / count)).toArray();
  }

  private static Tensor gather(Tensor matrix, int[] rows) {
    long k = matrix.shape().dim(1);
    if (rows.length == matrix.shape().dim(0)) {
      return matrix;
    }
    TensorBuilder out = new TensorBuilder(matrix.dtype(), Shape.of(rows.length, k));
    for (int i = 0; i < rows.length; i++) {
      out.copy(i * k, matrix, rows[i] * k, k);
    }
    return out.build();
  }

  private static double correlation(double[] a, double[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      if (Double.isFinite(a[i]) && Double.isFinite(b[i])) {
        ab += a[i] * b[i];
        aa += a[i] * a[i];
        bb += b[i] * b[i];
      }
    }
    return ab / Math.sqrt(aa * bb);
  }

  private static double[] exact(Tensor x, Tensor w, Workers workers) {
    GemmRecipe recipe = GemmRecipe.parse("in=f64 | exact | seq | none | none | none");
    return Kernels.gemm(recipe).multiply(x, w, GemmOperands.NONE, workers).toDoubles();
  }

  private static Tensor magnitude(Tensor tensor) {
    TensorBuilder out = new TensorBuilder(DType.F64, tensor.shape());
    for (long i = 0; i < tensor.elements(); i++) {
      out.set(i, Math.abs(tensor.get(i)));
    }
    return out.build();
  }

  /** How far a sum lies from the nearest value that rounding could take either way. */
  private static double fromBoundary(Format format, double sum) {
    double half = format.ulp(sum) / 2;
    return Math.abs(half - Math.abs(sum - format.round(sum, Rounding.RNE)));
  }

  private static int[] alternately(Integer[] a, Integer[] b, int indices) {
    boolean[] taken = new boolean[indices];
    int[] order = new int[a.length];
    int next = 0;
    for (int i = 0; i < a.length; i++) {
      for (int index : new int[] {a[i], b[i]}) {
        if (!taken[index]) {
          taken[index] = true;
          order[next++] = index;
        }
      }
    }
    return order;
  }
}

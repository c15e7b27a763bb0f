package org.bitref.identify;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Kernels;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
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
 */
record Outputs(int[] order, int informative) {

  static Outputs of(GemmCase gemm, Workers workers) {
    double[] sums = exact(gemm.x(), gemm.w(), workers);
    double[] magnitudes = exact(magnitude(gemm.x()), magnitude(gemm.w()), workers);
    Integer[] telling =
        IntStream.range(0, sums.length)
            .filter(i -> magnitudes[i] > 0)
            .boxed()
            .toArray(Integer[]::new);
    Format format = gemm.y().dtype().format().orElseThrow();
    Integer[] near = telling.clone();
    Arrays.sort(
        near,
        Comparator.comparingDouble((Integer i) -> fromBoundary(format, sums[i]) / magnitudes[i]));
    Arrays.sort(
        telling, Comparator.comparingDouble((Integer i) -> Math.abs(sums[i]) / magnitudes[i]));
    return new Outputs(alternately(near, telling, sums.length), telling.length);
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

package org.bitref.diagnose;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bitref.bound.ExactProduct;
import org.bitref.bound.GemmBound;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.numerics.Format;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;

/**
 * How large rounding errors are in the coarsest arithmetic there is, measured: a chain of thousands
 * of float16 additions has no useful bound, though what it does on given data is known.
 */
record CoarsestRecipes(GemmBound bound, ExactProduct product) {
  /** How many times the largest measured error still passes for rounding. */
  private static final double MARGIN = 16;

  private static final List<String> HALF =
      List.of(
          "in=f16 | fma(acc=f16rne,lanes=1) | seq | none | none | cvt(f16,rne)",
          "in=f16 | muladd(acc=f16rne,lanes=8) | seq | none | none | cvt(f16,rne)");
  private static final List<String> BRAIN =
      List.of(
          "in=bf16 | fma(acc=f32rne,lanes=1) | seq | cyclic(s=16,bk=8)"
              + " | partial=bf16,order=fwd,add=bf16rne | cvt(bf16,rne)",
          "in=bf16 | fma(acc=f32rne,lanes=1) | seq | even(s=16)"
              + " | partial=bf16,order=fwd,add=inplace | cvt(bf16,rne)");

  /** True if some output is off by more than {@link #MARGIN} times what these recipes come to. */
  boolean areFiner(Captured<Product> gemm, Workers workers) {
    // One rounding of the output at least.
    double most = (bound.isHalf() ? Format.F16 : Format.BF16).unitRoundoff();
    Product plain = gemm.operation().dequantised(DType.F32);
    for (String text : bound.isHalf() ? HALF : BRAIN) {
      double[] y =
          Kernels.gemm(GemmRecipe.parse(text))
              .multiply(plain.x(), plain.w(), GemmOperands.of(plain.c(), Optional.empty()), workers)
              .toDoubles();
      for (int i = 0; i < y.length; i++) {
        int column = i % product.columns();
        double bias = gemm.operation().bias().map(b -> b.get(column)).orElse(0.0);
        double error = error(i, y[i] + bias);
        most = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.max(most, error);
      }
    }
    double limit = MARGIN * most;
    return IntStream.range(0, bound.y().length).anyMatch(i -> error(i, bound.y()[i]) > limit);
  }

  /** In units of the partial sums; 0 where there are none, NaN of what is not finite. */
  private double error(int i, double y) {
    double unit = product.range()[i] + product.granule()[i];
    double error = Math.abs(y - product.exact()[i]);
    return unit == 0 ? 0 : Double.isFinite(error) ? error / unit : Double.NaN;
  }
}

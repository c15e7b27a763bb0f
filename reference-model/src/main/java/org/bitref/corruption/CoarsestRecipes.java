package org.bitref.corruption;

import java.util.List;
import org.bitref.identify.GemmCase;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Kernels;
import org.bitref.kernel.Workers;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Tensor;

/**
 * How large rounding errors are in the coarsest arithmetic there is, measured: a chain of thousands
 * of float16 additions has no useful bound, though what it does on given data is known.
 */
final class CoarsestRecipes {
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

  private final GemmBound bound;
  private final Product product;

  CoarsestRecipes(GemmBound bound) {
    this.bound = bound;
    this.product = bound.product(InputRounding.NONE);
  }

  /** True if some output is off by more than {@link #MARGIN} times what these recipes come to. */
  boolean areFiner(GemmCase gemm, Workers workers) {
    double most = 0;
    for (String text : bound.isHalf() ? HALF : BRAIN) {
      Tensor y =
          Kernels.gemm(GemmRecipe.parse(text))
              .multiply(gemm.x(), gemm.w(), GemmOperands.NONE.withC(gemm.c()), workers);
      most = Math.max(most, largest(y.toDoubles(), gemm));
    }
    return largest(bound.y(), null) > MARGIN * most;
  }

  /** The largest error in units of the partial sums; infinite if an output is not finite. */
  private double largest(double[] y, GemmCase biased) {
    double largest = 0;
    for (int i = 0; i < y.length; i++) {
      double bias =
          biased == null || biased.bias() == null ? 0 : biased.bias().get(i % product.columns());
      double unit = product.range()[i] + product.granule()[i];
      double error = Math.abs(y[i] + bias - product.exact()[i]) / unit;
      largest =
          Math.max(largest, Double.isNaN(error) && unit > 0 ? Double.POSITIVE_INFINITY : error);
    }
    return largest;
  }
}

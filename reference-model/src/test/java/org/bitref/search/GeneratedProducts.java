package org.bitref.search;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.kernel.spec.KPlan;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Combine;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.recipe.Input;
import org.bitref.recipe.Lanes;
import org.bitref.recipe.Split;
import org.bitref.search.space.ProductSpace;
import org.bitref.search.space.ProductSpace.Core;
import org.bitref.search.space.ProductSpace.Cut;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Products whose recipe is known, drawn from a seed. */
final class GeneratedProducts {
  /** Of float32 operands there are six readings, so that a search takes longer. */
  private static final List<DType> TYPES =
      List.of(DType.F16, DType.F16, DType.BF16, DType.BF16, DType.F32);

  private final SplittableRandom random;
  private final Tensor x;
  private final Tensor w;
  private final ProductSpace hypotheses;

  GeneratedProducts(long seed) {
    this.random = new SplittableRandom(seed);
    DType dtype = pick(TYPES);
    DType stored = random.nextBoolean() ? DType.F32 : dtype;
    int m = random.nextInt(24, 49);
    int n = random.nextInt(24, 49);
    int half = random.nextInt(24, 80);
    this.x = cancelling(dtype, m, half, -1);
    this.w = cancelling(dtype, n, half, 1);
    Tensor y = new TensorBuilder(stored, Shape.of(m, n)).build();
    this.hypotheses = new ProductSpace(Product.captured(x, w, y));
  }

  private <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  /**
   * Rows whose second half repeats the first, all but the last bits: products of two such matrices,
   * one with a negative second half, nearly vanish, so that every output shows how sums are
   * rounded.
   */
  private Tensor cancelling(DType dtype, int rows, int half, int sign) {
    Format format = dtype.format().orElseThrow();
    TensorBuilder out = new TensorBuilder(dtype, Shape.of(rows, 2L * half));
    for (int row = 0; row < rows; row++) {
      for (int k = 0; k < half; k++) {
        double value = (random.nextDouble() + random.nextDouble() - 1) * 2;
        value *= random.nextInt(40) == 0 ? 30 : 1;
        double other = value * (1 + random.nextDouble() * 0x1p-7);
        out.set(row * 2L * half + k, format.round(value, Rounding.RNE));
        out.set(row * 2L * half + half + k, sign * format.round(other, Rounding.RNE));
      }
    }
    return out.build();
  }

  /** One of the hypotheses. */
  GemmRecipe inside() {
    while (true) {
      boolean lanes = random.nextInt(6) == 0;
      Core core = pick(lanes ? hypotheses.lanes() : hypotheses.cores());
      Cut cut = lanes ? Cut.NONE : pick(hypotheses.cuts());
      boolean split = !(cut.split() instanceof Split.None);
      Combine combine =
          split ? pick(hypotheses.combines(core.inner().format())) : new Combine.None();
      Epilogue epilogue = pick(hypotheses.epilogues());
      Optional<GemmRecipe> recipe = ProductSpace.recipe(core, cut, combine, epilogue);
      // A split that leaves one slice is none.
      if (recipe.isPresent() && (!split || slices(cut) > 1)) {
        return recipe.get();
      }
    }
  }

  private int slices(Cut cut) {
    int k = w.shape().intDim(1);
    return KPlan.of(cut.chain(), cut.split(), k, w.shape().intDim(0)).slices().size();
  }

  /** A recipe that the search does not know: another F, w, number of chains, or cut of K. */
  GemmRecipe outside() {
    Epilogue epilogue = pick(hypotheses.epilogues());
    return switch (random.nextInt(4)) {
      case 0 -> plain(fused(pick(List.of(4, 8, 16, 32)), pick(List.of(22, 26, 27))), epilogue);
      case 1 -> plain(fused(pick(List.of(2, 3, 5, 6, 10, 12, 20)), 25), epilogue);
      case 2 -> plain(chains(pick(List.of(3, 5, 6, 7, 12))), epilogue);
      default -> {
        int quarter = w.shape().intDim(1) / 4;
        int first = random.nextInt(1, quarter) * 2 + 1;
        int second = first + 2 * random.nextInt(1, quarter);
        yield new GemmRecipe(
            input(),
            chains(1),
            new Chain.Seq(),
            new Split.Bounds(List.of(first, second)),
            new Combine.Sum(Format.F32, Combine.Order.FWD, Combine.Add.F32RNE),
            epilogue);
      }
    };
  }

  private GemmRecipe plain(Inner inner, Epilogue epilogue) {
    boolean fused = inner instanceof Inner.Fda && x.dtype() == DType.F32;
    Input in = fused ? new Input(Format.TF32, Format.TF32, Rounding.RNE, false) : input();
    return new GemmRecipe(
        in, inner, new Chain.Seq(), new Split.None(), new Combine.None(), epilogue);
  }

  private Input input() {
    return Input.of(x.dtype().format().orElseThrow());
  }

  private static Inner fused(int width, int fraction) {
    return Inner.Fda.of(width, fraction, Accumulator.F32RZ);
  }

  private static Inner chains(int count) {
    Lanes lanes =
        count == 1
            ? Lanes.ONE
            : new Lanes(count, Lanes.Order.STRIDED, Lanes.Tree.SEQ, Lanes.Tail.LANES);
    return new Inner.Fma(Accumulator.F32RNE, lanes);
  }

  Captured<Product> product(GemmRecipe recipe, Workers workers) {
    Tensor y = Kernels.gemm(recipe).multiply(x, w, GemmOperands.NONE, workers);
    return Product.captured(x, w, y);
  }

  /** A product of random operands of which the second half of K was not captured. */
  Captured<Product> partOfK(Workers workers) {
    Tensor left = random(24, 128);
    Tensor right = random(24, 128);
    GemmRecipe recipe =
        GemmRecipe.parse("in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)");
    Tensor y = Kernels.gemm(recipe).multiply(left, right, GemmOperands.NONE, workers);
    return Product.captured(firstHalf(left), firstHalf(right), y);
  }

  /** A product of 128 rows and columns, the columns from 64 on under another recipe. */
  Captured<Product> sides(GemmRecipe left, GemmRecipe right, Workers workers) {
    Tensor rows = random(128, 192);
    Tensor columns = random(128, 192);
    Tensor a = Kernels.gemm(left).multiply(rows, columns, GemmOperands.NONE, workers);
    Tensor b = Kernels.gemm(right).multiply(rows, columns, GemmOperands.NONE, workers);
    TensorBuilder y = new TensorBuilder(a.dtype(), a.shape());
    for (long row = 0; row < 128; row++) {
      y.copy(row * 128, a, row * 128, 64);
      y.copy(row * 128 + 64, b, row * 128 + 64, 64);
    }
    return Product.captured(rows, columns, y.build());
  }

  private Tensor random(int rows, int k) {
    TensorBuilder out = new TensorBuilder(DType.F16, Shape.of(rows, k));
    for (long i = 0; i < (long) rows * k; i++) {
      out.set(i, Format.F16.round(random.nextDouble() - 0.5, Rounding.RNE));
    }
    return out.build();
  }

  private static Tensor firstHalf(Tensor matrix) {
    long k = matrix.shape().dim(1);
    TensorBuilder out = new TensorBuilder(matrix.dtype(), matrix.shape().withLast(k / 2));
    for (long row = 0; row < matrix.shape().dim(0); row++) {
      out.copy(row * (k / 2), matrix, row * k, k / 2);
    }
    return out.build();
  }

  GemmFunction function(GemmRecipe recipe) {
    return GemmFunction.of(recipe, w.shape().intDim(1), w.shape().intDim(0));
  }
}

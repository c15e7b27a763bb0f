package org.bitref.identify;

import java.util.List;
import java.util.SplittableRandom;
import org.bitref.identify.GemmHypotheses.Core;
import org.bitref.identify.GemmHypotheses.Cut;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Kernels;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Combine;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.recipe.Lanes;
import org.bitref.recipe.Split;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Products whose recipe is known, drawn from a seed. */
final class GeneratedProducts {
  private static final List<DType> TYPES = List.of(DType.F16, DType.BF16, DType.F32);

  private final SplittableRandom random;
  private final Tensor x;
  private final Tensor w;
  private final GemmHypotheses hypotheses;

  GeneratedProducts(long seed) {
    this.random = new SplittableRandom(seed);
    DType dtype = pick(TYPES);
    DType stored = random.nextBoolean() ? DType.F32 : dtype;
    int m = random.nextInt(8, 33);
    int n = random.nextInt(8, 49);
    int k = random.nextInt(40, 400);
    this.x = tensor(dtype, Shape.of(m, k));
    this.w = tensor(dtype, Shape.of(n, k));
    Tensor y = new TensorBuilder(stored, Shape.of(m, n)).build();
    this.hypotheses = new GemmHypotheses(new GemmCase(x, w, y, null, null));
  }

  private <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  /** Rows of different size, and now and then a large element, as activations have them. */
  private Tensor tensor(DType dtype, Shape shape) {
    TensorBuilder out = new TensorBuilder(dtype, shape);
    Format format = dtype.format().orElseThrow();
    for (long i = 0; i < shape.elements(); i++) {
      double value = (random.nextDouble() + random.nextDouble() - 1) * 2;
      value *= random.nextInt(40) == 0 ? 30 : 1;
      out.set(i, format.round(value, org.bitref.numerics.Rounding.RNE));
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
      var recipe = GemmHypotheses.recipe(core, cut, combine, epilogue);
      if (recipe.isPresent()) {
        return recipe.get();
      }
    }
  }

  /** A recipe that the search does not know. */
  GemmRecipe outside() {
    GemmRecipe known = inside();
    Inner inner = known.inner();
    Chain chain = known.chain();
    Split split = known.split();
    Combine combine = known.combine();
    int k = w.shape().intDim(1);
    switch (random.nextInt(4)) {
      case 0 -> {
        int fraction = pick(List.of(10, 16, 18, 20));
        inner = Inner.Fda.of(pick(List.of(4, 8, 16, 32)), fraction, Accumulator.F32RZ);
      }
      case 1 -> {
        int width = pick(List.of(2, 3, 5, 6, 10, 12, 20));
        inner = Inner.Fda.of(width, 25, Accumulator.F32RZ);
      }
      case 2 -> {
        Lanes odd =
            new Lanes(
                pick(List.of(3, 5, 6, 7, 12)),
                Lanes.Order.STRIDED,
                Lanes.Tree.SEQ,
                Lanes.Tail.LANES);
        inner = new Inner.Fma(Accumulator.F32RNE, odd);
      }
      default -> {
        int first = random.nextInt(1, k / 4) * 2 + 1;
        split = new Split.Bounds(List.of(first, first + random.nextInt(1, k / 4) * 2));
        chain = new Chain.Seq();
        combine =
            new Combine.Sum(Format.F32, Combine.Order.FWD, Combine.Add.F32RNE);
        inner = new Inner.Fma(Accumulator.F32RNE, Lanes.ONE);
      }
    }
    if (!(inner instanceof Inner.Fma)) {
      chain = new Chain.Seq();
      split = new Split.None();
      combine = new Combine.None();
    } else if (split instanceof Split.None || known.inner() instanceof Inner.Exact) {
      chain = new Chain.Seq();
    }
    if (inner instanceof Inner.Fma fma && fma.lanes().count() > 1) {
      chain = new Chain.Seq();
      split = new Split.None();
      combine = new Combine.None();
    }
    return new GemmRecipe(
        org.bitref.recipe.Input.of(Format.valueOf(x.dtype().name())),
        inner,
        chain,
        split,
        combine,
        known.epilogue());
  }

  GemmCase product(GemmRecipe recipe, Workers workers) {
    Tensor y = Kernels.gemm(recipe).multiply(x, w, GemmOperands.NONE, workers);
    return new GemmCase(x, w, y, null, null);
  }

  GemmFunction function(GemmRecipe recipe) {
    return GemmFunction.of(recipe, w.shape().intDim(1), w.shape().intDim(0));
  }
}

package org.bitref.bound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.bitref.bound.ProductFamily.Arithmetic;
import org.bitref.bound.RandomRecipes.Family;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.RandomTensors;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.numerics.Format;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** No recipe leaves the bound of its family, and some come near it. */
class GemmBoundTest {
  private static final int[][] SHAPES = {
    {1, 1, 1}, {3, 5, 7}, {4, 6, 32}, {3, 9, 100}, {2, 70, 256}, {5, 4, 600}, {2, 3, 2049}
  };

  @Test
  void noRecipeLeavesItsFamily() {
    noRecipeLeavesItsFamily(1, 50);
  }

  @Test
  @Tag("long")
  void noneOfManyRecipesLeavesItsFamily() {
    noRecipeLeavesItsFamily(2, 1000);
  }

  private static void noRecipeLeavesItsFamily(int seed, int count) {
    RandomRecipes recipes = new RandomRecipes(seed);
    Map<Family, Integer> tried = new HashMap<>();
    try (Workers workers = new Workers(2)) {
      for (int i = 0; i < count; i++) {
        RandomRecipes.Case test = recipes.next();
        int[] shape = SHAPES[i % SHAPES.length];
        RandomTensors random = new RandomTensors(i);
        for (RandomTensors.Kind kind : RandomTensors.Kind.values()) {
          Tensor x = random.next(test.x(), kind, shape[0], shape[2]);
          Tensor w = random.next(test.w(), kind, shape[1], shape[2]);
          boolean with = i % 3 == 0;
          Tensor c = with ? random.next(DType.F32, kind, shape[0], shape[1]) : null;
          GemmOperands operands = with ? GemmOperands.NONE.withC(c) : GemmOperands.NONE;
          Tensor y = Kernels.gemm(test.recipe()).multiply(x, w, operands, workers);
          GemmBound bound =
              GemmBound.of(
                  new Captured<>(new Product(x, w, Optional.ofNullable(c), Optional.empty()), y),
                  workers);
          ProductFamily found = inside(bound, test.family());
          assertEquals(
              0,
              bound.check(found).outside(),
              () -> kind + " " + Arrays.toString(shape) + " " + test.recipe() + " " + found);
          tried.merge(Family.of(found), 1, Integer::sum);
        }
      }
    }
    assertTrue(tried.size() >= 12, tried.toString());
  }

  private static ProductFamily inside(GemmBound bound, Family family) {
    return bound.families().stream()
        .filter(candidate -> Family.of(candidate).equals(family))
        .findFirst()
        .orElseGet(() -> bound.narrowest().orElse(bound.families().getLast()));
  }

  /** How near to its family's bound a recipe comes that starts with 1 and adds each x[k]·2^-12. */
  private static double reached(DType type, String recipe, Family family, double... x) {
    double[] w = new double[x.length];
    Arrays.fill(w, 0x1p-12);
    Tensor left = Tensor.ofDoubles(Shape.of(1, x.length), x).cast(type);
    Tensor right = Tensor.ofDoubles(Shape.of(1, x.length), w).cast(type);
    // A result of just 1 would be taken for a bfloat16.
    Tensor one = Tensor.ofFloats(Shape.of(1, 1), type == DType.F32 ? 1 + 0x1p-20f : 1);
    try (Workers workers = new Workers(1)) {
      Tensor y =
          Kernels.gemm(GemmRecipe.parse(recipe))
              .multiply(left, right, GemmOperands.NONE.withC(one), workers);
      GemmBound bound =
          GemmBound.of(
              new Captured<>(new Product(left, right, Optional.of(one), Optional.empty()), y),
              workers);
      ProductFamily found = inside(bound, family);
      assertEquals(family, Family.of(found));
      assertEquals(0, bound.check(found).outside());
      return bound.check(found).worst();
    }
  }

  private static double[] many(int n, double value) {
    double[] x = new double[n];
    Arrays.fill(x, value);
    return x;
  }

  /** Every term is just short of 2^-23, the unit of F = 23, and is truncated. */
  @Test
  void truncationComesToHalfItsBound() {
    String recipe = "in=tf32 | fda(w=4,F=23,acc=f32rz) | seq | none | none | none";
    Family family = Family.of(Arithmetic.FLOAT32, true);
    double reached = reached(DType.F32, recipe, family, many(1024, 2047 * 0x1p-22));
    assertTrue(reached > 0.4, "" + reached);
  }

  /** Every term is just short of 2^-24, half a unit, and is rounded away. */
  @Test
  void nearestComesToAQuarterOfTheBound() {
    String recipe = "in=f32 | fma(acc=f32rne,lanes=1) | seq | none | none | none";
    Family family = Family.of(Arithmetic.FLOAT32, true);
    double reached = reached(DType.F32, recipe, family, many(1024, 2047 * 0x1p-23));
    assertTrue(reached > 0.2, "" + reached);
  }

  /** Each fused step of 16 adds just short of 2^-11, half a float16 unit, which is lost. */
  @Test
  void float16StepsComeToTwoFifthsOfTheBound() {
    String recipe = "in=f16 | fda(w=16,F=25,acc=f16rne) | seq | none | none | cvt(f32,rne)";
    Family family = Family.of(Arithmetic.FLOAT16_STEPS_OF_16, true);
    double reached = reached(DType.F16, recipe, family, many(1024, 2047 * 0x1p-14));
    assertTrue(reached > 0.4, "" + reached);
  }

  /** Each product is just short of 2^-11 and lost; nothing else is rounded. */
  @Test
  void float16ProductsComeToAQuarterOfTheBound() {
    String recipe = "in=f16 | fma(acc=f16rne,lanes=1) | seq | none | none | cvt(f32,rne)";
    Family family = Family.of(Arithmetic.FLOAT16_EACH, false);
    double reached = reached(DType.F16, recipe, family, many(64, 2047 * 0x1p-10));
    assertTrue(reached > 0.25, "" + reached);
  }

  /** Fifteen slices of just short of 2^-8, half a bfloat16 unit of 1, are lost one by one. */
  @Test
  void roundedPartialSumsComeToAThirdOfTheBound() {
    String recipe =
        "in=bf16 | fda(w=16,F=25,acc=f32rz) | seq | splitk(s=16,g=1)"
            + " | partial=bf16,order=fwd,add=bf16rne | cvt(f32,rne)";
    Family family =
        new Family(
            Arithmetic.FLOAT32_ROUNDED_SUMS, InputRounding.NONE, Optional.of(Format.BF16), true);
    double[] x = new double[256];
    for (int i = 0; i < x.length; i += 16) {
      x[i] = 255 * 0x1p-4;
    }
    double reached = reached(DType.BF16, recipe, family, x);
    assertTrue(reached > 0.33, "" + reached);
  }

  /** Every input lay half-way between two float16 numbers, all on the same side. */
  @Test
  void droppedRoundingsComeToTheirBound() {
    try (Workers workers = new Workers(1)) {
      double[] unrounded = new double[256];
      double[] ones = new double[256];
      Arrays.fill(unrounded, 1 + 0x1p-11);
      Arrays.fill(ones, 1);
      Tensor x = Tensor.ofDoubles(Shape.of(1, 256), unrounded).cast(DType.F16);
      Tensor w = Tensor.ofDoubles(Shape.of(1, 256), ones).cast(DType.F16);
      Tensor y = Tensor.ofFloats(Shape.of(1, 1), (float) (256 * (1 + 0x1p-11)));
      GemmBound bound = GemmBound.of(Product.captured(x, w, y), workers);
      Family dropped =
          new Family(
              Arithmetic.FLOAT32_DROPPED_ROUNDING,
              InputRounding.NONE,
              Optional.of(Format.F16),
              false);
      ProductFamily family = inside(bound, dropped);
      assertEquals(dropped, Family.of(family));
      Bounded found = bound.check(family);
      assertEquals(0, found.outside());
      assertTrue(found.worst() > 0.75, found.toString());
    }
  }

  /** The example of {@link GemmBound}: y is 18, two too many. */
  @Test
  void workedExample() {
    short[] ones = new short[16];
    Arrays.fill(ones, Float.floatToFloat16(1));
    Tensor x = Tensor.ofShorts(DType.F16, Shape.of(1, 16), ones);
    Tensor y = Tensor.ofShorts(DType.F16, Shape.of(1, 1), Float.floatToFloat16(18));
    try (Workers workers = new Workers(1)) {
      GemmBound bound = GemmBound.of(Product.captured(x, x, y), workers);
      ProductFamily single = inside(bound, Family.of(Arithmetic.FLOAT32, true));
      assertEquals(0.0157, 2 / bound.check(single).worst(), 0.00005);
      ProductFamily half = inside(bound, Family.of(Arithmetic.FLOAT16_STEPS_OF_16, true));
      assertEquals(0.155, 2 / bound.check(half).worst(), 0.0005);
    }
  }

  /** Most bfloat16 results are float16 numbers too, but not as near to the exact ones. */
  @ParameterizedTest
  @CsvSource({"BF16, bf16", "F16, f16"})
  void theTypeThatWasWidenedHasTheBound(DType type, String word) {
    Tensor x = uniform(type, 7, 12, 64);
    Tensor w = uniform(type, 8, 20, 64);
    GemmRecipe recipe =
        GemmRecipe.parse("in=f32 | fma(acc=f32rne) | seq | none | none | cvt(" + word + ",rne)");
    try (Workers workers = new Workers(1)) {
      Tensor y = new Product(x, w).run(recipe, workers);
      GemmBound own = GemmBound.of(Product.captured(x, w, y), workers);
      GemmBound widened =
          GemmBound.of(
              Product.captured(x.cast(DType.F32), w.cast(DType.F32), y.cast(DType.F32)), workers);
      assertEquals(own.families(), widened.families());
      assertEquals(0, widened.check(widened.families().getFirst()).outside());
      assertEquals(own.narrowest(), widened.narrowest());
    }
  }

  /** A mask fits every type; with float16 weights it may be summed in float16. */
  @Test
  void aWidenedMaskTimesFloat16MayBeSummedInFloat16() {
    Tensor mask = uniform(DType.F32, 9, 4, 64);
    TensorBuilder signs = new TensorBuilder(DType.F32, mask.shape());
    for (long i = 0; i < mask.elements(); i++) {
      signs.set(i, Math.signum(mask.get(i)));
    }
    Tensor w = uniform(DType.F16, 10, 8, 64);
    GemmRecipe recipe =
        GemmRecipe.parse("in=f16 | fma(acc=f16rne) | seq | none | none | cvt(f16,rne)");
    try (Workers workers = new Workers(1)) {
      Tensor x = signs.build();
      Tensor y = new Product(x.cast(DType.F16), w).run(recipe, workers);
      GemmBound bound = GemmBound.of(Product.captured(x, w, y), workers);
      assertTrue(bound.isHalf());
      assertTrue(bound.narrowest().isPresent());
    }
  }

  private static Tensor uniform(DType type, int seed, int rows, int columns) {
    double[] values = new Random(seed).doubles((long) rows * columns, -1, 1).toArray();
    return Tensor.ofDoubles(Shape.of(rows, columns), values).cast(type);
  }
}

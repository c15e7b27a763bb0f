package org.bitref.diagnose;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.bitref.bound.RandomRecipes;
import org.bitref.bound.Region;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.RandomTensors;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Both ways: rounding is never called corruption, and each pattern is named. */
class CorruptionTest {
  private static final Workers WORKERS = new Workers(2);
  private static final int SEEDS = 9;
  private static final int[][] SHAPES = {{24, 40, 96}, {16, 64, 256}, {20, 48, 521}};

  @AfterAll
  static void close() {
    WORKERS.close();
  }

  @Test
  void roundingIsNeverCorruption() {
    roundingIsNeverCorruption(2, 36);
  }

  @Test
  @Tag("long")
  void roundingIsNeverCorruptionInThousandsOfCases() {
    roundingIsNeverCorruption(3, 600);
  }

  private static void roundingIsNeverCorruption(int seed, int count) {
    RandomRecipes recipes = new RandomRecipes(seed);
    int[][] shapes = {{3, 5, 1}, {9, 7, 33}, {16, 24, 200}, {6, 12, 1030}};
    for (int i = 0; i < count; i++) {
      RandomRecipes.Case test = recipes.next();
      int[] shape = shapes[i % shapes.length];
      RandomTensors random = new RandomTensors(i);
      for (RandomTensors.Kind kind : RandomTensors.Kind.values()) {
        Tensor x = random.next(test.x(), kind, shape[0], shape[2]);
        Tensor w = random.next(test.w(), kind, shape[1], shape[2]);
        Tensor y = Kernels.gemm(test.recipe()).multiply(x, w, GemmOperands.NONE, WORKERS);
        Optional<Corruption> found = Corruption.find(Product.captured(x, w, y), WORKERS);
        String what = kind + " " + Arrays.toString(shape) + " " + test;
        assertEquals(Optional.empty(), found, what);
      }
    }
  }

  /** Products as libraries compute them, of the kind that is damaged below. */
  @Test
  void undamagedProductsAreRounding() {
    for (int seed = 0; seed < 3 * SEEDS; seed++) {
      int[] shape = SHAPES[seed % SHAPES.length];
      Damaged right = Damaged.product(seed, shape[0], shape[1], shape[2], WORKERS);
      assertEquals(Optional.empty(), Corruption.find(right.asCase(), WORKERS), "seed " + seed);
    }
  }

  @Test
  void bias() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Damaged right = Damaged.product(seed, 24, 40, 96, WORKERS);
      Random random = new Random(seed);
      Tensor bias = Damaged.normal(random, right.type(), 1, 1, 40).reshape(Shape.of(40));
      for (int times = 0; times <= 2; times++) {
        double factor = times;
        Tensor y = right.each(v -> v).y();
        TensorBuilder out = new TensorBuilder(right.type(), y.shape());
        for (int i = 0; i < y.elements(); i++) {
          out.set(i, y.get(i) + factor * bias.get(i % 40));
        }
        Optional<Corruption> found =
            Corruption.find(
                new Captured<>(
                    new Product(right.x(), right.w(), Optional.empty(), Optional.of(bias)),
                    out.build()),
                WORKERS);
        Pattern expected =
            times == 0 ? Pattern.BIAS_MISSING : times == 2 ? Pattern.BIAS_TWICE : null;
        assertEquals(Optional.ofNullable(expected), found.map(Corruption::pattern));
      }
    }
  }

  /** A result of 1e6 in a type that holds it, but held at float16's largest value. */
  @Test
  void heldAtTheLargestOfAnotherFormat() {
    Tensor x = Tensor.ofFloats(Shape.of(4, 2), 0.1f, 2, 3, 4, 5, 6, 7, 80000);
    Tensor w = Tensor.ofFloats(Shape.of(2, 2), 1, 1, 30, 50);
    Tensor y = Tensor.ofFloats(Shape.of(4, 2), 2.1f, 103, 7, 290, 11, 450, 65504, 65504);
    Corruption found = Corruption.find(Product.captured(x, w, y), WORKERS).orElseThrow();
    assertEquals(Pattern.OVERFLOW, found.pattern());
    assertEquals(new Region(3, 3, 0, 1), found.region());
  }

  /** A saturating conversion makes the largest number of infinity, of its sign. */
  @Test
  void anInfinityMayBeHeldAtTheLargest() {
    float inf = Float.POSITIVE_INFINITY;
    Tensor x = Tensor.ofFloats(Shape.of(3, 2), inf, 1, -2, inf, 3, 5).cast(DType.F16);
    Tensor w = Tensor.ofFloats(Shape.of(2, 2), 1, 2, -1, -3).cast(DType.F16);
    for (float sign : new float[] {1, -1}) {
      float most = sign * 65504;
      Tensor y = Tensor.ofFloats(Shape.of(3, 2), most, -most, most, -most, 13, -18).cast(DType.F16);
      Optional<Corruption> found = Corruption.find(Product.captured(x, w, y), WORKERS);
      assertEquals(sign > 0, found.isEmpty(), "sign " + sign);
    }
  }

  /** Where all is tiny, a wrong scale is no larger than the roundings. */
  @Test
  void whatRoundingHidesIsNoCorruption() {
    Tensor x = new RandomTensors(1).next(DType.F16, RandomTensors.Kind.PLAIN, 16, 16);
    TensorBuilder small = new TensorBuilder(DType.F16, Shape.of(16, 16));
    for (int i = 0; i < 256; i++) {
      small.set(i, 0x1p-24 * (i % 2));
    }
    Tensor y = Tensor.ofShorts(DType.F16, Shape.of(16, 16), new short[256]);
    assertEquals(Optional.empty(), Corruption.find(Product.captured(x, small.build(), y), WORKERS));
  }

  /** Noise in a tile: no chain of float16 sums is that far off, though its bound is. */
  @Test
  void unnamedInATile() {
    for (int seed = 0; seed < 2; seed++) {
      Random random = new Random(seed);
      Tensor x = Damaged.normal(random, DType.F16, 1, 24, 1024);
      Tensor w = Damaged.normal(random, DType.F16, 0.05, 48, 1024);
      Tensor y = Damaged.multiply(random, DType.F16, x, w, GemmOperands.NONE, WORKERS);
      Damaged right = new Damaged(DType.F16, x, w, y);
      int[] at = {0};
      Captured<Product> wrong =
          right.each(
              value -> {
                int i = at[0]++;
                boolean inside = i / 48 >= 8 && i / 48 < 16 && i % 48 >= 32;
                return inside ? 3 * random.nextGaussian() : value;
              });
      Corruption found = Corruption.find(wrong, WORKERS).orElseThrow();
      assertEquals(Pattern.UNNAMED, found.pattern());
      assertEquals(8, found.region().firstRow());
      assertEquals(15, found.region().lastRow());
      assertTrue(found.region().firstColumn() >= 32, found::toString);
    }
  }

  @Test
  void unnamed() {
    Tensor y = new RandomTensors(9).next(DType.F32, RandomTensors.Kind.PLAIN, 16, 16);
    Tensor x = new RandomTensors(8).next(DType.F32, RandomTensors.Kind.PLAIN, 16, 64);
    Tensor w = new RandomTensors(7).next(DType.F32, RandomTensors.Kind.PLAIN, 16, 64);
    Corruption found = Corruption.find(Product.captured(x, w, y), WORKERS).orElseThrow();
    assertEquals(Pattern.UNNAMED, found.pattern());
    assertEquals(0, found.explained());
    assertTrue(found.damage() instanceof Damage.OutsideFamily, found::toString);
  }
}

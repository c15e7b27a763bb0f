package org.bitref.diagnose;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Damage of many kinds, each of which is named. */
class PatternTest {
  private static final Workers WORKERS = new Workers(2);
  private static final int SEEDS = 9;
  private static final int[][] SHAPES = {{24, 40, 96}, {16, 64, 256}, {20, 48, 521}};

  @AfterAll
  static void close() {
    WORKERS.close();
  }

  /** Damage of one kind to products of three sizes, three types and several libraries. */
  private static void named(
      Pattern pattern, String text, BiFunction<Damaged, Random, Captured<Product>> damage) {
    for (int seed = 0; seed < SEEDS; seed++) {
      int[] shape = SHAPES[seed % SHAPES.length];
      Damaged right = Damaged.product(seed, shape[0], shape[1], shape[2], WORKERS);
      Captured<Product> wrong = damage.apply(right, new Random(seed));
      String what = "seed " + seed + " " + right.type() + " " + Arrays.toString(shape);
      Optional<Corruption> found = Corruption.find(wrong, WORKERS);
      assertTrue(found.isPresent(), what);
      assertEquals(pattern, found.get().pattern(), () -> what + " " + found);
      assertTrue(found.get().text().contains(text), () -> what + " " + found);
    }
  }

  @Test
  void specialValues() {
    named(
        Pattern.NOT_A_NUMBER,
        "1 outputs in rows 2, columns 5 are NaN",
        (right, _) -> {
          int at = 2 * right.columns() + 5;
          TensorBuilder out = new TensorBuilder(right.type(), right.y().shape());
          for (int i = 0; i < right.y().elements(); i++) {
            out.set(i, i == at ? Double.NaN : right.y().get(i));
          }
          return right.with(out.build());
        });
    named(
        Pattern.OVERFLOW,
        "are infinite",
        (right, _) -> right.each(y -> Math.abs(y) > 1 ? y * Double.POSITIVE_INFINITY : y));
  }

  @Test
  void scaledByAPowerOfTwo() {
    named(Pattern.SCALED, "2^3", (right, _) -> right.each(y -> 8 * y));
    named(Pattern.SCALED, "2^-1", (right, _) -> right.each(y -> y / 2));
  }

  @Test
  void scaledByARoot() {
    named(Pattern.SCALED, "sqrt(128)", (right, _) -> right.each(y -> y * Math.sqrt(128)));
    named(Pattern.SCALED, "1/sqrt(80)", (right, _) -> right.each(y -> y / Math.sqrt(80)));
    named(Pattern.SCALED, "1/96", (right, _) -> right.each(y -> y / 96));
  }

  @Test
  void scaledByK() {
    named(Pattern.SCALED, "1/K", (right, _) -> right.each(y -> y / right.x().shape().intDim(1)));
  }

  @Test
  void scaledByAnyConstant() {
    named(Pattern.SCALED, "constant 3.3", (right, _) -> right.each(y -> y * 3.3));
    named(Pattern.SCALED, "-1", (right, _) -> right.each(y -> -y));
  }

  @Test
  void zero() {
    named(Pattern.ZERO, "zero", (right, _) -> right.each(_ -> 0));
  }

  @Test
  void rowsAndColumns() {
    named(
        Pattern.ROWS_SHIFTED,
        "row i holds row i - 3",
        (right, _) -> right.moved(i -> i - 3 * right.columns()));
    named(
        Pattern.ROWS_PERMUTED,
        "permuted",
        (right, random) -> {
          List<Integer> map = shuffled(right.rows(), random);
          int n = right.columns();
          return right.moved(i -> map.get(i / n) * n + i % n);
        });
    named(
        Pattern.ROWS_PERMUTED,
        "rows 2 and 7 are exchanged",
        (right, _) -> {
          int n = right.columns();
          return right.moved(i -> i / n == 2 ? i + 5 * n : i / n == 7 ? i - 5 * n : i);
        });
    named(
        Pattern.COLUMNS_PERMUTED,
        "permuted",
        (right, random) -> {
          List<Integer> map = shuffled(right.columns(), random);
          int n = right.columns();
          return right.moved(i -> i / n * n + map.get(i % n));
        });
    named(
        Pattern.COLUMNS_SHIFTED,
        "column i holds column (i + 5) mod",
        (right, _) -> {
          int n = right.columns();
          return right.moved(i -> i / n * n + (i + 5) % n);
        });
  }

  private static List<Integer> shuffled(int n, Random random) {
    List<Integer> map = IntStream.range(0, n).boxed().collect(Collectors.toList());
    Collections.shuffle(map, random);
    return map;
  }

  @Test
  void heads() {
    named(
        Pattern.HEADS_PERMUTED,
        "blocks of 8 columns hold [1, 0, 3, ",
        (right, _) -> {
          int n = right.columns();
          return right.moved(i -> i % n / 8 < 4 ? i / n * n + (i % n ^ 8) : i);
        });
  }

  @Test
  void transposed() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Damaged right = Damaged.product(seed, 24, 24, 96 + seed, WORKERS);
      Captured<Product> wrong = right.moved(i -> i % 24 * 24 + i / 24);
      Corruption found = Corruption.find(wrong, WORKERS).orElseThrow();
      assertEquals(Pattern.TRANSPOSED, found.pattern(), found.text());
      assertEquals(576, found.explained());
    }
  }

  @Test
  void weightReadTransposed() {
    for (int seed = 0; seed < SEEDS; seed++) {
      int k = 64 + seed % 3;
      Damaged right = Damaged.product(seed, 24, k, k, WORKERS);
      Tensor turned = Damaged.moved(right.w(), i -> i % k * k + i / k);
      Tensor y =
          Damaged.multiply(
              new Random(seed), right.type(), right.x(), turned, GemmOperands.NONE, WORKERS);
      Corruption found = Corruption.find(right.with(y), WORKERS).orElseThrow();
      assertEquals("w was read transposed", found.text());
    }
  }

  @Test
  void shifted() {
    named(Pattern.SHIFTED, "shifted by -11 elements", (right, _) -> right.moved(i -> i - 11));
    named(
        Pattern.SHIFTED,
        "rows of",
        (right, _) -> {
          int n = right.columns();
          return right.moved(i -> i / n * (n - 8) + i % n);
        });
  }

  @Test
  void misread() {
    named(
        Pattern.MISREAD,
        "x was read 3 elements off",
        (right, random) -> {
          int n = Math.toIntExact(right.x().elements());
          Tensor off = Damaged.moved(right.x(), i -> i + 3 < n ? i + 3 : -1);
          return right.with(
              Damaged.multiply(random, right.type(), off, right.w(), GemmOperands.NONE, WORKERS));
        });
    named(
        Pattern.MISREAD,
        "w was read with rows of",
        (right, random) -> {
          int k = right.w().shape().intDim(1);
          Tensor off = Damaged.moved(right.w(), i -> i / k * (k - 8) + i % k);
          return right.with(
              Damaged.multiply(random, right.type(), right.x(), off, GemmOperands.NONE, WORKERS));
        });
  }

  @Test
  void otherWeight() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Damaged right = Damaged.product(seed, 24, 40, 96, WORKERS);
      Random random = new Random(seed);
      Tensor k = Damaged.normal(random, right.type(), 0.05, 40, 96);
      Tensor v = Damaged.normal(random, right.type(), 0.05, 40, 96);
      Tensor y = Damaged.multiply(random, right.type(), right.x(), v, GemmOperands.NONE, WORKERS);
      Corruption found = Corruption.find(right.with(y), List.of(k, v), WORKERS).orElseThrow();
      assertEquals(Pattern.OTHER_WEIGHT, found.pattern());
      assertTrue(found.text().contains("number 2"));
    }
  }

  @Test
  void rangeOfK() {
    BiFunction<Damaged, Random, Captured<Product>> lost =
        (right, random) -> weighted(right, random, 0);
    named(Pattern.K_MISSING, "K from 32 to 63 was left out", lost);
    named(
        Pattern.K_TWICE,
        "K from 32 to 63 was counted twice",
        (right, random) -> weighted(right, random, 2));
  }

  private static Captured<Product> weighted(Damaged right, Random random, int times) {
    int k = right.x().shape().intDim(1);
    TensorBuilder x = new TensorBuilder(right.type(), right.x().shape());
    for (int i = 0; i < right.x().elements(); i++) {
      x.set(i, right.x().get(i) * (i % k / 32 == 1 ? times : 1));
    }
    return right.with(
        Damaged.multiply(random, right.type(), x.build(), right.w(), GemmOperands.NONE, WORKERS));
  }

  @Test
  void staleTiles() {
    named(
        Pattern.STALE_TILE,
        "rows 4-11, columns 16-31 hold zeros",
        (right, _) -> {
          int n = right.columns();
          return right.moved(i -> i / n / 4 % 3 != 0 && i / n < 12 && i % n / 16 == 1 ? -1 : i);
        });
    named(
        Pattern.STALE_TILE,
        "rows 8-15, columns 16-31 hold the values of rows 0-7, columns 0-15",
        (right, _) -> {
          int n = right.columns();
          return right.moved(i -> i / n / 8 == 1 && i % n / 16 == 1 ? i - 8 * n - 16 : i);
        });
  }
}

package org.bitref.diagnose;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bitref.bound.Region;
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
      Pattern pattern, String figures, BiFunction<Damaged, Random, Captured<Product>> damage) {
    java.util.regex.Pattern parts = java.util.regex.Pattern.compile(figures);
    named(pattern, found -> parts.matcher(found.toString()).find(), damage);
  }

  private static void named(
      Pattern pattern,
      Predicate<Damage> figures,
      BiFunction<Damaged, Random, Captured<Product>> damage) {
    for (int seed = 0; seed < SEEDS; seed++) {
      int[] shape = SHAPES[seed % SHAPES.length];
      Damaged right = Damaged.product(seed, shape[0], shape[1], shape[2], WORKERS);
      Captured<Product> wrong = damage.apply(right, new Random(seed));
      String what = "seed " + seed + " " + right.type() + " " + Arrays.toString(shape);
      Optional<Corruption> found = Corruption.find(wrong, WORKERS);
      assertTrue(found.isPresent(), what);
      assertEquals(pattern, found.get().pattern(), () -> what + " " + found);
      assertTrue(figures.test(found.get().damage()), () -> what + " " + found);
    }
  }

  @Test
  void specialValues() {
    named(
        Pattern.NOT_A_NUMBER,
        "Special.count=1, .*firstRow=2, lastRow=2, firstColumn=5, lastColumn=5",
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
        "Special.*, heldAt=Optional.empty",
        (right, _) -> right.each(y -> Math.abs(y) > 1 ? y * Double.POSITIVE_INFINITY : y));
  }

  @Test
  void scaledByAPowerOfTwo() {
    named(Pattern.SCALED, "kind=POWER_OF_TWO, of=3,", (right, _) -> right.each(y -> 8 * y));
    named(Pattern.SCALED, "kind=POWER_OF_TWO, of=-1,", (right, _) -> right.each(y -> y / 2));
  }

  @Test
  void scaledByARoot() {
    named(Pattern.SCALED, "kind=ROOT, of=128,", (right, _) -> right.each(y -> y * Math.sqrt(128)));
    named(
        Pattern.SCALED,
        "kind=INVERSE_ROOT, of=80,",
        (right, _) -> right.each(y -> y / Math.sqrt(80)));
    named(Pattern.SCALED, "kind=INVERSE, of=96,", (right, _) -> right.each(y -> y / 96));
  }

  @Test
  void scaledByK() {
    named(
        Pattern.SCALED,
        "kind=INVERSE, of=\\d+, depth=true",
        (right, _) -> right.each(y -> y / right.x().shape().intDim(1)));
  }

  @Test
  void scaledByAnyConstant() {
    named(
        Pattern.SCALED,
        "factor=3\\.(29[5-9]|30)\\d*, names=\\[\\]",
        (right, _) -> right.each(y -> y * 3.3));
    named(Pattern.SCALED, "kind=MINUS_ONE", (right, _) -> right.each(y -> -y));
  }

  @Test
  void scaledByRowOrColumn() {
    named(
        Pattern.SCALED,
        "ScaledLines.rows=true, least=0\\.(49|50)\\d*, most=(0\\.[5-9]|[1-9])",
        (right, _) -> right.times(i -> 0.5 + 0.25 * Math.floorDiv(i, right.columns())));
    named(
        Pattern.SCALED,
        "ScaledLines.rows=false, least=0\\.(49|50)\\d*, most=(0\\.[5-9]|[1-9])",
        (right, _) -> right.times(i -> 0.5 + 0.25 * (i % right.columns())));
  }

  @Test
  void zero() {
    named(Pattern.ZERO, "ALL_ZERO", (right, _) -> right.each(_ -> 0));
  }

  @Test
  void rowsAndColumns() {
    named(
        Pattern.ROWS_SHIFTED,
        "Shifted.by=-3, lines=\\d+, around=false",
        (right, _) -> right.moved(i -> i - 3 * right.columns()));
    named(
        Pattern.ROWS_PERMUTED,
        PatternTest::isPermutation,
        (right, random) -> {
          List<Integer> map = shuffled(right.rows(), random);
          int n = right.columns();
          return right.moved(i -> map.get(i / n) * n + i % n);
        });
    named(
        Pattern.ROWS_PERMUTED,
        found -> isSwap(found, 2, 7),
        (right, _) -> {
          int n = right.columns();
          return right.moved(i -> i / n == 2 ? i + 5 * n : i / n == 7 ? i - 5 * n : i);
        });
    named(
        Pattern.COLUMNS_PERMUTED,
        PatternTest::isPermutation,
        (right, random) -> {
          List<Integer> map = shuffled(right.columns(), random);
          int n = right.columns();
          return right.moved(i -> i / n * n + map.get(i % n));
        });
    named(
        Pattern.COLUMNS_SHIFTED,
        "Shifted.by=5, lines=\\d+, around=true",
        (right, _) -> {
          int n = right.columns();
          return right.moved(i -> i / n * n + (i + 5) % n);
        });
  }

  private static boolean isPermutation(Damage found) {
    return found instanceof Damage.Permuted(List<Integer> map, int block)
        && block == 1
        && Set.copyOf(map).size() == map.size()
        && !isSwap(found, 0, map.getFirst());
  }

  private static boolean isSwap(Damage found, int a, int b) {
    return found instanceof Damage.Permuted(List<Integer> map, int block)
        && block == 1
        && IntStream.range(0, map.size())
            .allMatch(i -> map.get(i) == (i == a ? b : i == b ? a : i));
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
        "map=.8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 24, .* block=8",
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
      assertEquals(Pattern.TRANSPOSED, found.pattern(), found::toString);
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
      assertEquals(Damage.Known.W_READ_TRANSPOSED, found.damage());
    }
  }

  @Test
  void shifted() {
    named(
        Pattern.SHIFTED,
        "Run.offset=-11, length=(\\d+), columns=\\1\\b",
        (right, _) -> right.moved(i -> i - 11));
    named(
        Pattern.SHIFTED,
        "Run.offset=\\d+, length=(\\d+), columns=(?!\\1\\b)",
        (right, _) -> {
          int n = right.columns();
          return right.moved(i -> i / n * (n - 8) + i % n);
        });
  }

  @Test
  void misread() {
    named(
        Pattern.MISREAD,
        "Misread.x=true, offset=3, length=(\\d+), depth=\\1\\b",
        (right, random) -> {
          int n = Math.toIntExact(right.x().elements());
          Tensor off = Damaged.moved(right.x(), i -> i + 3 < n ? i + 3 : -1);
          return right.with(
              Damaged.multiply(random, right.type(), off, right.w(), GemmOperands.NONE, WORKERS));
        });
    named(
        Pattern.MISREAD,
        "Misread.x=false, offset=0, length=(\\d+), depth=(?!\\1\\b)",
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
      assertEquals(new Damage.OtherWeight(2), found.damage());
    }
  }

  @Test
  void rangeOfK() {
    BiFunction<Damaged, Random, Captured<Product>> lost =
        (right, random) -> weighted(right, random, 0);
    named(Pattern.K_MISSING, "RangeOfK.from=32, to=63", lost);
    named(
        Pattern.K_TWICE, "RangeOfK.from=32, to=63", (right, random) -> weighted(right, random, 2));
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
        new Damage.Tile(new Region(4, 11, 16, 31), Optional.empty())::equals,
        (right, _) -> {
          int n = right.columns();
          return right.moved(i -> i / n / 4 % 3 != 0 && i / n < 12 && i % n / 16 == 1 ? -1 : i);
        });
    named(
        Pattern.STALE_TILE,
        new Damage.Tile(new Region(8, 15, 16, 31), Optional.of(new Region(0, 7, 0, 15)))::equals,
        (right, _) -> {
          int n = right.columns();
          return right.moved(i -> i / n / 8 == 1 && i % n / 16 == 1 ? i - 8 * n - 16 : i);
        });
  }
}

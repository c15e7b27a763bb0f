package org.bitref.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bitref.kernel.OperandScale.By;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scales of operands against loops that are written out here. */
class ScalesTest {
  private static final int M = 7;
  private static final int N = 35;
  private static final int K = 75;

  private final RandomTensors random = new RandomTensors(3);
  private final Tensor x = random.next(DType.F8_E4M3, RandomTensors.Kind.PLAIN, M, K);
  private final Tensor w = random.next(DType.F8_E5M2, RandomTensors.Kind.PLAIN, N, K);

  private Product scaled(long[] ofX, long[] ofW) {
    Tensor left = random.next(DType.F32, RandomTensors.Kind.PLAIN, ofX);
    Tensor right = random.next(DType.F32, RandomTensors.Kind.PLAIN, ofW);
    return new Product(x, w)
        .withScales(
            new Scales(
                Optional.of(OperandScale.of(left, M, K)),
                Optional.of(OperandScale.of(right, N, K))));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, TENSOR, 0, 0, 0",
    "7, 1, ROW, 3, 0, 3",
    "1, 7, ROW, 3, 0, 3",
    "1, 75, BLOCK, 3, 5, 5",
    "7, 3, BLOCK, 3, 33, 10",
    "7, 5, BLOCK, 3, 33, 17",
    "2, 3, BLOCK, 6, 33, 4"
  })
  void shapesTellWhatSharesAFactor(int a, int b, By by, int row, int k, int index) {
    float[] values = new float[a * b];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    OperandScale scale = OperandScale.of(Tensor.ofFloats(Shape.of(a, b), values), M, K);
    assertEquals(by, scale.by());
    assertEquals(index, scale.of(row, k));
    assertEquals(index, scale.select(List.of(0, row)).of(1, k));
  }

  @Test
  void otherShapesAreRefused() {
    for (Shape shape : List.of(Shape.of(2), Shape.of(8, 1), Shape.of(7, 76), Shape.of(1, 1, 3))) {
      Tensor given = random.next(DType.F32, RandomTensors.Kind.PLAIN, shape.dims());
      assertThrows(IllegalArgumentException.class, () -> OperandScale.of(given, M, K));
    }
  }

  private float term(int m, int n, int k) {
    return (float) (x.get((long) m * K + k) * w.get((long) n * K + k));
  }

  /** A chain of fused multiply-adds over [from, to); FP8 products are exact in float32. */
  private float sum(int m, int n, int from, int to) {
    float sum = 0;
    for (int k = from; k < to; k++) {
      sum += term(m, n, k);
    }
    return sum;
  }

  private static void assertEveryKernelGives(float[] expected, Product product, String text) {
    GemmRecipe recipe = GemmRecipe.parse(text);
    try (Workers workers = new Workers(2)) {
      assertArrayEquals(expected, product.run(recipe, workers).toFloats(), text);
      GemmOperands operands = product.operands().withScale(1, 1);
      float[] specified =
          Kernels.interpreter(recipe)
              .multiply(product.x(), product.w(), operands, workers)
              .toFloats();
      assertArrayEquals(expected, specified, text);
    }
  }

  private interface Output {
    float of(int m, int n);
  }

  private static float[] outputs(Output output) {
    float[] y = new float[M * N];
    IntStream.range(0, y.length).forEach(i -> y[i] = output.of(i / N, i % N));
    return y;
  }

  @Test
  void atTheEndOfASum() {
    Product product = scaled(new long[] {M}, new long[] {N, 1});
    Scales s = product.scales();
    String sum = "in=e4m3,e5m2 | fma(acc=f32rne) | seq | none | none | ";
    assertEveryKernelGives(
        outputs((m, n) -> sum(m, n, 0, K) * (s.ofX(m, 0) * s.ofW(n, 0))),
        product,
        sum + "mul(alpha,f32)");
    assertEveryKernelGives(
        outputs((m, n) -> sum(m, n, 0, K) * s.ofX(m, 0) * s.ofW(n, 0)),
        product,
        sum + "mul(sx,f32);mul(sw,f32)");
    assertEveryKernelGives(
        outputs((m, n) -> sum(m, n, 0, K) * s.ofW(n, 0) * s.ofX(m, 0)),
        product,
        sum + "mul(sw,f32);mul(sx,f32)");
  }

  /** Of x for each row, of w for 18 columns at a time; blocks of 32, 32 and 11 terms. */
  @ParameterizedTest
  @ValueSource(ints = {32, 16})
  void afterEachBlock(int every) {
    Product product = scaled(new long[] {M, 3}, new long[] {2, 3});
    Scales s = product.scales();
    assertEveryKernelGives(
        outputs(
            (m, n) -> {
              float main = 0;
              for (int k = 0; k < K; k += every) {
                float part = sum(m, n, k, Math.min(K, k + every));
                main = Math.fma(s.ofX(m, k) * s.ofW(n, k), part, main);
              }
              return main;
            }),
        product,
        "in=e4m3,e5m2 | fma(acc=f32rne) | promote(every=%s,into=f32rne,fmascale) | none | none | none"
            .formatted(every));
  }

  /** A recipe that scales no sum takes what the operands stand for. */
  @Test
  void beforeTheProduct() {
    Product product = scaled(new long[] {M, 3}, new long[] {1});
    Scales s = product.scales();
    float[] expected =
        outputs(
            (m, n) -> {
              float sum = 0;
              for (int k = 0; k < K; k++) {
                float left = (float) x.get((long) m * K + k) * s.ofX(m, k);
                float right = (float) w.get((long) n * K + k) * s.ofW(n, k);
                sum = Math.fma(left, right, sum);
              }
              return sum;
            });
    try (Workers workers = new Workers(1)) {
      GemmRecipe recipe = GemmRecipe.parse("in=f32 | fma(acc=f32rne) | seq | none | none | none");
      assertArrayEquals(expected, product.run(recipe, workers).toFloats());
    }
  }

  @Test
  void aSumOverSeveralBlocksHasNoOneScale() {
    Product product = scaled(new long[] {M, 3}, new long[] {N});
    try (Workers workers = new Workers(1)) {
      for (String text :
          List.of(
              "in=e4m3,e5m2 | fma(acc=f32rne) | seq | none | none | mul(alpha,f32)",
              "in=e4m3,e5m2 | fma(acc=f32rne) | promote(every=64,into=f32rne,fmascale) | none"
                  + " | none | none")) {
        assertThrows(
            IllegalArgumentException.class,
            () -> product.run(GemmRecipe.parse(text), workers),
            text);
      }
    }
  }
}

package org.bitref.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.explain.Explanation.Conclusion;
import org.bitref.explain.Overflow.Crossing;
import org.bitref.explain.Overflow.Held;
import org.bitref.explain.Overflow.Term;
import org.bitref.explain.SystemStage.Status;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.operation.Attention;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.operation.Operation;
import org.bitref.operation.Pointwise;
import org.bitref.operation.Product;
import org.bitref.operation.Rotation;
import org.bitref.recipe.PointRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;

/** Where a limit is passed, and what would hold it. Float16 holds up to 65504. */
class OverflowTest {
  private static final double INFINITY = Double.POSITIVE_INFINITY;
  private static final int K = 8;

  private final Workers workers = new Workers(1);

  private static Tensor halves(Shape shape, double... values) {
    return Tensor.ofDoubles(shape, values).cast(DType.F16);
  }

  /** The stage with the exact result in float16, but for one output. */
  private Overflow overflow(String name, Operation operation, int at, double value, DType dtype) {
    Tensor exact = operation.exact(workers);
    TensorBuilder y = new TensorBuilder(dtype, operation.shape());
    for (int i = 0; i < exact.elements(); i++) {
      y.set(i, i == at ? value : exact.get(i));
    }
    Captured<?> stage = new Captured<>(operation, y.build());
    return OverflowSearch.in(name, stage, KnownRecipes.notSearched(stage), exact).orElseThrow();
  }

  /** Two rows of x, three of w; output [1, 2] multiplies these. */
  private static Product product(double[] x, double[] w) {
    double[] left = new double[2 * K];
    double[] right = new double[3 * K];
    System.arraycopy(x, 0, left, K, K);
    System.arraycopy(w, 0, right, 2 * K, K);
    return new Product(halves(Shape.of(2, K), left), halves(Shape.of(3, K), right));
  }

  @Test
  void aSumBeyondTheTypeNeedsAnotherTypeOrScale() {
    double[] x = {100, 100, 100, 100, 100, 100, 100, 100};
    double[] w = {100, 200, 200, 200, 100, 100, 200, 200};
    Overflow found = overflow("layers.0.q_proj", product(x, w), 5, INFINITY, DType.F16);
    assertEquals(1, found.token());
    assertEquals(2, found.channel());
    assertEquals(130_000, found.due());
    assertEquals(100, found.operand());
    // 10000, 30000, 50000, 70000
    Term term = new Term(3, 100, 200, 70_000);
    assertEquals(new Crossing.Result(Format.F16, List.of(), Optional.of(term)), found.crossing());
    List<DType> types = List.of(DType.BF16, DType.F32);
    assertEquals(new Held(types, Optional.of(0.5), false), found.held());
  }

  @Test
  void aPartialSumBeyondTheTypeNeedsSumsInFloat32() {
    double[] x = {100, 300, 300, -300, 100, 1, 1, 1};
    double[] w = {1, 200, 100, 200, 10, 1, 1, 1};
    Overflow found = overflow("layers.0.q_proj", product(x, w), 5, INFINITY, DType.F16);
    assertEquals(31_103, found.due());
    assertEquals(
        new Crossing.PartialSum(Format.F16, new Term(2, 300, 100, 90_100)), found.crossing());
    assertEquals(new Held(List.of(), Optional.empty(), true), found.held());
  }

  /** 65519 is rounded to 65504, 65520 to infinity. */
  @Test
  void theLimitIsThatOfRounding() {
    double[] x = {65504, 15, 1, 1, -256, 0, 0, 0};
    double[] w = {1, 1, 0.984375, 1, 1, 1, 1, 1};
    Overflow found = overflow("layers.0.q_proj", product(x, w), 5, INFINITY, DType.F16);
    Crossing.PartialSum sum = assertInstanceOf(Crossing.PartialSum.class, found.crossing());
    assertEquals(new Term(3, 1, 1, 65504 + 15 + 0.984375 + 1), sum.term());
  }

  @Test
  void anotherOrderMayPassWhatThisOneDoesNot() {
    double[] x = {300, -300, 300, -300, 300, -300, 0, 0};
    double[] w = {100, 100, 100, 100, 100, 100, 0, 0};
    Overflow found = overflow("layers.0.q_proj", product(x, w), 5, Double.NaN, DType.F16);
    assertEquals(new Crossing.OtherOrder(Format.F16, 90_000, -90_000), found.crossing());
    assertTrue(found.held().float32Sums());
  }

  @Test
  void whatNoSumPassesIsNotExplained() {
    double[] ones = {1, 1, 1, 1, 1, 1, 1, 1};
    Overflow found = overflow("layers.0.q_proj", product(ones, ones), 5, INFINITY, DType.F16);
    assertEquals(new Crossing.Unknown(), found.crossing());
    assertEquals(Held.NONE, found.held());
  }

  @Test
  void elementWiseStagesNameTheirOperands() {
    Tensor a = halves(Shape.of(2, 2), 1, 2, 60_000, 3);
    Tensor b = halves(Shape.of(2, 2), 1, 2, 10_000, 3);
    Pointwise sum = new Pointwise(PointRecipe.Kind.ADD, a, Optional.of(b));
    Overflow added = overflow("layers.0.hidden", sum, 2, INFINITY, DType.F16);
    double[] due = {a.get(2), b.get(2)};
    assertEquals(
        new Crossing.Result(Format.F16, List.of(due[0], due[1]), Optional.empty()),
        added.crossing());
    assertEquals(List.of(1, 0), List.of(added.token(), added.channel()));
    // E4M3 holds up to 448, to which the half of 900 is rounded.
    Pointwise mul =
        new Pointwise(
            PointRecipe.Kind.MUL,
            halves(Shape.of(1, 2), 1, 30),
            Optional.of(halves(Shape.of(1, 2), 1, 30)));
    Overflow fp8 = overflow("layers.0.mlp_mul", mul, 1, Double.NaN, DType.F8_E4M3);
    assertEquals(
        new Held(List.of(DType.F16, DType.BF16, DType.F32), Optional.of(0.5), false), fp8.held());
  }

  /** In a head of four, element 1 turns with element 3. */
  @Test
  void rotationsNameThePair() {
    Tensor x = halves(Shape.of(1, 1, 2, 4), 1, 2, 3, 4, 5, 60_000, 6, -50_000);
    Tensor cos = Tensor.ofDoubles(Shape.of(1, 1, 4), 0.7, 0.7, 0.7, 0.7);
    Tensor sin = Tensor.ofDoubles(Shape.of(1, 1, 4), 0.7, 0.7, 0.7, 0.7);
    Overflow found = overflow("layers.0.q_rope", new Rotation(x, cos, sin), 5, INFINITY, DType.F16);
    Crossing.Result result = assertInstanceOf(Crossing.Result.class, found.crossing());
    assertEquals(List.of(60_000.0, x.get(7)), result.operands());
    assertEquals(5, found.channel());
  }

  /** 200² + 200² passes 65504, and the norm's result is about 1. */
  @Test
  void squaresOfANormOverflow() {
    Tensor x = halves(Shape.of(2, 4), 1, 1, 1, 1, 100, 200, 200, 1);
    Norm norm = new Norm(x, halves(Shape.of(4), 1, 1, 1, 1), 1e-6);
    Overflow found = overflow("layers.0.input_ln", norm, 4, Double.NaN, DType.F16);
    assertEquals(
        new Crossing.PartialSum(Format.F16, new Term(2, 200, 200, 90_000)), found.crossing());
    assertTrue(found.held().float32Sums());
    Norm heavy = new Norm(x, halves(Shape.of(4), 1, 1, 1, 60_000), 1e-6);
    Overflow weight = overflow("layers.0.input_ln", heavy, 3, Double.NaN, DType.F16);
    assertEquals(new Crossing.Unknown(), weight.crossing());
  }

  /** Two heads share a key head; query 1 of head 1 sees both keys, query 0 the first alone. */
  @Test
  void theScoreThatOverflowsIsNamedWithItsKey() {
    Tensor q = halves(Shape.of(1, 2, 2, 4), 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 150, 150, 150, 150);
    Tensor k = halves(Shape.of(1, 1, 2, 4), 1, 1, 1, 1, 150, 150, 150, 150);
    Attention attention = new Attention(q, k, k, Optional.empty());
    // Output [0, 1, head 1, element 2].
    Overflow found = overflow("layers.0.attn_out", attention, 14, Double.NaN, DType.F16);
    assertEquals(List.of(1, 6), List.of(found.token(), found.channel()));
    Term term = new Term(2, 150, 150, 67_500);
    assertEquals(new Crossing.Score(Format.F16, 1, 90_000, 0.5, term), found.crossing());
    assertEquals(new Held(List.of(), Optional.of(0.5), true), found.held());
    Overflow other = overflow("layers.0.attn_out", attention, 6, Double.NaN, DType.F16);
    assertEquals(new Crossing.Unknown(), other.crossing(), "query 0 of head 1 does not see key 1");
  }

  /** Bfloat16 has the range of float32: nothing has more. */
  @Test
  void beyondFloat32OnlyAScaleHolds() {
    Tensor big = Tensor.ofDoubles(Shape.of(1, 1), 0x1p100).cast(DType.BF16);
    Pointwise mul = new Pointwise(PointRecipe.Kind.MUL, big, Optional.of(big));
    Overflow found = overflow("layers.0.mlp_mul", mul, 0, INFINITY, DType.BF16);
    assertEquals(new Held(List.of(), Optional.of(0x1p-73), false), found.held());
  }

  @Test
  void anInfiniteInputIsNoOverflow() {
    Tensor a = halves(Shape.of(1, 1), INFINITY);
    Captured<?> stage =
        new Captured<>(new Pointwise(PointRecipe.Kind.CAST, a, Optional.empty()), a);
    assertEquals(
        Optional.empty(),
        OverflowSearch.in("layers.0.hidden", stage, KnownRecipes.notSearched(stage), a));
  }

  /** A product with an infinity outside every bound: told as overflow, in one system or in both. */
  @Test
  void anInfinityInAProductIsNotCalledCorrupt() {
    Explanation found = products(0, false);
    assertEquals(Conclusion.OVERFLOW, found.verdict());
    assertEquals("b", found.fault().orElseThrow().systems().getFirst().system());
    SystemStage over = found.stages().getFirst().system("b").orElseThrow();
    assertInstanceOf(SystemStage.Finding.Damaged.class, over.finding());
    assertEquals(Status.OVERFLOW, over.status());
    assertEquals(0, found.count(Status.CORRUPT));
    assertEquals(new Crossing.Unknown(), over.overflow().orElseThrow().crossing());
    assertEquals(Conclusion.OVERFLOW, products(0, true).verdict());
  }

  /** The same where float16 sums may have made it. */
  @Test
  void anInfinityOfPartialSumsIsAnOverflow() {
    Explanation found = products(300, false);
    assertEquals(Conclusion.OVERFLOW, found.verdict());
    SystemStage over = found.stages().getFirst().system("b").orElseThrow();
    Crossing crossing = over.overflow().orElseThrow().crossing();
    assertEquals(3, assertInstanceOf(Crossing.PartialSum.class, crossing).term().index());
  }

  /**
   * Products of ordinary size, but in the first column the sum is moved by the square of {@code
   * size} at its fourth term, and back at its tenth.
   */
  private Explanation products(double size, boolean both) {
    int k = 32;
    Shape shape = Shape.of(k, k);
    TensorBuilder x = new TensorBuilder(DType.F16, shape);
    TensorBuilder w = new TensorBuilder(DType.F16, shape);
    for (int i = 0; i < k * k; i++) {
      x.set(i, Math.sin(1.3 * i) + (i % k == 3 || i % k == 9 ? size : 0));
      w.set(i, Math.cos(0.7 * i * i) + (i == 3 ? size : i == 9 ? -size : 0));
    }
    Product product = new Product(x.build(), w.build());
    Tensor exact = product.exact(workers);
    TensorBuilder right = new TensorBuilder(DType.F16, shape);
    TensorBuilder wrong = new TensorBuilder(DType.F16, shape);
    for (int i = 0; i < k * k; i++) {
      right.set(i, exact.get(i));
      wrong.set(i, i == 0 ? INFINITY : exact.get(i));
    }
    Map<String, Tensor> file = new LinkedHashMap<>();
    file.put("in.input_ln", product.x());
    file.put("w.q_proj", product.w());
    Tensor over = wrong.build();
    file.put("a.q_proj", both ? over : right.build());
    file.put("b.q_proj", over);
    Capture capture = Capture.of(Dumps.of(List.of(TensorSource.of("f", file))), Optional.empty());
    return Explainer.explain(capture, List.of("a", "b"), List.of(), workers, stage -> {});
  }
}

package org.bitref.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.bitref.kernel.Scales;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.search.FoundFactors.By;
import org.bitref.search.Identification.Match;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScaleSearchTest {
  /** Of a crowd of ties not all stand in the list. */
  private static final int LISTED = 64;

  private static Workers workers;

  @BeforeAll
  static void open() {
    workers = new Workers(2);
  }

  @AfterAll
  static void close() {
    workers.close();
  }

  /** Every recipe that is named gives every output, and the true one is among them. */
  private static void assertFound(Captured<Product> gemm, GemmRecipe recipe) {
    Identification found = GemmSearch.identify(gemm, workers);
    assertTrue(
        List.of(Verdict.IDENTIFIED, Verdict.AMBIGUOUS, Verdict.INCONCLUSIVE)
            .contains(found.verdict()),
        found.outcome().toString());
    for (Match one : found.best()) {
      assertEquals(gemm.y().elements(), one.equal());
      assertTrue(gemm.isReproducedBy(one.recipe(), workers), one.recipe().text());
    }
    boolean crowd = found.best().size() >= LISTED;
    boolean named =
        Stream.concat(found.best().stream().map(Match::recipe), found.same().stream())
            .anyMatch(one -> same((GemmRecipe) one, recipe, gemm));
    assertTrue(crowd || named, recipe + " is not among " + found.best());
  }

  private static boolean same(GemmRecipe a, GemmRecipe b, Captured<Product> gemm) {
    return GemmSearch.same(a, b, gemm.operation().depth(), gemm.operation().columns());
  }

  private static final String ENDS =
      """
      F8_E5M2# F8_E4M3# 13# 1# in=e5m2,e4m3 | fda(w=16,F=25,acc=f32rz) | seq | none | none | mul(sx,f32);mul(sw,f32);cvt(f32,rne)
      F8_E4M3# F8_E5M2# 13# 21# in=e4m3,e5m2 | fma(acc=f32rne) | sliced(q=2,bk=32) | none | none | mul(sw,f32);mul(sx,f32);cvt(f32,rne)
      BF16# BF16# 13# 21# in=bf16 | fda(w=8,F=24,acc=f32rz,floor=-132) | seq | none | none | mul(alpha,f32);cvt(f16,rne)
      BF16# F8_E4M3# 0# 21# in=bf16 | fma(acc=f32rne) | seq | none | none | mul(alpha,f32);cvt(bf16,rne)
      I8# I8# 13# 21# in=f16 | exact | seq | none | none | mul(alpha,f32);cvt(f32,rne)
      """;

  @ParameterizedTest
  @Tag("long")
  @CsvSource(delimiter = '#', textBlock = ENDS)
  void scalesThatAreGivenAtTheEnd(DType x, DType w, int ofX, int ofW, String text) {
    ScaledProducts drawn = new ScaledProducts(5);
    Product product = drawn.product(x, w, 13, 21, 45);
    Optional<Tensor> left = ofX == 0 ? Optional.empty() : Optional.of(drawn.factors(ofX));
    Optional<Tensor> right = ofW == 0 ? Optional.empty() : Optional.of(drawn.factors(ofW));
    GemmRecipe recipe = GemmRecipe.parse(text);
    Product scaled = ScaledProducts.scaled(product, left, right);
    assertFound(ScaledProducts.captured(scaled, recipe, workers), recipe);
  }

  @Test
  void oneScaleOfEachOperandOfEightBits() {
    String text =
        "in=e4m3 | fda(w=32,F=13,acc=e8m13rz) | seq | none | none | mul(alpha,f32);cvt(bf16,rne)";
    scalesThatAreGivenAtTheEnd(DType.F8_E4M3, DType.F8_E4M3, 1, 1, text);
  }

  /** Blocks of 32 terms, of x by row and of w for 16 columns at a time; the last ones are short. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      textBlock =
          """
          in=e4m3 | fda(w=32,F=13,acc=e8m13rz) | promote(every=32,into=f32rne,fmascale) | none | none | cvt(f32,rne)
          in=bf16 | fma(acc=f32rne) | seq | none | none | cvt(f32,rne)
          """)
  void scalesOfBlocksOfK(String text) {
    ScaledProducts drawn = new ScaledProducts(6);
    Product product = drawn.product(DType.F8_E4M3, DType.F8_E4M3, 5, 21, 75);
    Product scaled =
        ScaledProducts.scaled(
            product, Optional.of(drawn.factors(5, 3)), Optional.of(drawn.factors(2, 3)));
    GemmRecipe recipe = GemmRecipe.parse(text);
    assertFound(ScaledProducts.captured(scaled, recipe, workers), recipe);
  }

  private static Identification found(Captured<Product> gemm) {
    Identification plain = GemmSearch.identify(gemm, workers);
    return ScaleSearch.orScaled(plain, gemm, GemmHints.NONE, workers);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      textBlock =
          """
          TENSOR# F8_E4M3# in=e4m3 | fda(w=32,F=13,acc=e8m13rz) | seq | none | none | mul(alpha,f32);cvt(bf16,rne)
          ROW# F16# in=f16 | fda(w=8,F=24,acc=f32rz) | seq | none | none | mul(alpha,f32);cvt(f32,rne)
          """)
  void factorsThatAreNotGivenAreFound(By by, DType type, String text) {
    assertFactorsAreFound(by, type, text);
  }

  @ParameterizedTest
  @Tag("long")
  @CsvSource(
      delimiter = '#',
      textBlock =
          """
          ROW# BF16# in=bf16 | fma(acc=f32rne) | seq | none | none | mul(alpha,f32);cvt(bf16,rne)
          COLUMN# F16# in=f16 | fda(w=16,F=25,acc=f16rne,floor=-21) | seq | none | none | mul(alpha,f32);cvt(f16,rne)
          COLUMN# I8# in=f16 | exact | seq | none | none | mul(alpha,f32);cvt(bf16,rne)
          """)
  void factorsOfOtherTypesAreFound(By by, DType type, String text) {
    assertFactorsAreFound(by, type, text);
  }

  /** Which kind of accumulator it was is told behind unknown factors as well. */
  @Test
  void aProductWithFactorsOfRowsIsIdentified() {
    ScaledProducts drawn = new ScaledProducts(9);
    Product product = drawn.product(DType.BF16, DType.BF16, 12, 48, 96);
    Product scaled =
        ScaledProducts.scaled(product, Optional.of(drawn.factors(12)), Optional.empty());
    GemmRecipe recipe =
        GemmRecipe.parse(
            "in=bf16 | fma(acc=f32rne) | seq | none | none | mul(alpha,f32);cvt(bf16,rne)");
    Captured<Product> gemm = ScaledProducts.captured(scaled, recipe, workers);
    Identification found = found(ScaledProducts.withoutScales(gemm));
    assertEquals(By.ROW, found.factors().orElseThrow().by());
    assertEquals(Verdict.IDENTIFIED, found.verdict(), found.outcome()::toString);
  }

  /** Every factor is told by an interval that holds it. */
  private static void assertFactorsAreFound(By by, DType type, String text) {
    ScaledProducts drawn = new ScaledProducts(7);
    Product product = drawn.product(type, type, 13, 17, 45);
    Tensor factors = drawn.factors(by == By.TENSOR ? 1 : by == By.ROW ? 13 : 17);
    boolean columns = by == By.COLUMN;
    Product scaled =
        ScaledProducts.scaled(
            product,
            columns ? Optional.empty() : Optional.of(factors),
            columns ? Optional.of(factors) : Optional.empty());
    Captured<Product> gemm = ScaledProducts.captured(scaled, GemmRecipe.parse(text), workers);
    Identification found = found(ScaledProducts.withoutScales(gemm));
    FoundFactors told = found.factors().orElseThrow();
    assertEquals(by, told.by());
    assertEquals(factors.elements(), told.factors().size());
    boolean named =
        found.best().stream()
            .anyMatch(one -> same((GemmRecipe) one.recipe(), GemmRecipe.parse(text), gemm));
    assertTrue(named || found.best().size() >= LISTED, found.best().toString());
    assertFactorsReproduce(gemm, told, (GemmRecipe) found.best().getFirst().recipe());
    if (found.verdict() == Verdict.IDENTIFIED) {
      told.factors().forEach(one -> assertHolds(one, (float) factors.get(one.index())));
    }
  }

  private static void assertHolds(FoundFactors.Factor factor, float right) {
    assertTrue(factor.least() <= right && right <= factor.most(), factor + " is without " + right);
  }

  /** With the simplest numbers, and with the ends of the intervals. */
  private static void assertFactorsReproduce(
      Captured<Product> gemm, FoundFactors told, GemmRecipe recipe) {
    for (ToDoubleFunction<FoundFactors.Factor> of :
        List.<ToDoubleFunction<FoundFactors.Factor>>of(
            one -> one.simple().value(), FoundFactors.Factor::least, FoundFactors.Factor::most)) {
      float[] values = new float[told.factors().size()];
      told.factors().forEach(one -> values[one.index()] = (float) of.applyAsDouble(one));
      Tensor scale = Tensor.ofFloats(Shape.of(values.length), values);
      Product plain = gemm.operation().withScales(Scales.NONE);
      boolean columns = told.by() == By.COLUMN;
      Product scaled =
          ScaledProducts.scaled(
              plain,
              columns ? Optional.empty() : Optional.of(scale),
              columns ? Optional.of(scale) : Optional.empty());
      assertTrue(new Captured<>(scaled, gemm.y()).isReproducedBy(recipe, workers));
    }
  }

  @Test
  void twoOutputsThatAreFarOffAreNoFactors() {
    assertWrongOutputsAreNoFactors(3);
  }

  /** Two units in the last place: every row and column still follows the product closely. */
  @Test
  @Tag("long")
  void twoOutputsThatAreALittleOffAreNoFactors() {
    assertWrongOutputsAreNoFactors(1.015625);
  }

  private static void assertWrongOutputsAreNoFactors(double times) {
    ScaledProducts drawn = new ScaledProducts(8);
    Product product = drawn.product(DType.F8_E4M3, DType.F8_E4M3, 13, 17, 45);
    Captured<Product> right =
        ScaledProducts.captured(
            product,
            GemmRecipe.parse("in=e4m3 | fma(acc=f32rne) | seq | none | none | cvt(bf16,rne)"),
            workers);
    TensorBuilder y = new TensorBuilder(DType.BF16, right.y().shape());
    y.copy(0, right.y(), 0, right.y().elements());
    for (long i : new long[] {40, 200}) {
      y.set(i, Format.BF16.round(right.y().get(i) * times, Rounding.RNE));
    }
    Captured<Product> wrong = new Captured<>(product, y.build());
    Identification plain = GemmSearch.identify(wrong, workers);
    assertEquals(Verdict.UNEXPLAINED, plain.verdict());
    assertSame(plain, ScaleSearch.orScaled(plain, wrong, GemmHints.NONE, workers));
  }

  /** A row of three outputs has a factor that fits it, whatever it holds. */
  @Test
  void tooFewOutputsHaveNoFactor() {
    ScaledProducts drawn = new ScaledProducts(9);
    Product product = drawn.product(DType.BF16, DType.BF16, 8, 3, 45);
    Product scaled =
        ScaledProducts.scaled(product, Optional.of(drawn.factors(8)), Optional.empty());
    GemmRecipe recipe =
        GemmRecipe.parse(
            "in=bf16 | fma(acc=f32rne) | seq | none | none | mul(alpha,f32);cvt(bf16,rne)");
    Captured<Product> gemm =
        ScaledProducts.withoutScales(ScaledProducts.captured(scaled, recipe, workers));
    assertEquals(Optional.empty(), found(gemm).factors());
  }
}

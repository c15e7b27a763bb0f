package org.bitref.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.bitref.bound.GemmBound;
import org.bitref.bound.StageBounds;
import org.bitref.diagnose.Diagnosed;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Identification.Match;
import org.bitref.search.Identification.TileMatch;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class GemmSearchTest {
  private static final int FEW = 2;
  private static final int FIRST_SEED = 12;
  private static final int MANY = 1000;

  /** Of a crowd of ties not all stand in the list. */
  private static final int LISTED = 64;

  @Test
  void findsTheRecipeOfAProduct() {
    assertNoneMissed(FEW);
  }

  @Test
  void callsNothingIdentifiedThatItDoesNotKnow() {
    assertNoneMistaken(FEW);
  }

  @Test
  @Tag("long")
  void findsTheRecipeOfAThousandProducts() {
    assertNoneMissed(MANY);
  }

  @Test
  @Tag("long")
  void callsNothingOfAThousandIdentifiedThatItDoesNotKnow() {
    assertNoneMistaken(MANY);
  }

  private static void assertNoneMissed(int products) {
    List<String> missed = new ArrayList<>();
    int identified = 0;
    try (Workers workers = new Workers(2)) {
      for (int seed = FIRST_SEED; seed < FIRST_SEED + products; seed++) {
        GeneratedProducts generated = new GeneratedProducts(seed);
        GemmRecipe recipe = generated.inside();
        Identification found = GemmSearch.identify(generated.product(recipe, workers), workers);
        if (!holds(found, recipe, generated)) {
          missed.add("seed " + seed + ": " + recipe + " gave " + found.outcome());
        }
        identified += found.verdict() == Verdict.IDENTIFIED ? 1 : 0;
      }
    }
    assertEquals(List.of(), missed);
    assertTrue(identified > 0, "identified " + identified);
  }

  private static boolean holds(
      Identification found, GemmRecipe recipe, GeneratedProducts generated) {
    boolean explained =
        found.verdict() == Verdict.IDENTIFIED
            || found.verdict() == Verdict.AMBIGUOUS
            || found.verdict() == Verdict.INCONCLUSIVE;
    boolean crowd =
        found.best().size() >= LISTED
            || (found.outcome() instanceof Outcome.Functions(_, var more, _, _, _) && more);
    Stream<StageRecipe> listed =
        Stream.concat(found.best().stream().map(Match::recipe), found.same().stream());
    GemmFunction function = generated.function(recipe);
    return explained
        && (crowd || listed.anyMatch(one -> generated.function((GemmRecipe) one).equals(function)));
  }

  private static void assertNoneMistaken(int products) {
    List<String> mistaken = new ArrayList<>();
    try (Workers workers = new Workers(2)) {
      for (int seed = FIRST_SEED; seed < FIRST_SEED + products; seed++) {
        GeneratedProducts generated = new GeneratedProducts(seed);
        GemmRecipe recipe = generated.outside();
        Captured<Product> product = generated.product(recipe, workers);
        Identification found =
            Diagnosed.of(GemmSearch.identify(product, workers), product, workers);
        boolean wrong =
            found.verdict() == Verdict.CORRUPT
                || (found.verdict() == Verdict.IDENTIFIED
                    && !holds(found, recipe, generated)
                    && !isKnownToSumInFloat32(found));
        if (wrong) {
          mistaken.add("seed " + seed + ": " + recipe + " gave " + found.best().getFirst());
        }
      }
    }
    assertEquals(List.of(), mistaken);
  }

  /** Of several functions only the format of their sums is said; all outside sum in float32. */
  private static boolean isKnownToSumInFloat32(Identification found) {
    return found.outcome() instanceof Outcome.Functions several
        && several.found() > 1
        && several.isOneKind()
        && several.accumulators().contains(Format.F32);
  }

  private static final GemmRecipe BFLOAT =
      GemmRecipe.parse("in=bf16 | fma(acc=f32rne) | seq | none | none | cvt(bf16,rne)");

  private static Tensor drawn(long rows, long k, DoubleSupplier values) {
    TensorBuilder out = new TensorBuilder(DType.BF16, Shape.of(rows, k));
    for (long i = 0; i < rows * k; i++) {
      out.set(i, Format.BF16.round(values.getAsDouble(), Rounding.RNE));
    }
    return out.build();
  }

  private static Identification bfloat(int side, DoubleSupplier values) {
    Product product = new Product(drawn(side, 64, values), drawn(side, 64, values));
    try (Workers workers = new Workers(2)) {
      return identify(new Captured<>(product, product.run(BFLOAT, workers)));
    }
  }

  /** Behind 8 bits many sums in float32 fit, and no shorter ones. */
  @Test
  void outputsThatTellKindsOfAccumulatorsIdentifyTheirs() {
    Identification found = bfloat(32, new Random(1)::nextGaussian);
    assertEquals(Verdict.IDENTIFIED, found.verdict(), found.outcome()::toString);
    Outcome.Functions functions = (Outcome.Functions) found.outcome();
    assertTrue(functions.found() > 1, functions::toString);
    assertTrue(functions.isOneKind(), functions::toString);
    assertFalse(found.ties().isEmpty());
  }

  @Test
  void aFewOfThemDoNot() {
    Identification found = bfloat(5, new Random(1)::nextGaussian);
    assertEquals(Verdict.INCONCLUSIVE, found.verdict(), found.outcome()::toString);
  }

  /** Sums of 64 times -1, 0 or 1 are exact everywhere. */
  @Test
  void outputsThatEveryFunctionGivesIdentifyNone() {
    Random random = new Random(2);
    Identification found = bfloat(32, () -> random.nextInt(3) - 1);
    Outcome.Functions functions = (Outcome.Functions) found.outcome();
    assertEquals(0, functions.telling());
    assertEquals(Verdict.INCONCLUSIVE, found.verdict(), functions::toString);
  }

  /** A product in float16 that goes through bfloat16. */
  @Test
  void aCastOnTheWayIsFound() {
    GemmRecipe cast =
        GemmRecipe.parse(
            "in=f16 | fma(acc=f32rne) | seq | none | none"
                + " | cvt(f16,rne);cvt(bf16,rne);cvt(f16,rne)");
    Random random = new Random(3);
    Tensor x = drawn(24, 48, random::nextGaussian).cast(DType.F16);
    Tensor w = drawn(24, 48, random::nextGaussian).cast(DType.F16);
    Product product = new Product(x, w);
    try (Workers workers = new Workers(2)) {
      Captured<Product> captured = new Captured<>(product, product.run(cast, workers));
      Identification found = identify(captured);
      GemmRecipe first = (GemmRecipe) found.best().getFirst().recipe();
      assertEquals(576, found.best().getFirst().equal());
      assertEquals(cast.epilogue(), first.epilogue());
      double[] bound = StageBounds.of(captured, product.exact(workers));
      assertTrue(StageBounds.check(captured, product.exact(workers), bound).worst() <= 1);
      assertTrue(
          GemmBound.of(captured, workers).narrowest().isPresent(), "some family holds all outputs");
    }
  }

  @Test
  void zerosDecideNothing() {
    Captured<Product> zeros =
        Product.captured(zeros(DType.F16, 4, 64), zeros(DType.F16, 8, 64), zeros(DType.F16, 4, 8));
    assertEquals(Verdict.INCONCLUSIVE, identify(zeros).verdict());
  }

  @Test
  void aFewOutputsDecideNothing() {
    Tensor x = Tensor.ofFloats(Shape.of(1, 2), 1, 2);
    Tensor w = Tensor.ofFloats(Shape.of(3, 2), 1, 2, 3, 4, 5, 6);
    Tensor y = Tensor.ofFloats(Shape.of(1, 3), 5, 11, 17);
    assertEquals(Verdict.INCONCLUSIVE, identify(Product.captured(x, w, y)).verdict());
  }

  @Test
  void halfOfKIsNoCorruption() {
    GeneratedProducts generated = new GeneratedProducts(3);
    try (Workers workers = new Workers(1)) {
      Captured<Product> part = generated.partOfK(workers);
      Identification found = GemmSearch.identify(part, workers);
      assertEquals(Verdict.INCONCLUSIVE, Diagnosed.of(found, part, workers).verdict());
    }
  }

  /** Columns from 64 on are computed with K cut in two. */
  @Test
  void recipesThatDifferFromTileToTileAreFound() {
    String plain = "in=f16 | fda(w=16,F=25,acc=f16rne,floor=-21) | seq | ";
    GemmRecipe left = GemmRecipe.parse(plain + "none | none | cvt(f16,rne)");
    GemmRecipe right =
        GemmRecipe.parse(
            plain
                + "splitk(s=2,g=64,residue=last) | partial=f16,order=fwd,add=f16rne |"
                + " cvt(f16,rne)");
    try (Workers workers = new Workers(2)) {
      Captured<Product> gemm = new GeneratedProducts(5).sides(left, right, workers);
      List<Long> lines = LongStream.range(0, 128).boxed().toList();
      Identification found =
          GemmSearch.identify(
              gemm, Optional.of(new Placement(lines, lines)), GemmHints.NONE, workers);
      List<GemmFunction> functions =
          found.tiles().stream().map(tile -> function((GemmRecipe) tile.recipe())).toList();
      assertTrue(functions.containsAll(List.of(function(left), function(right))), found::toString);
      assertEquals(4, found.tiles().stream().mapToInt(TileMatch::tiles).sum());
      Identification placeless = GemmSearch.identify(gemm, workers);
      assertEquals(Verdict.UNEXPLAINED, Diagnosed.of(placeless, gemm, workers).verdict());
    }
  }

  private static GemmFunction function(GemmRecipe recipe) {
    return GemmFunction.of(recipe, 192, 128);
  }

  private static Identification identify(Captured<Product> gemm) {
    try (Workers workers = new Workers(1)) {
      return GemmSearch.identify(gemm, workers);
    }
  }

  private static Tensor zeros(DType dtype, long... dims) {
    return new TensorBuilder(dtype, Shape.of(dims)).build();
  }
}

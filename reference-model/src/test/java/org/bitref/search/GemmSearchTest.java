package org.bitref.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.bitref.diagnose.Diagnosed;
import org.bitref.kernel.Workers;
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
            || (found.outcome() instanceof Outcome.Functions(_, var more, _) && more);
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
                || (found.verdict() == Verdict.IDENTIFIED && !holds(found, recipe, generated));
        if (wrong) {
          mistaken.add("seed " + seed + ": " + recipe + " gave " + found.best().getFirst());
        }
      }
    }
    assertEquals(List.of(), mistaken);
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

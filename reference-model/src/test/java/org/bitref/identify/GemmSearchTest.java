package org.bitref.identify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bitref.kernel.Workers;
import org.bitref.recipe.GemmRecipe;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class GemmSearchTest {
  private static final int FEW = 40;
  private static final int MANY = 1000;

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
      for (int seed = 0; seed < products; seed++) {
        GeneratedProducts products1 = new GeneratedProducts(seed);
        GemmRecipe recipe = products1.inside();
        GemmCase gemm = products1.product(recipe, workers);
        Identification found = GemmSearch.identify(gemm, workers);
        identified += found.verdict() == Verdict.IDENTIFIED ? 1 : 0;
        // Of a crowd of ties only the first stand in the list.
        boolean listed = found.best().size() < 64;
        boolean explained = found.verdict() != Verdict.UNEXPLAINED && found.verdict() != Verdict.CORRUPT;
        boolean among =
            Stream.concat(
                    found.best().stream().map(Match::recipe), found.same().stream())
                .anyMatch(one -> products1.function((GemmRecipe) one).equals(products1.function(recipe)));
        if (!explained || (listed && !among)) {
          missed.add("seed " + seed + ": " + found.verdict() + " for " + recipe + " best " + found.best().stream().findFirst());
        }
      }
    }
    System.out.println(identified + " identified of " + products);
    assertEquals(List.of(), missed);
    assertTrue(identified > products / 2, "identified " + identified);
  }

  private static void assertNoneMistaken(int products) {
    List<String> mistaken = new ArrayList<>();
    try (Workers workers = new Workers(2)) {
      for (int seed = 0; seed < products; seed++) {
        GeneratedProducts generated = new GeneratedProducts(seed);
        GemmRecipe recipe = generated.outside();
        Identification found = GemmSearch.identify(generated.product(recipe, workers), workers);
        if (found.verdict() == Verdict.IDENTIFIED
            && !generated
                .function((GemmRecipe) found.best().getFirst().recipe())
                .equals(generated.function(recipe))) {
          mistaken.add("seed " + seed + ": " + recipe + " taken for " + found.best().getFirst());
        }
        assertNotEquals(Verdict.CORRUPT, found.verdict(), recipe.text());
      }
    }
    assertEquals(List.of(), mistaken);
  }
}

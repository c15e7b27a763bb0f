package org.bitref.kernel.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.bitref.recipe.GemmRecipe;
import org.junit.jupiter.api.Test;

class AdditionTreeTest {
  private static final int K = 8;

  /** The terms that are in the sum when i and j meet. */
  private static List<Integer> met(String middle, int i, int j) {
    AdditionTree tree = AdditionTree.of(GemmRecipe.parse("in=f32 | " + middle), K, 1);
    List<Integer> met = new ArrayList<>();
    for (int p = 0; p < K; p++) {
      if (p != i && p != j && tree.meets(i, j, p)) {
        met.add(p);
      }
    }
    return met;
  }

  @Test
  void aFusedStepHoldsItsTermsAndThoseBefore() {
    String fused = "fda(w=2,F=25,acc=f32rz) | seq | none | none | none";
    assertEquals(List.of(), met(fused, 0, 1));
    assertEquals(List.of(0, 1), met(fused, 2, 3));
    assertEquals(List.of(1, 2, 3, 5), met(fused, 0, 4));
  }

  @Test
  void slicesMeetInTheirOrder() {
    String split = "fma(acc=f32rne,lanes=1) | seq | splitk(s=4,g=1,residue=last) | partial=f32,";
    assertEquals(List.of(0, 3), met(split + "order=fwd,add=f32rne | none", 1, 2));
    assertEquals(List.of(0, 2, 4, 5, 6, 7), met(split + "order=rev,add=f32rne | none", 1, 3));
    assertEquals(List.of(4, 6), met(split + "order=rev,add=f32rne | none", 5, 7));
    assertEquals(List.of(4, 6), met(split + "order=pair,add=f32rne | none", 5, 7));
    assertEquals(List.of(0, 4), met(split + "order=tree,add=f32rne | none", 1, 5));
  }

  @Test
  void lanesMeetInTheirTree() {
    String lanes =
        "fma(acc=f32rne,lanes=4,order=strided,tree=butterfly) | seq | none | none | none";
    assertEquals(List.of(4, 6), met(lanes, 0, 2));
    assertEquals(List.of(5, 7), met(lanes, 1, 3));
    assertEquals(List.of(2, 3, 4, 5, 6, 7), met(lanes, 0, 1));
  }

  @Test
  void nothingMeetsInAnExactSum() {
    assertEquals(List.of(), met("exact | seq | none | none | cvt(f32,rne)", 0, 7));
  }
}

package org.bitref.kernel.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.Optional;
import org.bitref.kernel.row.Rows;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys after the last query of a piece of work are left out where that changes no bit. */
final class MaskedKeysTest {
  private static final String FIRST =
      "splitk(s=1,g=8,residue=first,bk=32) | partial=f32,order=fwd,add=f32rne";
  private static final String TWO =
      "splitk(s=2,g=8,residue=first,bk=32) | partial=f32,order=fwd,add=f32rne";

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "fda(w=8,F=25,acc=f32rz); seq; none | none; 100; 333; 100",
        "fda(w=8,F=25,acc=f32rz); seq; " + FIRST + "; 100; 333; 109",
        "fda(w=8,F=25,acc=f32rz); seq; " + FIRST + "; 109; 333; 109",
        "fda(w=8,F=25,acc=f32rz); seq; " + FIRST + "; 333; 333; 333",
        "fda(w=8,F=25,acc=f32rz); seq; " + FIRST + "; 1; 320; 32",
        "fda(w=8,F=25,acc=f32rz); seq; " + TWO + "; 100; 333; 333",
        "fda(w=8,F=25,acc=f32rz,clast); seq; none | none; 100; 333; 333",
        "fma(acc=f32rne,lanes=2); seq; none | none; 100; 333; 333",
        "fma(acc=f32rne,lanes=1); sliced(q=2,bk=8); " + FIRST + "; 100; 333; 333"
      })
  void onlyWholeTilesGoWhereTheRestComesFirst(
      String inner, String chain, String split, int seen, int all, int terms) {
    GemmRecipe recipe =
        GemmRecipe.parse("in=f16 | %s | %s | %s | cvt(f16,rne)".formatted(inner, chain, split));
    assertEquals(terms, MaskedKeys.terms(recipe, seen, all));
  }

  /** Padding that hides nothing keeps the kernel from leaving keys out. */
  @Test
  void aProductThatTakesTheRestFirstIsThatOfAllKeys() {
    int n = AttentionKernel.ROWS_PER_PIECE + 45;
    int d = 4;
    Tensor q = EagerCase.random(21, DType.F16, 1, 1, n, d);
    Tensor k = EagerCase.random(22, DType.F16, 1, 1, n, d);
    Tensor v = EagerCase.random(23, DType.F16, 1, 1, n, d);
    boolean[] all = new boolean[n];
    Arrays.fill(all, true);
    float[] few = run(FIRST, q, k, v, Optional.empty());
    Rows.assertSame(few, Tensor.ofFloats(q.shape(), run(FIRST, q, k, v, Optional.of(all))), "");
    assertFalse(Arrays.equals(few, run("none | none", q, k, v, Optional.of(all))));
  }

  private static float[] run(
      String split, Tensor q, Tensor k, Tensor v, Optional<boolean[]> visible) {
    String text =
        EagerCase.recipe("f16")
            .text()
            .replace("fma(acc=f32rne,lanes=1)", "fda(w=8,F=10,acc=f32rz)");
    int pv = text.indexOf("pv=");
    String whole = text.substring(0, pv) + text.substring(pv).replace("none | none", split);
    AttentionFunction function = AttentionFunction.of(q.shape().intDim(3));
    return new AttentionKernel((AttentionRecipe) StageRecipe.parse(whole))
        .run(q, k, v, function, visible, q.shape().intDim(2), Rows.ALONE)
        .toFloats();
  }
}

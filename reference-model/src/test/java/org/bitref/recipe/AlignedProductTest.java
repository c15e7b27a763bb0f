package org.bitref.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products of an attention that follow from the number of keys. */
final class AlignedProductTest {
  private static final String A =
      "(in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne))";
  private static final String B = A.replace("w=16", "w=8");
  private static final String C = A.replace("w=16", "w=4");

  private static String attention(String qk, String pv) {
    return "attention(score=f16,calc=f32,sum=exact,p=f16,qk=" + qk + ",pv=" + pv + ")";
  }

  private static AlignedProduct pv(String text) {
    return ((AttentionRecipe) StageRecipe.parse(attention(A, text))).pv();
  }

  @ParameterizedTest
  @CsvSource({"1024, A", "8, A", "3006, B", "500, B", "333, C", "1, C"})
  void theLargestNumberThatDividesTheKeysCounts(int keys, String expected) {
    AlignedProduct product = pv("aligned(8=" + A + ",2=" + B + ",1=" + C + ")");
    String text = List.of(A, B, C).get("ABC".indexOf(expected));
    assertEquals(text, "(" + product.of(keys).text() + ")");
  }

  @ParameterizedTest
  @CsvSource({"1024, A", "77, C", "97, B", "333, B", "96, A", "1, C"})
  void aCaseMayBeginAtANumberOfKeys(int keys, String expected) {
    String text = "aligned(8=" + A + ",1:97=" + B + ",1=" + C + ")";
    AlignedProduct product = pv(text);
    assertEquals(text, product.text());
    assertEquals(
        List.of(A, B, C).get("ABC".indexOf(expected)), "(" + product.of(keys).text() + ")");
  }

  @Test
  void theTextHasTheLargestNumberFirst() {
    String canonical = "aligned(8=" + A + ",2=" + B + ",1=" + C + ")";
    AlignedProduct product = pv("aligned( 1=" + C + ", 8 = " + A + ",2=" + B + ")");
    assertEquals(canonical, product.text());
    assertEquals(pv(canonical), product);
    assertEquals(attention(B, canonical), StageRecipe.parse(attention(B, canonical)).text());
  }

  @Test
  void oneRecipeForAnyNumberOfKeysStandsAlone() {
    assertEquals(A, pv("aligned(1=" + A + ")").text());
    assertEquals(pv(A), pv("aligned(1=" + A + ")"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "aligned(8={A},2={B}); aligned(...) without 1=, for any number of keys",
        "aligned(); aligned(...) without 1=, for any number of keys",
        "aligned(2={A},2={B},1={A}); the numbers of aligned(...) do not descend",
        "aligned(1={A},0={B}); the numbers of aligned(...) do not descend",
        "aligned(1={A},two={B}); pv: expected aligned(8=(...),1=(...))",
        "aligned({A}); pv: expected aligned(8=(...),1=(...))",
        "aligned(1=f16); pv is a GEMM recipe in parentheses",
        "aligned(2={A},1={F32}); the products of aligned(...) give different formats"
      })
  void whatIsWrongIsNamed(String product, String problem) {
    String wide = A.replace("cvt(f16,rne)", "none");
    String pv = product.replace("{A}", A).replace("{B}", B).replace("{F32}", wide);
    String text = attention(A, pv);
    RecipeSyntaxException e =
        assertThrows(RecipeSyntaxException.class, () -> StageRecipe.parse(text));
    assertEquals("recipe \"" + text + "\": " + problem, e.getMessage());
  }
}

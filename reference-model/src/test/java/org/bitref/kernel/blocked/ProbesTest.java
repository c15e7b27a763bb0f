package org.bitref.kernel.blocked;

import static org.bitref.kernel.blocked.Dot.bits;
import static org.bitref.kernel.blocked.Dot.ones;
import static org.bitref.kernel.blocked.Dot.product;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.bitref.kernel.GemmOperands;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The probes that tell the arithmetic of tensor cores apart. */
final class ProbesTest {
  /** The term list names places as {@code k:value}; all others are zero. */
  private static double[] sparse(String text) {
    double[] terms = new double[48];
    for (String term : text.split(" ", -1)) {
      String[] parts = term.split(":", 2);
      terms[Integer.parseInt(parts[0])] = Double.parseDouble(parts[1]);
    }
    return terms;
  }

  /** The probes of a black box: what a float16 tensor core of Hopper answers, and others would. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          w=16,F=25,acc=f32rz  ; 0:32768 1:-32768 15:0x1p-12 ; 0
          w=16,F=25,acc=f32rz  ; 0:32768 1:-32768 16:0x1p-12 ; 39800000
          w=8,F=25,acc=f32rz   ; 0:32768 1:-32768 8:0x1p-12  ; 39800000
          w=16,F=25,acc=f32rz  ; 0:4096 1:-4096 2:0x1p-13    ; 39000000
          w=8,F=24,acc=f32rz   ; 0:4096 1:-4096 2:0x1p-13    ; 0
          w=16,F=25,acc=f32rz  ; 0:4096 1:-4096 2:-0x1.cp-13 ; b9000000
          w=16,F=25,acc=f32rz  ; 0:1 1:0x1.8p-24 16:-1       ; 0
          w=16,F=25,acc=f32rne ; 0:1 1:0x1.8p-24 16:-1       ; 34000000
          w=16,F=25,acc=f32rz  ; 0:2048 16:1 32:-2048        ; 3f800000
          w=16,F=25,acc=f16rne ; 0:2048 16:1 32:-2048        ; 0
          w=16,F=25,acc=f16rne ; 0:2048 16:3 32:-2048        ; 4400
          w=16,F=25,acc=f16rne ; 0:2048 1:1 2:-2048          ; 3c00
          w=16,F=25,acc=f16rne ; 0:65504 16:65504 32:-65504  ; 7c00
          """)
  void probes(String fda, String terms, String expected) {
    String recipe = "in=f32 | fda(" + fda + ") | seq | none | none | none";
    assertEquals(expected, bits(recipe, sparse(terms)));
  }

  @Test
  void theExponentOfAProductIsNotNormalised() {
    double x = 96;
    double[] a = {x, x, 0x1p-13};
    double[] b = {x, -x, 1};
    String recipe = "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | none";
    assertEquals("39000000", product(recipe, a, b, GemmOperands.NONE));
  }

  @Test
  void specialValuesOfTensorCores() {
    String half = "in=f16 | fda(w=16,F=25,acc=f16rne) | seq | none | none | none";
    String single = "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | ";
    double infinity = Double.POSITIVE_INFINITY;
    double[] a = {infinity, 1};
    assertEquals("7fff", product(half, a, new double[] {0, 1}, GemmOperands.NONE));
    assertEquals("7fffffff", product(single + "none", a, new double[] {0, 1}, GemmOperands.NONE));
    assertEquals(
        "7fff", product(single + "cvt(bf16,rne)", a, new double[] {0, 1}, GemmOperands.NONE));
    assertEquals("7fff", bits(half, infinity, -infinity));
    assertEquals("fc00", bits(half, 1, -infinity));
    assertEquals("0", bits(half, -0x1p-24, 0x1p-24));
    double[] tiny = {0x1p-24};
    // Below the smallest subnormal: rounded to zero, and that zero is positive.
    assertEquals("0", product(half, new double[] {-0x1p-24}, tiny, GemmOperands.NONE));
  }

  /** What an H100 answered to sums that show the least E; x counts up from 145. */
  @Test
  void theFloorOfHopper() {
    String single = "in=bf16 | fda(w=16,F=25,acc=f32rz,floor=-133) | seq | none | none | none";
    GemmOperands c = GemmOperands.NONE.withC(Tensor.ofFloats(Shape.of(1, 1), 0x1p-149f));
    for (int x = 145; x <= 176; x++) {
      double[] b = {0x1p-75, 0x1p-75};
      double[] small = {-Math.scalb(1.0, 75 - x), 0x1p-74};
      double[] large = {-Math.scalb(1.0, 75 - x), 0x1p-65};
      double[] alone = {-Math.scalb(1.0, 75 - x), 0};
      String below = x > 148 ? "0" : Integer.toHexString(0x8000_0000 | ((1 << (149 - x)) - 1));
      assertEquals(x > 158 ? "1" : below, product(single, small, b, GemmOperands.NONE));
      assertEquals(x > 151 ? "1" : below, product(single, alone, b, c));
      String kept = Integer.toHexString(0x200 - Math.max(1, 1 << Math.max(0, 149 - x)));
      assertEquals(x > 158 ? "200" : kept, product(single, large, b, GemmOperands.NONE));
    }
    String half = "in=f16 | fda(w=16,F=25,acc=f16rne,floor=-21) | seq | none | none | none";
    for (int y = 37; y <= 47; y++) {
      double[] a = {0x1p-13, Math.scalb(1.0, 23 - y)};
      double[] b = {0x1p-12, 0x1p-23};
      assertEquals(y > 46 ? "0" : "1", product(half, a, b, GemmOperands.NONE));
    }
  }

  @Test
  void theFloorHidesSmallTerms() {
    String fda = "in=bf16 | fda(w=16,F=25,acc=f32rz%s) | seq | none | none | none";
    assertEquals("80000", bits(fda.formatted(""), 0x1p-130));
    assertEquals("0", bits(fda.formatted(",floor=-100"), 0x1p-130));
  }

  @Test
  void accumulatorAddedLast() {
    // 2^24 + 1 in float32 is a tie; inside the step the accumulator would be truncated against it.
    GemmOperands c = GemmOperands.NONE.withC(Tensor.ofFloats(Shape.of(1, 1), 0x1p-13f));
    double[] a = {16, -16};
    String fda = "in=e4m3 | fda(w=16,F=13,acc=f32rz%s) | seq | none | none | none";
    assertEquals("0", product(fda.formatted(""), a, ones(2), c));
    assertEquals("39000000", product(fda.formatted(",clast"), a, ones(2), c));
  }
}

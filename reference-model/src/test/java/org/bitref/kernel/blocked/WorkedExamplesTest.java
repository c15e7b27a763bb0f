package org.bitref.kernel.blocked;

import static org.bitref.kernel.blocked.Dot.bits;
import static org.bitref.kernel.blocked.Dot.ones;
import static org.bitref.kernel.blocked.Dot.product;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.spec.KPlan;
import org.bitref.kernel.spec.KPlan.Run;
import org.bitref.recipe.ChunkOrder;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.KOrder;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples in the documentation of a GEMM recipe's parts. */
final class WorkedExamplesTest {
  private static double[] terms(String text) {
    return Arrays.stream(text.split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
  }

  @ParameterizedTest
  @CsvSource({"f32rz, 3f800000", "f32rne, 3f800001", "e8m13rz, 3f800000", "f16rne, 3c00"})
  void accumulator(String acc, String expected) {
    String recipe = "in=f32 | fda(w=2,F=30,acc=" + acc + ") | seq | none | none | none";
    assertEquals(expected, bits(recipe, 1, 0x1.8p-24));
  }

  @ParameterizedTest
  @CsvSource({"trunc, 3f800000", "rne, 3f800000", "rna, 3f802000"})
  void input(String rounding, String expected) {
    String recipe =
        "in=tf32,tf32=" + rounding + " | fma(acc=f32rne,lanes=1) | seq | none | none | none";
    assertEquals(expected, bits(recipe, 1 + 0x1p-11));
  }

  @Test
  void denormalsAreZero() {
    String rest = " | fma(acc=f32rne,lanes=1) | seq | none | none | none";
    assertEquals("0", bits("in=f16,daz" + rest, 0x1p-24));
    assertEquals("33800000", bits("in=f16" + rest, 0x1p-24));
  }

  @Test
  void kOrder() {
    List<Integer> first = IntStream.range(0, 16).map(KOrder.PAIRS::at).boxed().toList();
    assertEquals(List.of(0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29), first);
    assertEquals(32 + 2, KOrder.PAIRS.at(32 + 16));
    List<Integer> upper = IntStream.range(16, 32).map(KOrder.V8X4::at).boxed().toList();
    assertEquals(List.of(4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31), upper);
  }

  @Test
  void fusedDotAdd() {
    String rest = ",acc=f32rz) | seq | none | none | none";
    assertEquals("39000000", bits("in=f32 | fda(w=16,F=25" + rest, 0x1p12, -0x1p12, 0x1p-13));
    assertEquals("0", bits("in=f32 | fda(w=16,F=24" + rest, 0x1p12, -0x1p12, 0x1p-13));
  }

  @Test
  void fusedAndUnfused() {
    double x = 1 + 0x1p-12;
    GemmOperands c = GemmOperands.NONE.withC(Tensor.ofFloats(Shape.of(1, 1), -1));
    double[] a = {x};
    String rest = "(acc=f32rne,lanes=1) | seq | none | none | none";
    assertEquals("3a000400", product("in=f32 | fma" + rest, a, a, c));
    assertEquals("3a000000", product("in=f32 | muladd" + rest, a, a, c));
  }

  @Test
  void bf16Pairs() {
    String recipe = "in=bf16 | bf16dp(order=%s,ftz) | seq | none | none | none";
    assertEquals("3f800000", bits(recipe.formatted("oddeven"), 0x1p-24, 1));
    // The accumulator holds 2^-24: with the other 2^-24 it lasts, with the 1 it does not.
    assertEquals("3f800001", bits(recipe.formatted("oddeven"), 0x1p-24, 0, 1, 0x1p-24));
    assertEquals("3f800000", bits(recipe.formatted("evenodd"), 0x1p-24, 0, 1, 0x1p-24));
    assertEquals("0", bits(recipe.formatted("evenodd"), 0x1p-127, 0x1p-127));
    String kept = "in=bf16 | bf16dp(order=oddeven) | seq | none | none | none";
    assertEquals("800000", bits(kept, 0x1p-127, 0x1p-127));
  }

  @Test
  void exactSum() {
    String recipe = "in=f32 | exact | seq | none | none | cvt(f32,rne)";
    assertEquals("4b800001", bits(recipe, 0x1p24, 1, 1));
    assertEquals(
        "4b800000", bits("in=f32 | fma(acc=f32rne) | seq | none | none | none", 0x1p24, 1, 1));
  }

  /** Lanes and trees, told apart by values that vanish beside a large one. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          lanes=1                                ; 16777216 1 1 1 1 1 1 1 ; 4b800000
          lanes=2                                ; 16777216 1 1 1 1 1 1 1 ; 4b800002
          lanes=2,order=blocked                  ; 16777216 1 1 1 1 1 1 1 ; 4b800002
          lanes=4,order=blocked                  ; 16777216 1 1 1 1 1 1 1 ; 4b800003
          lanes=8,tree=seq                       ; 16777216 1 1 1 1 1 1 1 ; 4b800000
          lanes=8,tree=pair                      ; 16777216 1 1 1 1 1 1 1 ; 4b800003
          lanes=8,tree=butterfly                 ; 1 1 16777216 1 1 1 1 1 ; 4b800003
          lanes=3,tree=pair                      ; 1 1 16777216            ; 4b800001
          lanes=3,tree=butterfly                 ; 1 1 16777216            ; 4b800000
          lanes=2                                ; 16777216 1 1            ; 4b800000
          lanes=2,tail=first                     ; 1 16777216 1            ; 4b800001
          lanes=2,tail=after                     ; 1 16777216 1            ; 4b800000
          """)
  void lanes(String lanes, String terms, String expected) {
    String recipe = "in=f32 | fma(acc=f32rne," + lanes + ") | seq | none | none | none";
    assertEquals(expected, bits(recipe, terms(terms)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          seq                             ; none              ; 8    ; [[0-8]]
          sliced(q=2,bk=4)                ; none              ; 8    ; [[0-2 4-6, 2-4 6-8]]
          sliced(q=2,bk=4)                ; none              ; 5    ; [[0-2 4-5, 2-4]]
          promote(every=3,into=f32rne)    ; none              ; 8    ; [[0-3, 3-6, 6-8]]
          kblock(q=128,rule=mlas)         ; none              ; 300  ; [[0-128, 128-256, 256-300]]
          kblock(q=448,rule=openblas)     ; none              ; 700  ; [[0-352, 352-700]]
          kblock(q=448,rule=openblas)     ; none              ; 1000 ; [[0-448, 448-736, 736-1000]]
          seq                             ; splitk(s=8,g=8,residue=first,bk=64)  ; 1032 ; [[0-8 8-136], [136-144 144-272], [272-280 280-408], [408-416 416-544], [544-552 552-680], [680-688 688-816], [816-824 824-952], [952-968 968-1032]]
          seq                             ; splitk(s=3,g=64)  ; 640  ; [[0-256], [256-512], [512-640]]
          seq                             ; splitk(s=9,g=64)  ; 128  ; [[0-64], [64-128]]
          seq                             ; cyclic(s=2,bk=2)  ; 8    ; [[0-2 4-6], [2-4 6-8]]
          seq                             ; even(s=3)         ; 10   ; [[0-3], [3-6], [6-10]]
          seq                             ; bounds(3,20)      ; 10   ; [[0-3], [3-10]]
          seq                             ; streamk(units=3,bk=64) ; 640 ; [[0-256], [256-448], [448-640]]
          sliced(q=2,bk=2)                ; even(s=2)         ; 6    ; [[0-1 2-3, 1-2], [3-4 5-6, 4-5]]
          seq                             ; even(s=2)         ; 0    ; [[]]
          """)
  void cutsOfK(String chain, String split, int k, String expected) {
    String combine = split.equals("none") ? "none" : "partial=f32,order=fwd,add=f32rne";
    GemmRecipe recipe =
        GemmRecipe.parse(
            "in=f32 | fma(acc=f32rne) | " + chain + " | " + split + " | " + combine + " | none");
    List<List<String>> cuts =
        KPlan.of(recipe, k, 1).slices().stream()
            .map(slice -> slice.stream().map(WorkedExamplesTest::text).toList())
            .toList();
    assertEquals(expected, cuts.toString());
  }

  private static String text(Run run) {
    return String.join(
        " ", run.ranges().stream().map(range -> range.from() + "-" + range.to()).toList());
  }

  @Test
  void promotion() {
    String recipe =
        "in=f32 | fma(acc=f32rne) | promote(every=2,into=f32rne%s) | none | none | none";
    double[] a = {0x1p24, 1, 1, 1};
    assertEquals("4b800001", bits(recipe.formatted(""), a));
    GemmOperands half = GemmOperands.NONE.withScale(0.5f, 0);
    assertEquals("4b000001", product(recipe.formatted(",fmascale"), a, ones(4), half));
  }

  @ParameterizedTest
  @CsvSource({
    "f32, fwd, f32rne, 3e00",
    "f32, fwd, inplace, 3800",
    "f32, rev, inplace, 3c00",
    "f16, fwd, f16rne, 0",
    "f16, fwd, f32rne, 0",
    "bf16, fwd, f32rne, 0"
  })
  void combine(String partial, String order, String add, String expected) {
    String recipe =
        "in=f32 | fma(acc=f32rne) | seq | bounds(2) | partial=%s,order=%s,add=%s | cvt(f16,rne)"
            .formatted(partial, order, add);
    assertEquals(expected, bits(recipe, 2048, 1, -2048, 0.5));
  }

  /** Three slices 2^24, -2^24, 1 in every order: 1 survives where it comes after both. */
  @ParameterizedTest
  @CsvSource({
    "fwd, 16777216 -16777216 1, 3f800000",
    "fwd, 1 16777216 -16777216, 0",
    "rev, 1 16777216 -16777216, 3f800000",
    "pair, 1 16777216 -16777216, 0",
    "pair, 16777216 -16777216 1, 3f800000",
    "tree, 16777216 1 -16777216, 3f800000",
    "tree, 16777216 -16777216 1, 0"
  })
  void combineOrder(String order, String slices, String expected) {
    String recipe =
        "in=f32 | fma(acc=f32rne) | seq | even(s=3) | partial=f32,order=%s,add=f32rne | none"
            .formatted(order);
    assertEquals(expected, bits(recipe, terms(slices)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = " => ",
      textBlock =
          """
          add(bias,f32);cvt(f16,rne) => 6802
          cvt(f16,rne);add(bias,f16) => 6801
          cvt(f16,rz)                => 6800
          mul(alpha,f32);cvt(f32)    => 44801000
          fma(alpha,acc,beta*C)      => 44ffc000
          add(residual,f32)          => 45002000
          act(relu,f32)              => 45001000
          act(silu,f32);cvt(bf16)    => 4500
          act(sigmoid,f32)           => 3f800000
          """)
  void epilogue(String epilogue, String expected) {
    Tensor one = Tensor.ofFloats(Shape.of(1, 1), 1);
    Tensor two = Tensor.ofFloats(Shape.of(1, 1), 2);
    Tensor bias = Tensor.ofShorts(DType.F16, Shape.of(1), Float.floatToFloat16(2));
    boolean source = epilogue.startsWith("fma");
    GemmOperands operands = GemmOperands.NONE.withBias(bias).withResidual(one);
    operands = source ? operands.withC(two) : operands;
    operands = operands.withScale(source ? 1 : 0.5f, source ? -1.5f : 0);
    String recipe = "in=f32 | fma(acc=f32rne) | seq | none | none | " + epilogue;
    assertEquals(expected, product(recipe, new double[] {2049}, ones(1), operands));
  }

  @Test
  void saturates() {
    String recipe = "in=f32 | fma(acc=f32rne) | seq | none | none | cvt(e4m3,";
    assertEquals("7e", bits(recipe + "satfinite)", 1000));
    assertEquals("7f", bits(recipe + "rne)", 1000));
    assertEquals("7bff", bits("in=f32 | exact | seq | none | none | cvt(f16,satfinite)", 1e6));
  }

  @Test
  void wholeRecipe() {
    String recipe = "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | ";
    assertEquals("3f801800", bits(recipe + "none", 1, 3 * 0x1p-12));
    assertEquals("3c01", bits(recipe + "cvt(f16,rne)", 1, 3 * 0x1p-12));
  }

  /** Where K is cut, ones come together that a single chain loses. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          seq                             ; none                  ; 16777216 1 1 1     ; 4b800000
          sliced(q=2,bk=4)                ; none                  ; 16777216 1 1 1     ; 4b800001
          kblock(q=2,rule=mlas)           ; none                  ; 16777216 1 1 1     ; 4b800001
          seq                             ; splitk(s=2,g=2)       ; 16777216 1 1 1     ; 4b800001
          seq                             ; cyclic(s=2,bk=1)      ; 16777216 1 1 1     ; 4b800001
          seq                             ; even(s=3)             ; 16777216 1 1 1 1 1 ; 4b800002
          seq                             ; bounds(1)             ; 16777216 1 1 1     ; 4b800002
          seq                             ; streamk(units=2,bk=1) ; 16777216 1 1 1 1   ; 4b800001
          """)
  void cutsInBits(String chain, String split, String terms, String expected) {
    String combine = split.equals("none") ? "none" : "partial=f32,order=fwd,add=f32rne";
    String recipe = "in=f32 | fma(acc=f32rne) | " + chain + " | " + split + " | " + combine;
    assertEquals(expected, bits(recipe + " | none", terms(terms)));
  }

  @Test
  void orderInBits() {
    String recipe = "in=f16 | fda(w=1,F=25,acc=f16rne%s) | seq | none | none | none";
    assertEquals("0", bits(recipe.formatted(""), 2048, 1, -2048));
    assertEquals("3c00", bits(recipe.formatted(",kper=(0,2,1)"), 2048, 1, -2048));
  }

  @Test
  void chunkOrder() {
    ChunkOrder order =
        new ChunkOrder(
            16,
            new KOrder(List.of(0, 1, 2, 3, 5, 4, 7, 6)),
            new KOrder(List.of(1, 0, 3, 2, 4, 5, 6, 7)));
    double[] terms = new double[128];
    terms[64] = 2048;
    terms[96] = -2048;
    terms[112] = 1;
    String recipe = "in=f16 | fda(w=16,F=25,acc=f16rne) | seq | none | none | none";
    for (int tile = 0; tile < 4; tile++) {
      double[] placed = Arrays.stream(order.order(tile, 128)).mapToDouble(k -> terms[k]).toArray();
      assertEquals(tile % 2 == 0 ? "0" : "3c00", bits(recipe, placed));
    }
  }

  @Test
  void conversion() {
    String recipe = "in=f32 | fma(acc=f32rne) | seq | none | none | cvt(f16,";
    assertEquals("6802", bits(recipe + "rne)", 2051));
    assertEquals("6801", bits(recipe + "rz)", 2051));
  }
}

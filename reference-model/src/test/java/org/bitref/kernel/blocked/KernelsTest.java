package org.bitref.kernel.blocked;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bitref.kernel.GemmKernel;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.RandomTensors;
import org.bitref.kernel.Workers;
import org.bitref.kernel.spec.Interpreter;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every fast kernel against the interpreter, bit for bit. */
final class KernelsTest {
  /** M, N, K. */
  private static final int[][] SHAPES = {
    {0, 3, 5},
    {3, 0, 5},
    {2, 3, 0},
    {1, 1, 1},
    {1, 7, 2},
    {5, 17, 3},
    {7, 33, 15},
    {6, 32, 16},
    {13, 5, 17},
    {3, 65, 31},
    {2, 40, 61},
    {4, 19, 193},
    {2, 9, 400}
  };

  /** A recipe, and the type of its operands. */
  record Case(DType x, DType w, String recipe) {
    @Override
    public String toString() {
      return x + " " + w + " " + recipe;
    }
  }

  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    String fma = " | fma(acc=f32rne,lanes=1) | ";
    cases.add(
        new Case(DType.BF16, DType.BF16, "in=bf16" + fma + "seq | none | none | cvt(bf16,rne)"));
    cases.add(new Case(DType.F32, DType.BF16, "in=f16" + fma + "seq | none | none | cvt(f16,rne)"));
    cases.add(new Case(DType.F32, DType.F32, "in=f32" + fma + "seq | none | none | none"));
    cases.add(
        new Case(DType.F64, DType.F32, "in=tf32,tf32=rna" + fma + "seq | none | none | none"));
    cases.add(
        new Case(
            DType.F32,
            DType.F16,
            "in=f32" + fma + "kblock(q=64,rule=openblas) | none | none | cvt(f32,rne)"));
    cases.add(
        new Case(
            DType.F16,
            DType.F16,
            "in=f16,daz"
                + fma
                + "sliced(q=2,bk=32) | splitk(s=3,g=8,residue=first,bk=16)"
                + " | partial=f16,order=fwd,add=f16rne | mul(alpha,f32);cvt(f16,rz)"));
    cases.add(
        new Case(DType.BF16, DType.BF16, "in=bf16 | exact | seq | none | none | cvt(f32,rne)"));
    cases.add(new Case(DType.F32, DType.F32, "in=f32 | exact | seq | none | none | none"));
    cases.add(new Case(DType.F64, DType.F64, "in=f64 | exact | seq | none | none | cvt(f64,rne)"));
    cases.add(new Case(DType.F64, DType.F64, "in=f64 | exact | seq | none | none | cvt(f16,rz)"));
    cases.add(
        new Case(
            DType.F8_E4M3,
            DType.F8_E5M2,
            "in=e4m3,e5m2 | exact | seq | none | none | cvt(e4m3,satfinite)"));
    String rest = " | seq | none | none | ";
    String f16 = "in=f16 | ";
    cases.add(
        new Case(DType.F16, DType.F16, f16 + "fda(w=16,F=25,acc=f32rz)" + rest + "cvt(f16,rne)"));
    cases.add(
        new Case(DType.F32, DType.F16, f16 + "fda(w=16,F=25,acc=f16rne)" + rest + "cvt(f16,rne)"));
    cases.add(new Case(DType.F16, DType.F16, f16 + "fda(w=8,F=24,acc=f16rne)" + rest + "none"));
    cases.add(new Case(DType.F16, DType.F16, f16 + "fda(w=4,F=23,acc=f32rz)" + rest + "none"));
    cases.add(new Case(DType.F16, DType.F16, f16 + "fda(w=8,F=24,acc=f32rne)" + rest + "none"));
    cases.add(
        new Case(
            DType.BF16, DType.BF16, "in=bf16 | fda(w=16,F=25,acc=f32rz)" + rest + "cvt(bf16,rne)"));
    cases.add(
        new Case(
            DType.F32, DType.F32, "in=tf32,tf32=rna | fda(w=8,F=25,acc=f32rz)" + rest + "none"));
    cases.add(
        new Case(
            DType.F8_E4M3, DType.F8_E4M3, "in=e4m3 | fda(w=32,F=13,acc=e8m13rz)" + rest + "none"));
    cases.add(
        new Case(
            DType.F8_E5M2, DType.F8_E5M2, "in=e5m2 | fda(w=16,F=13,acc=f16rne)" + rest + "none"));
    cases.add(
        new Case(
            DType.F16,
            DType.F16,
            f16
                + "fda(w=16,F=25,acc=f16rne) | seq | cyclic(s=4,bk=32)"
                + " | partial=f16,order=fwd,add=f16rne | cvt(f16,rne)"));
    cases.add(
        new Case(
            DType.F16,
            DType.F16,
            f16
                + "fda(w=16,F=25,acc=f32rz) | promote(every=48,into=f32rne) | even(s=3) |"
                + " partial=f32,order=fwd,add=inplace | add(bias,f32);act(silu,f32);cvt(f16,rne)"));
    cases.add(
        new Case(DType.F16, DType.F16, f16 + "fma(acc=f16rne,lanes=1)" + rest + "cvt(f16,rne)"));
    cases.add(
        new Case(
            DType.F16,
            DType.F8_E4M3,
            "in=f16,e4m3 | fma(acc=f16rne,lanes=1) | sliced(q=2,bk=32) | streamk(units=2,bk=16)"
                + " | partial=f16,order=rev,add=f16rne | fma(alpha,acc,beta*C,f16)"));
    cases.add(
        new Case(DType.F16, DType.F16, f16 + "fda(w=16,F=25,acc=f16rne,floor=-4)" + rest + "none"));
    cases.add(
        new Case(
            DType.BF16, DType.BF16, "in=bf16 | fda(w=8,F=24,acc=f32rz,floor=-3)" + rest + "none"));
    cases.add(
        new Case(
            DType.BF16,
            DType.BF16,
            "in=bf16 | fda(w=8,F=24,acc=f32rz,floor=-133)" + rest + "none"));
    String pairs = "in=bf16 | bf16dp(order=";
    cases.add(new Case(DType.BF16, DType.BF16, pairs + "oddeven,ftz)" + rest + "cvt(bf16,rne)"));
    cases.add(new Case(DType.BF16, DType.F32, pairs + "oddeven)" + rest + "none"));
    cases.add(new Case(DType.F32, DType.BF16, pairs + "evenodd,ftz)" + rest + "none"));
    String blocks = "oddeven,ftz) | kblock(q=%d,rule=mlas) | none | none | cvt(bf16,rne)";
    cases.add(new Case(DType.BF16, DType.BF16, pairs + blocks.formatted(64)));
    cases.add(new Case(DType.BF16, DType.BF16, pairs + blocks.formatted(31)));
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheInterpreter(Case test) {
    GemmRecipe recipe = GemmRecipe.parse(test.recipe());
    RandomTensors random = new RandomTensors(7);
    for (int[] shape : SHAPES) {
      for (RandomTensors.Kind kind : RandomTensors.Kind.values()) {
        Tensor x = random.next(test.x(), kind, shape[0], shape[2]);
        Tensor w = random.next(test.w(), kind, shape[1], shape[2]);
        Tensor c = random.next(DType.F32, kind, shape[0], shape[1]);
        GemmOperands biased = GemmOperands.NONE.withBias(random.next(DType.F16, kind, shape[1]));
        for (GemmOperands operands : List.of(biased, biased.withC(c).withScale(0.3f, 1))) {
          if (test.recipe().contains("beta") && operands.c().isEmpty()) {
            continue;
          }
          check(recipe, x, w, operands, kind + " " + List.of(shape[0], shape[1], shape[2]));
        }
      }
    }
  }

  /** More rows and columns than one thread takes at a time. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "in=f16 | fma(acc=f32rne,lanes=1)",
        "in=f16 | fma(acc=f16rne,lanes=1)",
        "in=f16 | fda(w=16,F=25,acc=f32rz)",
        "in=f16 | fda(w=16,F=25,acc=f16rne)"
      })
  void blocksOfALargeProductAreInTheirPlaces(String inner) {
    GemmRecipe recipe = GemmRecipe.parse(inner + " | seq | none | none | cvt(f32,rne)");
    RandomTensors random = new RandomTensors(8);
    Tensor x = random.next(DType.F16, RandomTensors.Kind.WIDE, 395, 19);
    Tensor w = random.next(DType.F16, RandomTensors.Kind.WIDE, 587, 19);
    check(recipe, x, w, GemmOperands.NONE, inner);
  }

  private static void check(
      GemmRecipe recipe, Tensor x, Tensor w, GemmOperands operands, String what) {
    try (Workers one = new Workers(1);
        Workers two = new Workers(2)) {
      Tensor expected = Kernels.interpreter(recipe).multiply(x, w, operands, one);
      assertSame(
          expected, Kernels.gemm(recipe, new ScalarLoops()).multiply(x, w, operands, one), what);
      assertSame(
          expected, Kernels.gemm(recipe, new ScalarLoops()).multiply(x, w, operands, two), what);
      if (Kernels.vectors()) {
        assertSame(
            expected, Kernels.gemm(recipe, Kernels.loops()).multiply(x, w, operands, one), what);
        assertSame(
            expected, Kernels.gemm(recipe, Kernels.loops()).multiply(x, w, operands, two), what);
      }
    }
  }

  private static void assertSame(Tensor expected, Tensor actual, String what) {
    assertEquals(expected.dtype(), actual.dtype());
    assertEquals(expected.shape(), actual.shape());
    for (long i = 0; i < expected.elements(); i++) {
      if (expected.bits(i) != actual.bits(i)) {
        assertEquals(
            Long.toHexString(expected.bits(i)),
            Long.toHexString(actual.bits(i)),
            what + " element " + i);
      }
    }
  }

  @Test
  void theseRecipesHaveKernelsOfTheirOwn() {
    assertTrue(
        cases()
            .map(test -> GemmRecipe.parse(test.recipe()))
            .noneMatch(recipe -> Kernels.gemm(recipe) instanceof Interpreter));
  }

  @Test
  void keepsLeadingDimensions() {
    GemmRecipe recipe = GemmRecipe.parse("in=f32 | exact | seq | none | none | cvt(f32,rne)");
    Tensor x = Tensor.ofFloats(Shape.of(2, 1, 2), 1, 2, 3, 4);
    Tensor w = Tensor.ofFloats(Shape.of(1, 2), 10, 1);
    try (Workers workers = new Workers(1)) {
      Tensor y = Kernels.gemm(recipe).multiply(x, w, GemmOperands.NONE, workers);
      assertEquals(Shape.of(2, 1, 1), y.shape());
      assertEquals(12.0, y.get(0));
      assertEquals(34.0, y.get(1));
    }
  }

  @Test
  void complainsOfShapesThatDoNotFit() {
    GemmRecipe recipe = GemmRecipe.parse("in=f32 | exact | seq | none | none | none");
    Tensor x = Tensor.ofFloats(Shape.of(1, 2), 1, 2);
    Tensor w = Tensor.ofFloats(Shape.of(1, 3), 1, 2, 3);
    Tensor bias = Tensor.ofFloats(Shape.of(2), 1, 2);
    GemmOperands biased = GemmOperands.NONE.withBias(bias);
    try (Workers workers = new Workers(1)) {
      GemmKernel kernel = Kernels.gemm(recipe);
      assertThrows(
          IllegalArgumentException.class, () -> kernel.multiply(x, w, GemmOperands.NONE, workers));
      assertThrows(IllegalArgumentException.class, () -> kernel.multiply(x, x, biased, workers));
    }
  }
}

package org.bitref.probe.function;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.bitref.kernel.Workers;
import org.bitref.kernel.attention.SoftmaxKernel;
import org.bitref.kernel.row.NormKernel;
import org.bitref.numerics.Format;
import org.bitref.probe.function.FunctionFinding.Difference;
import org.bitref.probe.function.FunctionFinding.Verdict;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.SoftmaxRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Our own functions play the device: each is found again, and none is taken for another. */
class FunctionDecoderTest {
  private static FunctionSetup setup(DType dtype) {
    return new FunctionSetup(dtype, 32, 256, 3);
  }

  private static FunctionFinding decode(FunctionSetup setup, SpecialFunction f, Tensor y) {
    try (Workers workers = new Workers(1)) {
      return FunctionDecoder.decode(setup, f.word(), y, workers);
    }
  }

  private static Set<String> named(FunctionFinding finding) {
    Set<String> all = new HashSet<>(finding.same());
    finding.recipe().ifPresent(all::add);
    return all;
  }

  private static List<Candidate> known(SpecialFunction f, Format format) {
    try (Workers workers = new Workers(1)) {
      return Candidates.of(f, format, workers);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"EX2", "RCP", "RSQRT", "EXP"})
  void everyKnownFunctionOfFloatsIsFoundAgainAlone(SpecialFunction f) {
    Tensor x = new FunctionInputs(setup(DType.F32)).x(f);
    for (Candidate device : known(f, Format.F32)) {
      FunctionFinding finding = decode(setup(DType.F32), f, device.run(x));
      assertEquals(Verdict.DECODED, finding.verdict(), finding.toString());
      assertEquals(Set.of(device.text()), named(finding));
    }
  }

  /** All inputs are asked: what gives the same results is one function in many words. */
  @ParameterizedTest
  @CsvSource({"EX2, F16", "EX2, BF16", "EXP, F16", "RSQRT, BF16"})
  void everyKnownFunctionOfHalvesIsFoundAgain(SpecialFunction f, DType dtype) {
    Tensor x = new FunctionInputs(setup(dtype)).x(f);
    Set<String> found = new HashSet<>();
    for (Candidate device : known(f, dtype.format().orElseThrow())) {
      if (!found.contains(device.text())) {
        FunctionFinding finding = decode(setup(dtype), f, device.run(x));
        assertEquals(Verdict.DECODED, finding.verdict(), finding.toString());
        assertTrue(named(finding).contains(device.text()), finding.toString());
        found.addAll(named(finding));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16"})
  void everySiluIsFoundAgain(DType dtype) {
    Tensor x = new FunctionInputs(setup(dtype)).x(SpecialFunction.SILU);
    Set<String> found = new HashSet<>();
    try (Workers workers = new Workers(1)) {
      for (Candidate device :
          Candidates.of(SpecialFunction.SILU, dtype.format().orElseThrow(), workers)) {
        if (!found.contains(device.text())) {
          FunctionFinding finding = decode(setup(dtype), SpecialFunction.SILU, device.run(x));
          assertEquals(Verdict.DECODED, finding.verdict(), finding.toString());
          assertTrue(named(finding).contains(device.text()), finding.toString());
          found.addAll(named(finding));
        }
      }
    }
  }

  private static Tensor run(FunctionSetup setup, String text) {
    FunctionInputs inputs = new FunctionInputs(setup);
    try (Workers workers = new Workers(1)) {
      if (StageRecipe.parse(text) instanceof NormRecipe norm) {
        Tensor x = inputs.x(SpecialFunction.NORM);
        NormKernel kernel = new NormKernel(norm, FunctionSetup.EPS);
        return kernel.run(x, inputs.weight(), x.shape(), workers);
      }
      SoftmaxKernel kernel = new SoftmaxKernel((SoftmaxRecipe) StageRecipe.parse(text));
      return kernel.run(inputs.x(SpecialFunction.SOFTMAX), workers);
    }
  }

  /** True if it is found alone; a tie must hold a function that agrees with it elsewhere too. */
  private static boolean isFoundAgain(FunctionSetup setup, String text) {
    String name = text.startsWith("norm") ? "norm" : "softmax";
    FunctionFinding finding = decode(setup, SpecialFunction.of(name), run(setup, text));
    assertNotEquals(Verdict.DIFFERS, finding.verdict(), text);
    Set<String> tied = named(finding);
    tied.addAll(finding.ties());
    FunctionSetup other = setup.withSeed(setup.seed() + 100);
    Tensor want = run(other, text);
    boolean holds =
        tied.contains(text)
            || tied.stream().anyMatch(t -> run(other, t).data().mismatch(want.data()) < 0);
    assertTrue(holds, text + " is taken for " + finding);
    return finding.verdict() == Verdict.DECODED;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          F32; softmax(calc=f32,exp=cuda,sum=lanes(64,vec=4,acc=4,group=32),out=f32)
          F16; softmax(calc=f32,exp=sleef,sum=lanes(16,short),quotient=rcp,out=f16)
          F16; softmax(calc=f32,step=f16,exp=fast,sum=seq,quotient=rcp,out=f16)
          BF16; softmax(calc=f32,exp=cuda,sum=lanes(32),out=bf16)
          F32; norm(form=f32_weight,calc=f32,sum=lanes(256,vec=8,group=32),rsqrt=sfu,w=f32,out=f32)
          F16; norm(form=hf,calc=f32,sum=cascade(8),rsqrt=divsqrt,w=f16,out=f16)
          BF16; norm(form=hf,calc=f32,sum=seq,rsqrt=divsqrt,w=bf16,out=bf16)
          """)
  void aRowIsFoundAgain(DType dtype, String recipe) {
    assertTrue(isFoundAgain(new FunctionSetup(dtype, 128, 384, 3), recipe), recipe);
  }

  /** Roundings of each step hide the order of the sum. */
  @Test
  void whatHidesIsATie() {
    String low = "norm(form=div,calc=f32,sum=seq,rsqrt=cr,low,w=f16,out=f16)";
    assertFalse(isFoundAgain(setup(DType.F16), low));
  }

  @Tag("long")
  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void drawnRowsAreFoundAgain(DType dtype) {
    FunctionSetup setup = new FunctionSetup(dtype, 128, 1024, 5);
    Format format = dtype.format().orElseThrow();
    Random random = new Random(7);
    int decoded = 0;
    try (Workers workers = new Workers(1)) {
      List<String> texts =
          new ArrayList<>(
              Candidates.of(SpecialFunction.SOFTMAX, format, workers).stream()
                  .map(Candidate::text)
                  .toList());
      for (int i = 0; i < 30; i++) {
        decoded += isFoundAgain(setup, texts.get(random.nextInt(texts.size()))) ? 1 : 0;
      }
    }
    System.out.printf("%s: %d of 30 softmaxes decoded, the others tied%n", dtype, decoded);
    assertTrue(decoded >= 24, dtype + ": " + decoded);
  }

  @Test
  void aSumInAnOrderOfItsOwnIsNotTakenForAnother() {
    FunctionSetup setup = setup(DType.F32);
    Tensor x = new FunctionInputs(setup).x(SpecialFunction.SOFTMAX);
    TensorBuilder y = new TensorBuilder(DType.F32, x.shape());
    int width = setup.width();
    for (int row = 0; row < setup.rows(); row++) {
      float max = Float.NEGATIVE_INFINITY;
      for (int i = 0; i < width; i++) {
        max = Math.max(max, (float) x.get((long) row * width + i));
      }
      float sum = 0;
      for (int i = width - 1; i >= 0; i--) {
        sum += (float) StrictMath.exp((float) x.get((long) row * width + i) - max);
      }
      for (int i = 0; i < width; i++) {
        float e = (float) StrictMath.exp((float) x.get((long) row * width + i) - max);
        y.set((long) row * width + i, e / sum);
      }
    }
    FunctionFinding finding = decode(setup, SpecialFunction.SOFTMAX, y.build());
    assertEquals(Verdict.DIFFERS, finding.verdict());
    assertEquals((long) setup.rows() * width, finding.total());
  }

  @Test
  void oneWrongResultIsShown() {
    FunctionSetup setup = setup(DType.F32);
    Tensor x = new FunctionInputs(setup).x(SpecialFunction.EXP);
    Tensor right = known(SpecialFunction.EXP, Format.F32).getFirst().run(x);
    TensorBuilder wrong = new TensorBuilder(DType.F32, x.shape());
    wrong.copy(0, right, 0, x.elements());
    wrong.setBits(4000, right.bits(4000) + 3);
    FunctionFinding finding = decode(setup, SpecialFunction.EXP, wrong.build());
    assertEquals(Verdict.DIFFERS, finding.verdict());
    Difference difference = finding.differences().getFirst();
    assertTrue(difference.h100());
    assertEquals(1, difference.unequal());
    assertEquals(3, difference.worstUlp());
    assertTrue(difference.first().contains(Double.toString(x.get(4000))), difference.first());
    assertEquals("CUDA expf", difference.from());
    assertEquals(5632, finding.total());
  }

  @Test
  void anotherShapeIsRefused() {
    Tensor y = new TensorBuilder(DType.F32, Shape.of(7)).build();
    assertThrows(
        IllegalArgumentException.class, () -> decode(setup(DType.F32), SpecialFunction.RCP, y));
  }
}

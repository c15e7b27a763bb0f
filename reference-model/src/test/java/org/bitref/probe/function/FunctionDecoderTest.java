package org.bitref.probe.function;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.bitref.kernel.Workers;
import org.bitref.probe.function.FunctionFinding.Verdict;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Our own functions play the device: each must be found again, or a tie that holds it. */
class FunctionDecoderTest {
  private static FunctionSetup setup(DType dtype) {
    return new FunctionSetup(dtype, 16, 700, 3);
  }

  private static FunctionFinding decode(FunctionSetup setup, SpecialFunction f, Candidate device) {
    try (Workers workers = new Workers(1)) {
      Tensor y = device.run(new FunctionInputs(setup).x(f));
      return FunctionDecoder.decode(setup, f.word(), y, workers);
    }
  }

  private static List<String> named(FunctionFinding finding) {
    List<String> all = new ArrayList<>(finding.same());
    all.add(finding.recipe());
    return all;
  }

  @ParameterizedTest
  @EnumSource(names = {"EX2", "RCP", "RSQRT", "EXP"})
  void everyKnownFunctionOfFloatsIsFoundAgainAlone(SpecialFunction f) {
    for (Candidate device : PointCandidates.of(f)) {
      FunctionFinding finding = decode(setup(DType.F32), f, device);
      assertEquals(Verdict.DECODED, finding.verdict(), finding.toString());
      assertEquals(List.of(device.text()), named(finding));
    }
  }

  /** All inputs are asked, so that one function in many words stays one function. */
  @ParameterizedTest
  @EnumSource(names = {"EX2", "RCP", "RSQRT", "EXP"})
  void everyKnownFunctionOfHalvesIsFoundAgain(SpecialFunction f) {
    for (Candidate device : PointCandidates.of(f)) {
      FunctionFinding finding = decode(setup(DType.F16), f, device);
      assertEquals(Verdict.DECODED, finding.verdict(), finding.toString());
      assertTrue(named(finding).contains(device.text()), finding.toString());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void everySiluIsFoundAgain(DType dtype) {
    try (Workers workers = new Workers(1)) {
      for (Candidate device : StageCandidates.silu(dtype.format().orElseThrow(), workers)) {
        FunctionFinding finding = decode(setup(dtype), SpecialFunction.SILU, device);
        assertEquals(Verdict.DECODED, finding.verdict(), finding.toString());
        assertTrue(named(finding).contains(device.text()), finding.toString());
      }
    }
  }
}

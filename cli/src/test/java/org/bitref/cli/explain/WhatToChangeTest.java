package org.bitref.cli.explain;

import static org.bitref.cli.explain.Told.stage;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bitref.bound.Region;
import org.bitref.diagnose.Corruption;
import org.bitref.diagnose.Damage;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.Pattern;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.Conclusion;
import org.bitref.explain.Gap;
import org.bitref.explain.Overflow;
import org.bitref.explain.SystemStage;
import org.bitref.explain.SystemStage.Finding;
import org.bitref.explain.SystemStage.Status;
import org.bitref.replay.Replayed;
import org.bitref.tensor.DType;
import org.junit.jupiter.api.Test;

class WhatToChangeTest {
  private static final String FLOAT32 = "hopper-f16-f32acc";
  private static final String FLOAT16 = "tensorrt-f16-f16acc";
  private static final Finding REPRODUCED = new Finding.Reproduced(Optional.empty());
  private static final SystemStage A = stage("a", FLOAT32, REPRODUCED);

  /** A case, what its advice begins with, and if a command checks it. */
  private record Case(Conclusion verdict, SystemStage b, int inputs, String advice, boolean check) {
    Explanation told() {
      return Told.of(verdict, A, b, inputs);
    }

    String given() {
      return new WhatToChange(told())
          .advice().stream().map(Advice::text).collect(Collectors.joining(" "));
    }
  }

  private static Case of(Conclusion verdict, Finding finding, String advice, boolean check) {
    return new Case(verdict, stage("b", FLOAT32, finding), 2, advice, check);
  }

  private static List<Case> cases() {
    Overflow overflow =
        new Overflow(
            1,
            0,
            1,
            1,
            Double.POSITIVE_INFINITY,
            7e4,
            3.5e2,
            new Overflow.Crossing.Unknown(),
            new Overflow.Held(List.of(DType.F32), Optional.empty(), false));
    List<Case> cases = new ArrayList<>();
    cases.add(of(Conclusion.EQUAL, REPRODUCED, "Nothing.", false));
    cases.add(
        of(
            Conclusion.ROUNDING,
            REPRODUCED,
            "Nothing has to change: both round as their types do. For the smaller error take"
                + " a's arithmetic in products.",
            false));
    cases.add(
        new Case(
            Conclusion.ROUNDING,
            stage("b", FLOAT16, REPRODUCED),
            2,
            "b: in q_proj cast the MatMul's inputs to FP32",
            true));
    cases.add(
        of(
            Conclusion.UNEXPLAINED,
            new Finding.Searched(Status.UNEXPLAINED),
            "Nothing yet: rounding may explain this and may not.",
            false));
    cases.add(
        of(
            Conclusion.CORRUPT,
            new Finding.Damaged(
                new Corruption(Pattern.ZERO, Damage.Known.ALL_ZERO, 0, 4, new Region(0, 1, 0, 1))),
            "b: treat layers.0.q_proj as a bug",
            true));
    cases.add(
        new Case(
            Conclusion.OTHER_FUNCTION,
            stage("b", FLOAT32, REPRODUCED, Set.of(new OtherFunction.Window(8)), Optional.empty()),
            2,
            "b: it has a sliding window of 8 keys; make layers.0.q_proj",
            true));
    cases.add(
        new Case(
            Conclusion.OVERFLOW,
            stage(
                "b",
                FLOAT32,
                new Finding.Searched(Status.CORRUPT),
                Set.of(),
                Optional.of(overflow)),
            2,
            "b: use an output in F32 in layers.0.q_proj",
            true));
    cases.add(
        new Case(
            Conclusion.INCONCLUSIVE,
            A,
            1,
            "Nothing yet: give both systems the same inputs first.",
            false));
    cases.add(
        of(
            Conclusion.INCONCLUSIVE,
            new Finding.Unbound(new Gap.Input("layers.0.input_ln")),
            "Nothing yet: dump what the verdict names",
            false));
    cases.add(
        of(
            Conclusion.INCONCLUSIVE,
            new Finding.FromEarlier(new Replayed.Open(List.of("layers.0.input_ln"), 9)),
            "Nothing yet: dump what the verdict names",
            false));
    return cases;
  }

  @Test
  void everyVerdictHasItsAdvice() {
    for (Case one : cases()) {
      String given = one.given();
      assertTrue(given.startsWith(one.advice()), () -> one.verdict() + ": " + given);
      boolean check = new WhatToChange(one.told()).check(List.of("explain", "a")).isPresent();
      assertEquals(one.check(), check, () -> one.verdict() + ": " + given);
    }
    Set<Conclusion> verdicts =
        cases().stream()
            .map(Case::verdict)
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(Conclusion.class)));
    assertEquals(EnumSet.allOf(Conclusion.class), verdicts);
  }

  /** Nobody is told that nothing has to change unless that is known. */
  @Test
  void onlyRoundingNeedsNoChange() {
    for (Case one : cases()) {
      boolean needless =
          one.given().startsWith("Nothing") && !one.given().startsWith("Nothing yet");
      boolean right = one.verdict() == Conclusion.EQUAL || one.verdict() == Conclusion.ROUNDING;
      assertTrue(right || !needless, one.verdict().name());
    }
  }

  @Test
  void theCheckIsTheSameCommandForTheStageAlone() {
    SystemStage low = stage("b", FLOAT16, REPRODUCED);
    Explanation told = Told.of(Conclusion.ROUNDING, A, low, 2);
    List<String> given =
        List.of(
            "explain",
            "a.npz",
            "b.npz",
            "--weights",
            "w.npz",
            "--html",
            "x.html",
            "--details",
            "--csv=x.csv",
            "--recipe-out",
            "b=b.recipe",
            "--stages",
            "q_proj,k_proj",
            "--force");
    assertEquals(
        Optional.of(
            List.of("explain", "a.npz", "b.npz", "--weights", "w.npz", "--stages", "q_proj")),
        new WhatToChange(told).check(given));
  }
}

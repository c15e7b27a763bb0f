package org.bitref.cli.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.cli.console.Lines;
import org.bitref.probe.Decoded;
import org.bitref.probe.Decoded.Open;
import org.bitref.probe.function.FunctionFinding;
import org.bitref.probe.function.FunctionFinding.Difference;
import org.bitref.probe.function.FunctionFinding.Verdict;
import org.bitref.recipe.GemmRecipe;
import org.junit.jupiter.api.Test;

/** The words of a report. */
class DecodeReportTest {
  private static final String RECIPE =
      "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)";

  private static Decoded decoded(int column, String... recipes) {
    List<List<GemmRecipe>> classes =
        List.of(recipes).stream().map(GemmRecipe::parse).map(List::of).toList();
    return new Decoded(
        List.of(column, column + 1),
        classes,
        Optional.empty(),
        Optional.empty(),
        List.of(Open.Plain.NO_RECIPE),
        5);
  }

  @Test
  void columnsWithoutARecipeAreUndecided() {
    DecodeReport report =
        DecodeReport.of(
            DecodeReport.Product.of(List.of(decoded(0, RECIPE), decoded(2))),
            Optional.empty(),
            Map.of());
    assertEquals(DecodeReport.Verdict.AMBIGUOUS, report.findings().verdict());
    assertEquals(4, report.outcome().code());
    Lines lines = new Lines();
    report.text(lines);
    String text = lines.toString();
    assertTrue(text.contains("columns from 0 on (2 in all): " + RECIPE), text);
    assertTrue(text.contains("columns from 2 on (2 in all): undecided"), text);
  }

  @Test
  void whatIsNotTheTableIsSaid() {
    Difference difference = new Difference("CUDA expf", true, 1, "x = 2.0", "0x1", "0x4", 3);
    FunctionFinding finding =
        new FunctionFinding(
            "exp",
            Verdict.DIFFERS,
            Optional.empty(),
            List.of(),
            List.of(),
            5632,
            List.of(difference));
    String said = DecodeWords.sentence(finding);
    assertTrue(said.startsWith("differs from H100's table, CUDA expf at 1 of 5632 inputs"), said);
  }

  @Test
  void whatWasLeftIsSaid() {
    assertEquals(
        "The search was stopped after 3 million multiply-adds: 2 of 5 orders were left.",
        DecodeWords.open(new Open.Stopped(3 << 20, Open.Untried.ORDERS, 2, 5)));
  }
}

package org.bitref.cli.compare;

import java.util.List;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.Markdown;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Version;

/** A comparison to paste into an issue: the verdict, then the tensors, many of them folded up. */
final class CompareMarkdown {
  /** Tensors that are shown at once. */
  private static final int SHOWN = 20;

  private CompareMarkdown() {}

  static void write(CompareReport report, Markdown text) {
    String verdict = report.judged().map(StageResult::verdict).map(Json::token).orElse("equal");
    text.heading("bitref compare: " + verdict);
    text.paragraph("Verdict:", report.reason());
    text.list(List.of("A is " + report.a(), "B is " + report.b()));
    List<StageResult> beyond = report.beyondRounding();
    if (!beyond.isEmpty()) {
      text.paragraph("More than rounding:", "");
      text.list(
          beyond.stream()
              .limit(SHOWN)
              .map(stage -> VerdictWords.of(stage.name(), stage.findings().verdict()))
              .toList());
    }
    List<StageResult> unequal =
        report.stages().stream().filter(s -> s.figures().unequal() > 0).toList();
    if (unequal.size() <= SHOWN) {
      tensors(unequal, text);
    } else {
      text.folded(Numbers.count(unequal.size(), "unequal tensor"), () -> tensors(unequal, text));
    }
    report
        .first()
        .ifPresent(
            stage ->
                text.folded(
                    "Worst elements of " + stage.name(),
                    () -> text.table(CompareText.worst(stage, "at"))));
    text.paragraph("bitref " + Version.BITREF + ", commit " + Version.COMMIT + ".");
  }

  private static void tensors(List<StageResult> stages, Markdown text) {
    if (!stages.isEmpty()) {
      text.table(CompareText.figures(stages, "equal %"));
    }
  }
}

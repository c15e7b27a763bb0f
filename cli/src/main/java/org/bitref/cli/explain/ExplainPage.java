package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bitref.cli.console.Markup;
import org.bitref.cli.html.Origin;
import org.bitref.cli.html.Page;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.EqualPair;
import org.bitref.explain.Explanation.SystemInfo;
import org.bitref.explain.Preflight;

/** An explanation as a web page: the verdict, the answers, then what backs them. */
final class ExplainPage {
  private static final String ONLY_LAYER = "layers.0.";

  private final ExplainReport report;
  private final Explanation explanation;
  private final UnaryOperator<String> brief;
  private final Markup page = new Markup();

  private ExplainPage(ExplainReport report) {
    this.report = report;
    this.explanation = report.explanation();
    boolean oneLayer =
        explanation.stages().stream().allMatch(stage -> stage.name().startsWith(ONLY_LAYER));
    this.brief = words -> oneLayer ? words.replace(ONLY_LAYER, "") : words;
  }

  /**
   * The page.
   *
   * @param arguments the command line that was given, the command first
   */
  static String of(ExplainReport report, List<String> arguments) {
    ExplainPage built = new ExplainPage(report);
    built.body(arguments);
    return Page.of("bitref explain", built.page);
  }

  private void body(List<String> arguments) {
    Page.verdict(
        page,
        report.verdict(),
        brief.apply("Verdict: " + report.verdict() + ": " + report.reason() + "."));
    inputs();
    story();
    StageTables tables = new StageTables(page, explanation, brief);
    section("Stage by stage", tables::differences);
    section("Recipes", tables::recipes);
    section("Where the differences lie", () -> StageFigures.write(page, explanation, brief));
    section("Mean absolute differences", tables::means);
    if (explanation.chains().size() > 1) {
      section("Other pairs of systems", this::otherChains);
    }
    section("Evidence of the recipes", () -> RecipeEvidence.write(page, explanation, brief));
    section("Where the data comes from", this::provenance);
    section("How to reproduce", () -> Origin.command(page, arguments));
  }

  private void section(String heading, Runnable content) {
    page.open("section");
    page.element("h2", heading);
    content.run();
    page.close();
  }

  private void inputs() {
    Preflight inputs = explanation.inputs();
    if (inputs.checks().isEmpty()) {
      page.element(
          "p",
          brief.apply(
              "Inputs, one copy for all systems: " + String.join(", ", inputs.shared()) + "."));
      return;
    }
    page.element("p", "Inputs " + (inputs.allEqual() ? "are all equal:" : "are unequal:"));
    page.openTable("input", "equal", "of", "system", "against");
    for (Preflight.Check check : inputs.checks()) {
      page.row(
          "td",
          check.input(),
          Long.toString(check.equal()),
          Long.toString(check.total()),
          check.system(),
          check.other());
    }
    page.closeTable();
  }

  private void story() {
    Chain chain = explanation.chain();
    page.open("section", "class", "story");
    page.open("div");
    page.element("h2", "The chain: A is " + chain.a() + ", B is " + chain.b());
    ChainDrawing.write(page, explanation.stages(), chain, brief);
    page.close();
    page.open("div");
    page.element("h2", "Answers");
    page.open("dl");
    for (Chain.Answer answer : chain.answers()) {
      page.element("dt", answer.question());
      page.element("dd", brief.apply(answer.answer()));
    }
    page.close();
    if (chain.answers().isEmpty()) {
      page.element("p", "There is no difference to ask about.");
    }
    explanation.equal().forEach(this::equal);
    page.close();
    page.close();
  }

  private void equal(EqualPair pair) {
    page.element(
        "p",
        brief.apply(
            "%s and %s are equal in all %d outputs of %s."
                .formatted(pair.a(), pair.b(), pair.outputs(), String.join(", ", pair.stages()))));
  }

  private void otherChains() {
    for (Chain other : explanation.chains().subList(1, explanation.chains().size())) {
      page.open("details");
      page.element(
          "summary",
          "%s and %s: %s"
              .formatted(
                  other.a(),
                  other.b(),
                  other.start() == null ? "equal" : "from " + brief.apply(other.start()) + " on"));
      page.open("dl");
      for (Chain.Answer answer : other.answers()) {
        page.element("dt", answer.question());
        page.element("dd", brief.apply(answer.answer()));
      }
      page.close();
      page.close();
    }
  }

  /** Systems of one file share what it says. */
  private void provenance() {
    page.element("p", "Read from: " + String.join(", ", report.files()));
    Map<Map<String, String>, List<String>> systems = new LinkedHashMap<>();
    for (SystemInfo system : explanation.systems()) {
      systems
          .computeIfAbsent(system.provenance(), ignored -> new ArrayList<>())
          .add(
              "%s (%d of %d stages recomputed)"
                  .formatted(system.name(), system.recomputed(), system.stages()));
    }
    systems.forEach(
        (metadata, names) -> {
          page.element("h3", String.join(", ", names));
          Origin.metadata(page, metadata);
        });
  }
}

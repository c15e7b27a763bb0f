package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bitref.cli.console.Markup;
import org.bitref.cli.console.Table;
import org.bitref.cli.html.Origin;
import org.bitref.cli.html.Page;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.SystemInfo;
import org.bitref.explain.Preflight;
import org.bitref.explain.Scope;

/** An explanation as a web page: the verdict, the answers, then what backs them. */
final class ExplainPage {
  private final ExplainReport report;
  private final Explanation explanation;
  private final UnaryOperator<String> brief;
  private final Markup page = new Markup();

  private ExplainPage(ExplainReport report) {
    this.report = report;
    this.explanation = report.explanation();
    boolean oneLayer = ExplainText.isOneLayer(explanation);
    this.brief = words -> ExplainText.brief(words, oneLayer);
  }

  /** The page. */
  static String of(ExplainReport report) {
    ExplainPage built = new ExplainPage(report);
    built.body();
    return Page.of("bitref explain", built.page);
  }

  private void body() {
    Page.verdict(page, report.verdict(), brief.apply(ExplainText.verdict(explanation)));
    inputs();
    scope();
    story();
    StageTables tables = new StageTables(page, explanation, brief);
    section("Stage by stage", tables::differences);
    section("Recipes", tables::recipes);
    section("Where the differences lie", () -> StageFigures.write(page, explanation, brief));
    section("Mean absolute differences", tables::means);
    if (explanation.chains().size() > 1) {
      section("Other pairs of systems", this::otherChains);
    }
    section("Evidence of the recipes", tables::evidence);
    section("Where the data comes from", this::provenance);
    section("How to reproduce", () -> Origin.command(page, report.arguments()));
  }

  private void section(String heading, Runnable content) {
    page.open("section");
    page.element("h2", heading);
    content.run();
    page.close();
  }

  private void inputs() {
    Preflight inputs = explanation.inputs();
    List<String> shared = Story.shared(inputs);
    if (!shared.isEmpty()) {
      String names = String.join(", ", shared);
      page.element("p", brief.apply("Inputs, one copy for all systems: " + names + "."));
    }
    ReadingWords.of(report.reading()).forEach(words -> page.element("p", brief.apply(words + ".")));
    if (inputs.checks().isEmpty()) {
      return;
    }
    page.element("p", "Inputs " + (inputs.allEqual() ? "are all equal:" : "are unequal:"));
    Table.of(inputs.checks())
        .column("input", Preflight.Check::input)
        .column("equal", Preflight.Check::equal)
        .column("of", Preflight.Check::total)
        .column("system", Preflight.Check::system)
        .column("against", Preflight.Check::other)
        .html(page);
  }

  private void scope() {
    Scope scope = explanation.scope();
    if (!scope.isAll()) {
      page.element("p", ScopeWords.of(scope));
      scope
          .before(explanation.chain())
          .ifPresent(
              before -> page.element("p", brief.apply(ScopeWords.answer(before)), "class", "note"));
    }
  }

  private void story() {
    Chain chain = explanation.chain();
    page.open("section", "class", "story");
    page.open("div");
    page.element("h2", "The chain: A is " + chain.a() + ", B is " + chain.b());
    ChainDrawing.write(page, explanation, brief);
    page.close();
    page.open("div");
    page.element("h2", "Answers");
    answers(chain);
    if (chain.start().isEmpty()) {
      page.element("p", "There is no difference to ask about.");
    }
    explanation.equal().forEach(pair -> page.element("p", brief.apply(Story.equal(pair))));
    page.close();
    page.close();
  }

  private void answers(Chain chain) {
    page.open("dl");
    for (Story.Answer answer : Story.of(explanation, chain).answers()) {
      page.element("dt", answer.question());
      page.element("dd", brief.apply(answer.answer()));
    }
    page.close();
  }

  private void otherChains() {
    for (Chain other : explanation.otherChains()) {
      page.open("details");
      page.element(
          "summary",
          "%s and %s: %s"
              .formatted(
                  other.a(),
                  other.b(),
                  other.start().map(s -> "from " + brief.apply(s) + " on").orElse("equal")));
      answers(other);
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
              "%s (%s of %s stages recomputed)"
                  .formatted(system.name(), system.recomputed(), system.stages()));
    }
    systems.forEach(
        (metadata, names) -> {
          page.element("h3", String.join(", ", names));
          Origin.metadata(page, metadata);
        });
  }
}

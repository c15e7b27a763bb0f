package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.bitref.cli.console.Markup;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Table;
import org.bitref.cli.html.Facts;
import org.bitref.cli.html.Origin;
import org.bitref.cli.html.Page;
import org.bitref.cli.html.Tabs;
import org.bitref.cli.words.DeviceWords;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.SystemInfo;
import org.bitref.explain.Preflight;
import org.bitref.explain.Scope;
import org.bitref.explain.StageReport;
import org.bitref.model.StageNames;
import org.bitref.recipe.Device;

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
    Facts.write(page, report.arguments(), facts());
    inputs();
    scope();
    pairs();
    StageTables tables = new StageTables(page, explanation, brief);
    section("Recipes", tables::recipes);
    if (explanation.chains().size() > 1) {
      section("Mean absolute differences", tables::means);
    }
    section("Evidence of the recipes", tables::evidence);
    section("What the files say of themselves", this::provenance);
  }

  private List<Facts.Fact> facts() {
    List<Facts.Fact> facts = new ArrayList<>();
    facts.add(new Facts.Fact("Files", String.join(", ", report.files())));
    bySource()
        .forEach(
            (metadata, systems) ->
                facts.add(
                    new Facts.Fact(
                        systems.stream().map(SystemInfo::name).collect(Collectors.joining(", ")),
                        Facts.about(metadata, devices(systems)) + "; " + recomputed(systems))));
    facts.add(new Facts.Fact("Shapes", shapes()));
    return facts;
  }

  /** Kinds of stages of one shape stand together. */
  private String shapes() {
    Map<String, Set<String>> kinds = new LinkedHashMap<>();
    for (StageReport.Both both : explanation.along(explanation.chain())) {
      kinds
          .computeIfAbsent(StageTables.shape(both), _ -> new LinkedHashSet<>())
          .add(StageNames.last(both.stage()));
    }
    return kinds.entrySet().stream()
        .map(kind -> kind.getKey() + " " + String.join(", ", kind.getValue()))
        .collect(Collectors.joining("; ", "", " (tokens × channels)"));
  }

  private void pairs() {
    Tabs.open(page);
    for (Chain chain : explanation.chains()) {
      Tabs.section(
          page, chain.a() + " and " + chain.b(), new PairPanel(page, report, chain, brief)::write);
    }
    page.close();
    explanation.equal().forEach(pair -> page.element("p", brief.apply(Story.equal(pair))));
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
    page.open("details", inputs.allEqual() ? new String[0] : new String[] {"open", "open"});
    page.element(
        "summary",
        "Inputs: %s, %s"
            .formatted(
                Numbers.count(inputs.checks().size(), "tensor"),
                inputs.allEqual() ? "all equal" : "UNEQUAL"));
    Table.of(inputs.checks())
        .column("input", Preflight.Check::input)
        .column("equal", Preflight.Check::equal)
        .column("of", Preflight.Check::total)
        .column("system", Preflight.Check::system)
        .column("against", Preflight.Check::other)
        .html(page);
    page.close();
  }

  private void scope() {
    Scope scope = explanation.scope();
    if (!scope.isAll()) {
      page.element("p", ScopeWords.of(scope));
      scope
          .before(explanation.chain())
          .ifPresent(
              before ->
                  page.element("p", brief.apply(ScopeWords.unequal(before)), "class", "note"));
    }
  }

  /** What each ran on, where that is known: said once if it is one device. */
  private static String devices(List<SystemInfo> systems) {
    boolean one = systems.stream().map(SystemInfo::device).distinct().count() == 1;
    return systems.stream()
        .limit(one ? 1 : systems.size())
        .filter(system -> system.device() != Device.UNKNOWN)
        .map(system -> (one ? "" : system.name() + " ") + DeviceWords.said(system.device()))
        .collect(Collectors.joining(", "));
  }

  private static String recomputed(List<SystemInfo> systems) {
    return systems.stream()
        .map(system -> system.recomputed() + " of " + system.stages())
        .collect(Collectors.joining(", ", "stages recomputed: ", ""));
  }

  /** Systems of one file share what it says. */
  private Map<Map<String, String>, List<SystemInfo>> bySource() {
    Map<Map<String, String>, List<SystemInfo>> systems = new LinkedHashMap<>();
    for (SystemInfo system : explanation.systems()) {
      systems.computeIfAbsent(system.provenance(), _ -> new ArrayList<>()).add(system);
    }
    return systems;
  }

  private void provenance() {
    bySource()
        .forEach(
            (metadata, systems) -> {
              page.element(
                  "h3", systems.stream().map(SystemInfo::name).collect(Collectors.joining(", ")));
              Origin.metadata(page, metadata);
            });
  }
}

package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bitref.cli.console.Markup;
import org.bitref.cli.console.Numbers;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.SystemInfo;
import org.bitref.explain.PairStage;
import org.bitref.explain.StageReport;
import org.bitref.explain.SystemStage;
import org.bitref.search.Identification;

/** What is known of every stage, as tables. */
final class StageTables {
  private final Markup page;
  private final Explanation explanation;
  private final Chain chain;
  private final UnaryOperator<String> brief;

  StageTables(Markup page, Explanation explanation, UnaryOperator<String> brief) {
    this.page = page;
    this.explanation = explanation;
    this.chain = explanation.chain();
    this.brief = brief;
  }

  /** The pair of the chain. */
  void differences() {
    page.element("p", "A = " + chain.a() + ", B = " + chain.b());
    page.openTable(
        "stage",
        "equal",
        "of",
        "unequal %",
        "max ULP",
        "mean |A − B|",
        "inherited %",
        "own A",
        "own B",
        "gain",
        "nearer");
    for (StageReport stage : explanation.stages()) {
      PairStage pair = stage.pair(chain.a(), chain.b());
      if (pair != null) {
        difference(stage, pair);
      }
    }
    page.closeTable();
    page.element(
        "p",
        "mean ± its standard error over rows. own: mean absolute error on the system's own inputs."
            + " gain: growth of the inherited difference relative to its size. nearer: the system"
            + " with the smaller own error.",
        "class",
        "note");
  }

  private void difference(StageReport stage, PairStage pair) {
    PairStage.Cause cause = pair.cause();
    long total = pair.comparison().total();
    long equal = pair.comparison().equal();
    page.open("tr");
    cells(
        brief.apply(stage.name()),
        Long.toString(equal),
        Long.toString(total),
        Numbers.percent(total - equal, total),
        Numbers.ulps(pair.comparison().maxUlp()));
    mean(pair.mean());
    cells(
        cause == null ? "bridged" : fixed(100 * cause.inheritedShare(), 1),
        own(stage.system(chain.a())),
        own(stage.system(chain.b())),
        cause == null || cause.gain() == null ? "–" : fixed(cause.gain(), 2),
        pair.nearer() == null ? "–" : pair.nearer());
    page.close();
  }

  private void cells(String... texts) {
    for (String text : texts) {
      page.element("td", text);
    }
  }

  private static String own(SystemStage system) {
    return system.ownError() == null ? "–" : Numbers.brief(system.ownError().meanAbs());
  }

  /** A line may break between the mean and its error, nowhere else. */
  private void mean(PairStage.MeanDifference mean) {
    page.open("td", "class", "mean");
    page.element("span", Numbers.brief(mean.mean()));
    if (Double.isFinite(mean.standardError())) {
      page.text(" ");
      page.element("span", "± " + Numbers.brief(mean.standardError()));
    }
    page.close();
  }

  /** So many digits behind the point; a power of ten where the number is too long for that. */
  static String fixed(double x, int digits) {
    return x >= 1e4 ? Numbers.brief(x) : String.format(Locale.ROOT, "%." + digits + "f", x);
  }

  /** Stages against systems; recipes stand below under their numbers. */
  void recipes() {
    List<String> heads = new ArrayList<>(List.of("stage"));
    explanation.systems().forEach(system -> heads.add(system.name()));
    Map<String, String> numbers = new LinkedHashMap<>();
    page.openTable(heads.toArray(String[]::new));
    for (StageReport stage : explanation.stages()) {
      page.open("tr");
      page.element("td", brief.apply(stage.name()));
      for (SystemInfo system : explanation.systems()) {
        SystemStage known = stage.system(system.name());
        if (known == null) {
          page.element("td", "");
        } else {
          recipe(known, numbers);
        }
      }
      page.close();
    }
    page.closeTable();
    page.element(
        "p",
        "Equal outputs of all outputs, by the recipe of that number; without one, of the nearest."
            + " ≈: other functions fit as well.",
        "class",
        "note");
    page.open("dl", "class", "recipes");
    numbers.forEach(
        (text, number) -> {
          page.element("dt", number);
          page.element("dd", text);
        });
    page.close();
  }

  private void recipe(SystemStage known, Map<String, String> numbers) {
    String status = known.status().name().toLowerCase(Locale.ROOT);
    page.open("td", "class", "status " + status, "title", brief.apply(known.reason()));
    page.element("span", status);
    Identification found = known.identification();
    if (found != null && !found.best().isEmpty()) {
      String text = found.best().getFirst().recipe().text();
      String number = numbers.computeIfAbsent(text, t -> "R" + (numbers.size() + 1));
      page.empty("br");
      page.text(
          "%d of %d %s%s"
              .formatted(
                  found.best().getFirst().equal(),
                  found.total(),
                  number,
                  found.ties().isEmpty() ? "" : " ≈"));
    }
    if (!known.unrounded().isEmpty()) {
      page.empty("br");
      page.text("from unrounded " + brief.apply(String.join(", ", known.unrounded())));
    }
    page.close();
  }

  /** All pairs of whole systems. */
  void means() {
    List<String> heads = new ArrayList<>(List.of("stage"));
    explanation.chains().forEach(pair -> heads.add(pair.a() + " − " + pair.b()));
    page.openTable(heads.toArray(String[]::new));
    for (StageReport stage : explanation.stages()) {
      page.open("tr");
      page.element("td", brief.apply(stage.name()));
      for (Chain pair : explanation.chains()) {
        PairStage both = stage.pair(pair.a(), pair.b());
        if (both == null) {
          page.element("td", "–");
        } else {
          mean(both.mean());
        }
      }
      page.close();
    }
    page.closeTable();
    page.element(
        "p",
        "mean ± its standard error, with the captured tokens as the sample: errors within a token's"
            + " row are alike.",
        "class",
        "note");
  }
}

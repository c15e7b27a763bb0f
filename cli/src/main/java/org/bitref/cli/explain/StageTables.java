package org.bitref.cli.explain;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bitref.cli.console.Markup;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Table;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.SystemInfo;
import org.bitref.explain.PairStage;
import org.bitref.explain.StageReport;
import org.bitref.explain.StageReport.Both;
import org.bitref.explain.SystemStage;
import org.bitref.explain.SystemStage.Recomputed;
import org.bitref.search.Identification;

/**
 * What is known of every stage, as tables of a page.
 *
 * @param brief shortens texts with names of stages
 */
record StageTables(Markup page, Explanation explanation, UnaryOperator<String> brief) {

  private void note(String words) {
    page.element("p", words, "class", "note");
  }

  /** Tokens × channels. */
  static String shape(Both both) {
    PairStage.ErrorMap map = both.pair().places().map();
    return map.tokens() + " × " + map.channels();
  }

  static String unequal(Both both) {
    return Numbers.percent(both.unequal(), both.pair().comparison().total());
  }

  static String inherited(PairStage pair, String none) {
    return pair.cause().map(cause -> fixed(100 * cause.inheritedShare(), 1)).orElse(none);
  }

  static String gain(PairStage pair, String none) {
    return pair.cause().flatMap(PairStage.Cause::gain).map(gain -> fixed(gain, 2)).orElse(none);
  }

  static String own(SystemStage system, String none) {
    return system.recomputed().map(known -> Numbers.brief(known.ownError().meanAbs())).orElse(none);
  }

  /** The system nearer the exact result, or {@code same}. */
  static Optional<String> nearer(PairStage pair) {
    return pair.nearer()
        .map(
            nearer ->
                switch (nearer) {
                  case A -> pair.a();
                  case B -> pair.b();
                  case SAME -> "same";
                });
  }

  /** So many digits behind the point; a power of ten where the number is too long for that. */
  static String fixed(double x, int digits) {
    return x >= 1e4 ? Numbers.brief(x) : String.format(Locale.ROOT, "%." + digits + "f", x);
  }

  /** A line may break between the mean and its error, nowhere else. */
  static void mean(Markup page, PairStage pair) {
    PairStage.MeanDifference mean = pair.mean();
    page.open("td", "class", "mean");
    page.element("span", Numbers.brief(mean.mean()));
    if (Double.isFinite(mean.standardError())) {
      page.text(" ");
      page.element("span", "± " + Numbers.brief(mean.standardError()));
    }
    page.close();
  }

  /** Stages against systems, by layers; recipes stand below under their numbers. */
  void recipes() {
    Map<String, String> numbers = new LinkedHashMap<>();
    List<Layer<StageReport>> layers = Layer.of(explanation.stages(), StageReport::name);
    for (Layer<StageReport> layer : layers) {
      page.open("details", layers.size() == 1 ? new String[] {"open", "open"} : new String[0]);
      page.element("summary", layer.name() + ": " + Numbers.count(layer.stages().size(), "stage"));
      recipes(layer, numbers);
      page.close();
    }
    note(
        "Equal outputs of all outputs, by the recipe of that number; without one, of the nearest."
            + " ≈: other functions fit as well.");
    page.open("dl", "class", "recipes");
    numbers.forEach(
        (text, number) -> {
          page.element("dt", number);
          page.element("dd", text);
        });
    page.close();
  }

  private void recipes(Layer<StageReport> layer, Map<String, String> numbers) {
    Table<StageReport> table =
        Table.of(layer.stages()).column("stage", stage -> layer.brief(stage.name()));
    for (SystemInfo info : explanation.systems()) {
      table.column(
          info.name(),
          _ -> "",
          (_, stage) ->
              stage
                  .system(info.name())
                  .ifPresentOrElse(
                      system -> recipe(system, numbers), () -> page.element("td", "")));
    }
    table.html(page);
  }

  private Table<StageReport> stages() {
    return Table.of(explanation.stages()).column("stage", stage -> brief.apply(stage.name()));
  }

  private void recipe(SystemStage system, Map<String, String> numbers) {
    String title = brief.apply(StageWords.reason(system));
    page.open("td", "class", "status " + StageWords.status(system), "title", title);
    page.element("span", Markers.of(system.status()) + " " + StageWords.words(system.status()));
    system
        .best()
        .ifPresent(
            best -> {
              Identification found = system.recomputed().orElseThrow().search();
              String number =
                  numbers.computeIfAbsent(best.recipe().text(), _ -> "R" + (numbers.size() + 1));
              String others = found.ties().isEmpty() ? "" : " ≈";
              page.empty("br");
              page.text("%s of %s %s%s".formatted(best.equal(), found.total(), number, others));
            });
    system
        .recomputed()
        .map(Recomputed::unrounded)
        .filter(inputs -> !inputs.isEmpty())
        .ifPresent(
            inputs -> {
              page.empty("br");
              page.text("from unrounded " + brief.apply(String.join(", ", inputs)));
            });
    page.close();
  }

  /** All pairs of whole systems. */
  void means() {
    Table<StageReport> table = stages();
    for (Chain pair : explanation.chains()) {
      table.column(
          pair.a() + " − " + pair.b(),
          _ -> "",
          (_, stage) ->
              stage
                  .both(pair.a(), pair.b())
                  .ifPresentOrElse(both -> mean(page, both.pair()), () -> page.element("td", "–")));
    }
    table.html(page);
    note(
        "mean ± its standard error, with the captured tokens as the sample: errors within a token's"
            + " row are alike.");
  }

  /** The searches behind the recipes, system by system. */
  void evidence() {
    for (SystemInfo system : explanation.systems()) {
      page.open("details");
      page.element("summary", system.name());
      explanation.of(system.name()).forEach(this::evidence);
      page.close();
    }
  }

  private void evidence(String name, SystemStage system) {
    String reason = StageWords.reason(system);
    String line =
        "%s (%s): %s: %s"
            .formatted(
                brief.apply(name),
                system.dtype(),
                StageWords.words(system.status()),
                brief.apply(reason));
    if (system.recomputed().isEmpty()) {
      page.element("p", line);
      return;
    }
    Identification found = system.recomputed().get().search();
    page.open("details");
    page.element("summary", line);
    if (!SearchWords.reason(found).equals(reason)) {
      page.element("p", "Search: " + SearchWords.reason(found) + ".");
    }
    SearchEvidence.write(page, found);
    page.close();
  }
}

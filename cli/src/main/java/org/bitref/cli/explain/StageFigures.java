package org.bitref.cli.explain;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.bitref.cli.console.Markup;
import org.bitref.cli.html.Bars;
import org.bitref.cli.html.HeatMap;
import org.bitref.explain.PairStage;
import org.bitref.explain.PairStage.ErrorMap;
import org.bitref.explain.PairStage.Share;
import org.bitref.explain.StageReport.Both;
import org.bitref.explain.Structure;

/** Where the differences of a pair lie, and how large they are. */
final class StageFigures {
  /** A page of a whole model stays small. */
  private static final int MOST = 40;

  private StageFigures() {}

  static void write(Markup page, List<Both> stages, UnaryOperator<String> brief) {
    List<Both> unequal = stages.stream().filter(both -> both.unequal() > 0).toList();
    Set<Both> shown =
        unequal.stream()
            .sorted(Comparator.comparingDouble(both -> both.pair().comparison().snrDecibels()))
            .limit(MOST)
            .collect(Collectors.toSet());
    List<Both> told = unequal.stream().filter(shown::contains).toList();
    if (told.size() < unequal.size()) {
      page.element(
          "p",
          "Of %s unequal stages the %s with the least signal to noise are looked at here."
              .formatted(unequal.size(), told.size()));
    }
    List<Both> mapped = told.stream().filter(both -> Structure.isIn(both.pair())).toList();
    if (!mapped.isEmpty()) {
      page.open("div", "class", "figures");
      mapped.forEach(both -> figure(page, brief.apply(both.stage()), both.pair()));
      page.close();
    }
    even(page, told.stream().filter(both -> !mapped.contains(both)).toList(), brief);
    if (!told.isEmpty()) {
      ulps(page, told, brief);
    }
  }

  private static void figure(Markup page, String stage, PairStage pair) {
    ErrorMap map = pair.places().map();
    page.open("figure");
    page.element("h4", stage);
    new HeatMap(map.means())
        .write(
            page, "Mean absolute difference over tokens and channels", "mean |A − B| of a block");
    page.element(
        "p",
        "Down: %s tokens in %s blocks. Across: %s channels in %s blocks."
            .formatted(
                map.tokens(), map.means().size(), map.channels(), map.means().getFirst().size()),
        "class",
        "note");
    page.element("p", "Top channels: " + shares(pair.places().channels()));
    page.element("p", "Top tokens: " + shares(pair.places().tokens()));
    page.close();
  }

  private static void even(Markup page, List<Both> stages, UnaryOperator<String> brief) {
    if (!stages.isEmpty()) {
      page.element(
          "p",
          stages.stream()
              .map(both -> brief.apply(both.stage()))
              .collect(
                  Collectors.joining(
                      ", ",
                      "No map, for no block of tokens and channels stands out (none has twice the"
                          + " mean, or none more than chance gives): ",
                      ".")));
    }
  }

  private static void ulps(Markup page, List<Both> stages, UnaryOperator<String> brief) {
    page.open("details");
    page.element("summary", "How many outputs differ by how many ULP, by stages");
    page.open("div", "class", "figures");
    for (Both both : stages) {
      page.open("div");
      page.element("h4", brief.apply(both.stage()));
      Bars.write(page, "ULP", both.pair().comparison().ulps().buckets());
      page.close();
    }
    page.close();
    page.close();
  }

  private static String shares(List<Share> shares) {
    return shares.stream()
        .map(one -> String.format(Locale.ROOT, "%d: %.1f %%", one.index(), 100 * one.share()))
        .collect(Collectors.joining(", ", "", " of the squared difference."));
  }
}

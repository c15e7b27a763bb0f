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
import org.bitref.explain.Explanation;
import org.bitref.explain.PairStage;
import org.bitref.explain.PairStage.ErrorMap;
import org.bitref.explain.PairStage.Share;
import org.bitref.explain.StageReport.Both;

/** Where the differences of the pair of the chain lie, and how large they are. */
final class StageFigures {
  /** A page of a whole model stays small. */
  private static final int MOST = 40;

  private StageFigures() {}

  static void write(Markup page, Explanation explanation, UnaryOperator<String> brief) {
    List<Both> unequal =
        explanation.along(explanation.chain()).stream().filter(both -> both.unequal() > 0).toList();
    Set<Both> shown =
        unequal.stream()
            .sorted(Comparator.comparingDouble(both -> both.pair().comparison().snrDecibels()))
            .limit(MOST)
            .collect(Collectors.toSet());
    if (shown.size() < unequal.size()) {
      page.element(
          "p",
          "Of %s unequal stages the %s with the least signal to noise are shown."
              .formatted(unequal.size(), shown.size()));
    }
    page.open("div", "class", "figures");
    for (Both both : unequal) {
      if (shown.contains(both)) {
        page.open("figure");
        page.element("h3", brief.apply(both.stage()));
        figure(page, both.pair());
        page.close();
      }
    }
    page.close();
  }

  private static void figure(Markup page, PairStage pair) {
    ErrorMap map = pair.places().map();
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
    Bars.write(page, "ULP", pair.comparison().ulps().buckets());
  }

  private static String shares(List<Share> shares) {
    return shares.stream()
        .map(one -> String.format(Locale.ROOT, "%d: %.1f %%", one.index(), 100 * one.share()))
        .collect(Collectors.joining(", ", "", " of the squared difference."));
  }
}

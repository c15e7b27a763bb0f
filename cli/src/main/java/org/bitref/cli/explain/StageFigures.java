package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.bitref.cli.console.Markup;
import org.bitref.cli.html.Bars;
import org.bitref.cli.html.Bars.Bar;
import org.bitref.cli.html.HeatMap;
import org.bitref.compare.UlpHistogram;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.PairStage;
import org.bitref.explain.PairStage.ErrorMap;
import org.bitref.explain.PairStage.Share;
import org.bitref.explain.StageReport;

/** Where the differences of the pair of the chain lie, and how large they are. */
final class StageFigures {
  /** A page of a whole model stays small. */
  private static final int MOST = 40;

  private StageFigures() {}

  static void write(Markup page, Explanation explanation, UnaryOperator<String> brief) {
    Chain chain = explanation.chain();
    List<StageReport> unequal =
        explanation.stages().stream()
            .filter(stage -> stage.pair(chain.a(), chain.b()) != null)
            .filter(stage -> !stage.pair(chain.a(), chain.b()).comparison().allEqual())
            .toList();
    List<StageReport> shown = largest(unequal, chain);
    if (shown.size() < unequal.size()) {
      page.element(
          "p",
          "Of %d unequal stages the %d with the least signal to noise are shown."
              .formatted(unequal.size(), shown.size()));
    }
    page.open("div", "class", "figures");
    for (StageReport stage : shown) {
      page.open("figure");
      page.element("h3", brief.apply(stage.name()));
      figure(page, stage.pair(chain.a(), chain.b()));
      page.close();
    }
    page.close();
  }

  private static List<StageReport> largest(List<StageReport> unequal, Chain chain) {
    List<StageReport> order = new ArrayList<>(unequal);
    order.sort(
        Comparator.comparingDouble(
            stage -> stage.pair(chain.a(), chain.b()).comparison().snrDecibels()));
    Set<StageReport> chosen = new HashSet<>(order.subList(0, Math.min(MOST, order.size())));
    return unequal.stream().filter(chosen::contains).toList();
  }

  private static void figure(Markup page, PairStage pair) {
    ErrorMap map = pair.map();
    new HeatMap(map.means())
        .write(
            page, "Mean absolute difference over tokens and channels", "mean |A − B| of a block");
    page.element(
        "p",
        "Down: %d tokens in %d blocks. Across: %d channels in %d blocks."
            .formatted(
                map.tokens(), map.means().size(), map.channels(), map.means().getFirst().size()),
        "class",
        "note");
    page.element("p", "Top channels: " + shares(pair.channels()));
    page.element("p", "Top tokens: " + shares(pair.tokens()));
    List<Bar> bars = new ArrayList<>();
    List<Long> counts = pair.comparison().ulps().counts();
    for (int i = 0; i < counts.size(); i++) {
      if (counts.get(i) > 0) {
        bars.add(new Bar(UlpHistogram.label(i), counts.get(i)));
      }
    }
    Bars.write(page, "ULP", bars);
  }

  private static String shares(List<Share> shares) {
    return shares.stream()
        .map(one -> String.format(Locale.ROOT, "%d: %.1f %%", one.index(), 100 * one.share()))
        .collect(Collectors.joining(", ", "", " of the squared difference."));
  }
}

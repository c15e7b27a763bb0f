package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bitref.cli.console.Markup;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Table;
import org.bitref.cli.html.LogBars;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.PairStage;
import org.bitref.explain.StageReport.Both;
import org.bitref.explain.SystemStage;
import org.bitref.explain.SystemStage.Recomputed;

/** The stages of a pair by layers: what differs as a table, what is equal in a line. */
final class LayerTables {
  private final Markup page;
  private final Chain chain;
  private final UnaryOperator<String> brief;
  private final List<Both> stages;
  private final LogBars scale;

  private LayerTables(
      Markup page, Explanation explanation, Chain chain, UnaryOperator<String> brief) {
    this.page = page;
    this.chain = chain;
    this.brief = brief;
    this.stages = explanation.along(chain);
    this.scale =
        LogBars.of(
            stages.stream().flatMap(s -> Stream.of(s.a(), s.b())).mapToDouble(LayerTables::own));
  }

  static void write(
      Markup page, Explanation explanation, Chain chain, UnaryOperator<String> brief) {
    new LayerTables(page, explanation, chain, brief).write();
  }

  private static double own(SystemStage system) {
    return system.recomputed().map(Recomputed::ownError).map(e -> e.meanAbs()).orElse(0.0);
  }

  private void write() {
    List<Layer<Both>> equal = new ArrayList<>();
    for (Layer<Both> layer : Layer.of(stages, Both::stage)) {
      if (layer.stages().stream().allMatch(stage -> stage.unequal() == 0)) {
        equal.add(layer);
      } else {
        folded(equal);
        layer(layer);
      }
    }
    folded(equal);
    legend();
  }

  /** Layers without any difference, in one line. */
  private void folded(List<Layer<Both>> layers) {
    if (!layers.isEmpty()) {
      int count = layers.stream().mapToInt(layer -> layer.stages().size()).sum();
      String names =
          layers.getFirst().name()
              + (layers.size() == 1 ? "" : " to " + Markers.lower(layers.getLast().name()));
      page.element(
          "p",
          "= %s: %s, equal in every output.".formatted(names, Numbers.count(count, "stage")),
          "class",
          "folded");
      layers.clear();
    }
  }

  private boolean isTold(Layer<Both> layer) {
    List<String> told =
        Stream.concat(
                chain.start().stream(), chain.amplifiers().stream().map(Chain.Amplifier::stage))
            .toList();
    return layer.stages().stream().anyMatch(stage -> told.contains(stage.stage()));
  }

  private void layer(Layer<Both> layer) {
    List<Both> unequal = layer.stages().stream().filter(stage -> stage.unequal() > 0).toList();
    page.open("details", isTold(layer) ? new String[] {"open", "open"} : new String[0]);
    page.element("summary", summary(layer, unequal));
    table(layer, unequal);
    String equal =
        layer.stages().stream()
            .filter(stage -> stage.unequal() == 0)
            .map(stage -> layer.brief(stage.stage()))
            .collect(Collectors.joining(", "));
    if (!equal.isEmpty()) {
      page.element("p", "= Equal in every output: " + equal + ".", "class", "folded");
    }
    page.close();
  }

  private String summary(Layer<Both> layer, List<Both> unequal) {
    double most = unequal.stream().mapToDouble(stage -> stage.pair().relative()).max().orElse(0);
    boolean start =
        layer.stages().stream().anyMatch(s -> chain.start().equals(Optional.of(s.stage())));
    return "%s: %s of %s unequal, at most %s%s"
        .formatted(
            layer.name(),
            unequal.size(),
            Numbers.count(layer.stages().size(), "stage"),
            StoryTeller.ofSize(most),
            start ? "; the difference starts here" : "");
  }

  private void table(Layer<Both> layer, List<Both> unequal) {
    Table.of(unequal)
        .kinds(both -> chain.start().equals(Optional.of(both.stage())) ? "start" : "")
        .column("stage", both -> layer.brief(both.stage()))
        .column("A, B", _ -> "", (_, both) -> marks(both))
        .column("equal", both -> both.pair().comparison().equal())
        .column("of", both -> both.pair().comparison().total())
        .column("unequal %", StageTables::unequal)
        .column("max ULP", both -> Numbers.ulps(both.pair().comparison().maxUlp()))
        .column("mean |A − B|", _ -> "", (_, both) -> StageTables.mean(page, both.pair()))
        .column("of its size", both -> Numbers.brief(both.pair().relative()))
        .column("inherited %", both -> StageTables.inherited(both.pair(), "–"))
        .column("gain", _ -> "", (_, both) -> gain(both))
        .column("own: A ●, B ◆", _ -> "", (_, both) -> bars(both))
        .column("own A", both -> StageTables.own(both.a(), "–"))
        .column("own B", both -> StageTables.own(both.b(), "–"))
        .column("nearer", both -> StageTables.nearer(both.pair()).map(this::side).orElse("–"))
        .html(page);
  }

  /** Only what grows stands out, as far as its digits tell. */
  private void gain(Both both) {
    String gain = StageTables.gain(both.pair(), "–");
    boolean grows =
        !gain.equals(StageTables.fixed(1, 2))
            && both.pair().cause().flatMap(PairStage.Cause::gain).filter(x -> x > 1).isPresent();
    page.open("td");
    page.element(grows ? "b" : "span", gain);
    page.close();
  }

  private void bars(Both both) {
    page.open("td");
    if (both.a().recomputed().isPresent() || both.b().recomputed().isPresent()) {
      scale.write(page, own(both.a()), own(both.b()));
    }
    page.close();
  }

  private String side(String nearer) {
    return nearer.equals(chain.a()) ? "A" : nearer.equals(chain.b()) ? "B" : nearer;
  }

  private void marks(Both both) {
    page.open("td", "class", "marks");
    for (SystemStage system : List.of(both.a(), both.b())) {
      String title = brief.apply(system.system() + ": " + StageWords.known(system));
      String mark = Markers.of(system.status());
      page.element("span", mark, "class", StageWords.status(system), "title", title);
      page.text(" ");
    }
    page.close();
  }

  private void legend() {
    page.open("p", "class", "legend");
    for (SystemStage.Status status : SystemStage.Status.values()) {
      page.open("span");
      page.element("span", Markers.of(status), "class", "mark " + StageWords.name(status));
      page.text(" " + StageWords.words(status));
      page.close();
      page.text(" ");
    }
    page.close();
    page.element(
        "p",
        "own: mean absolute error on the system's own inputs; its bars are logarithmic, "
            + scale.scale()
            + ". mean ± its standard error over rows. of its size: root mean square of A − B over"
            + " that of A. gain: growth of the inherited difference relative to its size, bold"
            + " above 1. nearer: the system with the smaller own error.",
        "class",
        "note");
  }
}

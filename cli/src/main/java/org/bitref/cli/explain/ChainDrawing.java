package org.bitref.cli.explain;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bitref.cli.console.Markup;
import org.bitref.compare.TensorComparison;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.PairStage;
import org.bitref.explain.StageReport.Both;
import org.bitref.explain.SystemStage;

/**
 * The stages of two systems from top to bottom: what is known of each side, how much is unequal,
 * how much of the difference is inherited, and what the stage makes of what it inherits.
 */
final class ChainDrawing {
  private static final int WIDTH = 420;
  private static final int HEIGHT = 40;
  private static final int LEFT = 48;
  private static final int BAR = 150;
  private static final int LONGEST = 34;

  private final Markup page;
  private final Chain chain;
  private final UnaryOperator<String> brief;

  private ChainDrawing(Markup page, Chain chain, UnaryOperator<String> brief) {
    this.page = page;
    this.chain = chain;
    this.brief = brief;
  }

  static void write(Markup page, Explanation explanation, UnaryOperator<String> brief) {
    Chain chain = explanation.chain();
    new ChainDrawing(page, chain, brief).draw(explanation.along(chain));
  }

  private void draw(List<Both> stages) {
    int height = HEIGHT * stages.size() + 20;
    page.open("div", "class", "chain");
    page.open("svg", "role", "img", "viewBox", "0 0 " + WIDTH + " " + height);
    page.element("title", "Stages of " + chain.a() + " and " + chain.b());
    for (int side = 0; side < 2; side++) {
      String x = Integer.toString(12 + 18 * side);
      page.element("text", side == 0 ? "A" : "B", "x", x, "y", "11", "class", "side");
      page.empty(
          "line", "class", "spine", "x1", x, "x2", x, "y1", "16", "y2", Integer.toString(height));
    }
    for (int i = 0; i < stages.size(); i++) {
      stage(stages.get(i), 20 + HEIGHT * i);
    }
    page.close();
    page.close();
    legend();
  }

  private void stage(Both both, int y) {
    TensorComparison comparison = both.pair().comparison();
    boolean start = chain.start().equals(Optional.of(both.stage()));
    String name = brief.apply(both.stage());
    page.open("g");
    page.element(
        "title", name + ": " + comparison.equal() + " of " + comparison.total() + " outputs equal");
    dot(both.a(), 12, y + 12);
    dot(both.b(), 30, y + 12);
    String shown = name.length() > LONGEST ? name.substring(0, LONGEST - 1) + "…" : name;
    text(start ? "stage start" : "stage", LEFT, y + 13, shown + (start ? " – starts here" : ""));
    text("number", WIDTH, y + 13, StageTables.unequal(both) + " % unequal");
    bar(both.pair(), (double) both.unequal() / comparison.total(), y + 20);
    boolean amplifies =
        chain.amplifiers().stream().anyMatch(one -> one.stage().equals(both.stage()));
    text(
        amplifies ? "number amplifies" : "number",
        WIDTH,
        y + 29,
        both.pair().cause().map(c -> passes(c, amplifies)).orElse("input not captured"));
    page.close();
  }

  private void dot(SystemStage system, int x, int y) {
    page.open(
        "circle",
        "class",
        "status " + StageWords.status(system),
        "cx",
        Integer.toString(x),
        "cy",
        Integer.toString(y),
        "r",
        "6");
    page.element("title", brief.apply(system.system() + ": " + StageWords.known(system)));
    page.close();
  }

  private void text(String kind, int x, int y, String words) {
    page.element("text", words, "class", kind, "x", Integer.toString(x), "y", Integer.toString(y));
  }

  /** Its filled part is what is unequal, divided into own and inherited. */
  private void bar(PairStage pair, double unequal, int y) {
    double filled = BAR * unequal;
    pair.cause()
        .ifPresentOrElse(
            cause -> {
              double own = filled * (1 - cause.inheritedShare());
              rectangle("own", LEFT, own, y);
              rectangle("inherited", LEFT + own, filled - own, y);
            },
            () -> rectangle("unknown", LEFT, filled, y));
    rectangle("frame", LEFT, BAR, y);
  }

  private void rectangle(String kind, double x, double width, int y) {
    page.empty(
        "rect",
        "class",
        kind,
        "x",
        String.format(Locale.ROOT, "%.1f", x),
        "y",
        Integer.toString(y),
        "width",
        String.format(Locale.ROOT, "%.1f", width),
        "height",
        "10");
  }

  private static String passes(PairStage.Cause cause, boolean amplifies) {
    String inherited =
        String.format(Locale.ROOT, "%.1f %% inherited", 100 * cause.inheritedShare());
    String growth = amplifies ? " ×" + StageTables.fixed(cause.growth().orElseThrow(), 2) : "";
    return cause
        .gain()
        .map(gain -> inherited + growth + ", gain " + StageTables.fixed(gain, 2))
        .orElse(inherited);
  }

  private void legend() {
    page.open("p", "class", "legend");
    key("own", "own");
    key("inherited", "inherited");
    key("unknown", "input not captured");
    for (SystemStage.Status status : SystemStage.Status.values()) {
      key("dot " + StageWords.name(status), StageWords.words(status));
    }
    page.close();
    page.element(
        "p",
        "A bar's filled part is the share of unequal outputs; its colours divide the squared"
            + " difference. Gain: growth of the inherited difference relative to its size. ×: its"
            + " growth as a number, where it grows most.",
        "class",
        "note");
  }

  private void key(String kind, String meaning) {
    page.open("span");
    page.element("span", "", "class", "key " + kind);
    page.text(meaning);
    page.close();
  }
}

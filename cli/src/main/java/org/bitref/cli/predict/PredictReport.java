package org.bitref.cli.predict;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Paragraph;
import org.bitref.cli.console.Result;
import org.bitref.cli.console.Table;
import org.bitref.predict.Growth;
import org.bitref.predict.Prediction;
import org.bitref.predict.Prediction.StageDrift;

/**
 * A prediction as the JSON object has it.
 *
 * @param summary what it says, in words
 * @param law what is assumed
 * @param layerCheck later half of the measured layers, predicted from the first half; null if the
 *     first half is a single layer
 * @param lengthCheck the whole prompt, predicted from its first half
 */
record PredictReport(
    String a,
    String b,
    Size measured,
    Size target,
    int prompts,
    String summary,
    String law,
    double sigma,
    int freedom,
    Prediction.Check layerCheck,
    Prediction.Check lengthCheck,
    List<Law> laws,
    List<StageDrift> stages)
    implements Result {
  /** Tables beside that of the stages. */
  static final String[] TABLES = {"laws"};

  private static final int LAYERS_SHOWN = 12;

  static final String LAW =
      "In each layer own errors and the inherited drift add in squares, r^2 = own^2 + gain^2 R^2,"
          + " R being the drift of the layer's input; own and gain vary between layers as in those"
          + " measured; over the number of tokens drift goes as a power. Values are taken to be as"
          + " large as in the last measured layer. The range holds 95 % of simulated models.";

  /** Layers and tokens. */
  record Size(int layers, int tokens) {}

  /** The law of a kind of stage. */
  record Law(String kind, Growth.OfStage fit) {}

  static List<Law> laws(Growth growth) {
    List<Law> laws = new ArrayList<>();
    growth.stages().forEach((kind, fit) -> laws.add(new Law(kind, fit)));
    return laws;
  }

  /** The result in one paragraph. */
  static String summary(String a, String b, Prediction p, Prediction.Check layers) {
    StageDrift hidden =
        p.stages().stream()
            .filter(s -> s.kind().equals("hidden") && s.layer() == p.layers() - 1)
            .findFirst()
            .orElseThrow();
    String sure =
        layers == null
            ? "Too few layers were measured to check the law on others."
            : "Checked on the model itself: of the later layers' stages, predicted from the earlier"
                + " layers, %d of %d were inside their range."
                    .formatted(layers.inside(), layers.total());
    return ("Two correct systems, one computing as %s and one as %s, differ after %s and %d tokens"
            + " by %s of the size of the hidden state (root mean square; between %s and %s), cosine"
            + " %s. A difference inside this range is what these roundings give; one far above it"
            + " needs another cause. %s")
        .formatted(
            a,
            b,
            Numbers.count(p.layers(), "layer"),
            p.tokens(),
            Numbers.brief(hidden.relative()),
            Numbers.brief(hidden.low()),
            Numbers.brief(hidden.high()),
            Numbers.cosine(hidden.cosine()),
            sure);
  }

  Map<String, List<?>> tables() {
    return Map.of("", stages, "laws", laws);
  }

  @Override
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append("A = ").append(a).append(", B = ").append(b).append('\n');
    text.append(
        "measured: %d layers, %d tokens, %s; predicted: %d layers, %d tokens%n%n"
            .formatted(
                measured.layers(),
                measured.tokens(),
                Numbers.count(prompts, "prompt"),
                target.layers(),
                target.tokens()));
    Table<StageDrift> chain =
        drifts("after layer", StageDrift::layer, s -> s.kind().equals("hidden") && shown(s))
            .column("mean |A-B|", s -> Numbers.brief(s.meanAbs()))
            .column("cosine", s -> Numbers.cosine(s.cosine()));
    Table<StageDrift> last =
        drifts("last layer", StageDrift::kind, this::atEnd)
            .column("own", s -> Numbers.brief(fit(s).own()))
            .column("gain", s -> String.format(Locale.ROOT, "%.2f", fit(s).gain()))
            .column("length^", s -> exponent(fit(s)));
    text.append(chain).append('\n').append(last).append('\n');
    checks(text);
    text.append(Paragraph.of(law, "")).append('\n').append(Paragraph.of(summary, ""));
    return text.toString();
  }

  private boolean atEnd(StageDrift s) {
    return s.layer() == target.layers() - 1;
  }

  private boolean shown(StageDrift s) {
    int step = Math.max(1, (target.layers() + LAYERS_SHOWN - 1) / LAYERS_SHOWN);
    return s.layer() % step == 0 || atEnd(s);
  }

  private Table<StageDrift> drifts(
      String heading, Function<StageDrift, ?> first, Predicate<StageDrift> which) {
    return Table.of(stages.stream().filter(which).toList())
        .column(heading, first)
        .column("relative", s -> Numbers.brief(s.relative()))
        .column("low", s -> Numbers.brief(s.low()))
        .column("high", s -> Numbers.brief(s.high()));
  }

  private Growth.OfStage fit(StageDrift s) {
    return laws.stream().filter(l -> l.kind().equals(s.kind())).findFirst().orElseThrow().fit();
  }

  private static String exponent(Growth.OfStage fit) {
    return String.format(Locale.ROOT, "%.2f+-%.2f", fit.exponent(), fit.exponentError());
  }

  private void checks(StringBuilder text) {
    if (layerCheck != null) {
      text.append(
          Paragraph.of(
              "Check, depth: the later half of the measured layers from the first half: %d of %d"
                      .formatted(layerCheck.inside(), layerCheck.total())
                  + " stages inside their range.",
              ""));
    }
    text.append(
        Paragraph.of(
            "Check, length: the whole prompt from its first half: %d of %d"
                    .formatted(lengthCheck.inside(), lengthCheck.total())
                + " stages inside their range.",
            ""));
  }
}

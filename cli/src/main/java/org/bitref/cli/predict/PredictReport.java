package org.bitref.cli.predict;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Result;
import org.bitref.cli.console.Table;
import org.bitref.predict.Growth;
import org.bitref.predict.Measurement;
import org.bitref.predict.Prediction;
import org.bitref.predict.Prediction.StageDrift;
import org.bitref.predict.Reach;

/**
 * A prediction, and how it came about.
 *
 * @param reach layers that are told; the others are refused
 * @param layerCheck later half of the measured layers, predicted from the first half; empty if the
 *     first half is a single layer
 * @param lengthCheck the whole prompt, predicted from its first half
 */
record PredictReport(
    String a,
    String b,
    Measurement measured,
    Growth growth,
    Prediction prediction,
    Reach reach,
    Optional<Prediction.Check> layerCheck,
    Prediction.Check lengthCheck)
    implements Result {
  /** Tables beside that of the stages. */
  static final String[] TABLES = {"laws"};

  private static final int LAYERS_SHOWN = 12;

  private static final String LAW =
      "The model of drift: in each layer the errors of its own and the drift that it inherits add"
          + " in squares, u^2 = own^2 + gain^2 U^2, where U is the drift of the layer's input. Own"
          + " and gain vary from layer to layer as in the layers measured; with the number of"
          + " tokens drift grows as a power (length^). u^2 is -2 ln of the cosine, which is r^2 for"
          + " a small relative drift r, as r^2 = 2 - 2 cosine; so r cannot exceed 1.41, that of two"
          + " states with nothing in common. Values are taken to be as large as in the last"
          + " measured layer. 95 % of simulated models lie between low and high.";

  /** Layers and tokens. */
  private record Size(int layers, int tokens) {}

  /** The law of a kind of stage. */
  private record Law(String kind, Growth.OfStage fit) {}

  @JsonValue
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("a", a);
    json.put("b", b);
    json.put("measured", new Size(measured.layers(), measured.tokens()));
    json.put("target", new Size(prediction.layers(), prediction.tokens()));
    json.put("prompts", measured.prompts());
    json.put("summary", summary());
    json.put("law", LAW);
    json.put("sigma", growth.sigma());
    json.put("freedom", growth.freedom());
    json.put("layer_check", layerCheck);
    json.put("length_check", lengthCheck);
    json.put("laws", laws());
    json.put("reach", reach);
    json.put("refused", refused());
    json.put("stages", told());
    return json;
  }

  private List<Law> laws() {
    return growth.stages().entrySet().stream()
        .map(stage -> new Law(stage.getKey(), stage.getValue()))
        .toList();
  }

  private boolean refused() {
    return reach.layers() < prediction.layers();
  }

  /** Stages of the layers that the measurement carries the prediction to. */
  private List<StageDrift> told() {
    return prediction.stages().stream().filter(s -> s.layer() < reach.layers()).toList();
  }

  /** The result in one paragraph. */
  private String summary() {
    if (refused()) {
      return PredictRefusal.words(measured, prediction, reach);
    }
    StageDrift hidden =
        told().stream().filter(s -> hidden(s) && atEnd(s)).findFirst().orElseThrow();
    String sure =
        layerCheck
            .map(
                check ->
                    "Checked on the model itself: of the later layers' stages, predicted from the"
                        + " earlier layers, %s of %s were inside their range."
                            .formatted(check.inside(), check.total()))
            .orElse("Too few layers were measured to check the law on others.");
    return ("Two correct systems, one computing as %s and one as %s, differ after %s and %s tokens"
            + " by %s of the size of the hidden state (root mean square; between %s and %s), cosine"
            + " %s. A difference inside this range is what these roundings give; one far above it"
            + " needs another cause. %s")
        .formatted(
            a,
            b,
            Numbers.count(prediction.layers(), "layer"),
            prediction.tokens(),
            Numbers.brief(hidden.relative()),
            Numbers.brief(hidden.low()),
            Numbers.brief(hidden.high()),
            Numbers.cosine(hidden.cosine()),
            sure);
  }

  @Override
  public Outcome outcome() {
    return refused() ? Outcome.UNDECIDED : Outcome.OK;
  }

  Map<String, List<?>> tables() {
    return Map.of("", told(), "laws", laws());
  }

  @Override
  public void text(Lines text) {
    text.line("A = " + a + ", B = " + b);
    text.line(sizes());
    text.blank();
    if (reach.layers() > 0) {
      tables(text);
    }
    layerCheck.ifPresent(
        check ->
            check(text, "depth: the later half of the measured layers from the first half", check));
    check(text, "length: the whole prompt from its first half", lengthCheck);
    text.paragraph(LAW);
    text.blank();
    text.paragraph(summary());
  }

  /** What was measured and what is asked for. */
  String sizes() {
    return "measured: %s layers, %s tokens, %s; asked for: %s layers, %s tokens"
        .formatted(
            measured.layers(),
            measured.tokens(),
            Numbers.count(measured.prompts(), "prompt"),
            prediction.layers(),
            prediction.tokens());
  }

  private void tables(Lines text) {
    text.table(
        drifts("after layer", StageDrift::layer, s -> hidden(s) && shown(s))
            .column("mean |A-B|", s -> Numbers.brief(s.meanAbs()))
            .column("cosine", s -> Numbers.cosine(s.cosine())));
    text.blank();
    text.table(
        drifts("layer " + (reach.layers() - 1), StageDrift::kind, this::atEnd)
            .column("own", s -> Numbers.brief(fit(s).own()))
            .column("gain", s -> String.format(Locale.ROOT, "%.2f", fit(s).gain()))
            .column("length^", s -> exponent(fit(s))));
    text.blank();
  }

  private static boolean hidden(StageDrift s) {
    return s.kind().equals("hidden");
  }

  private boolean atEnd(StageDrift s) {
    return s.layer() == reach.layers() - 1;
  }

  private boolean shown(StageDrift s) {
    int step = Math.max(1, (reach.layers() + LAYERS_SHOWN - 1) / LAYERS_SHOWN);
    return s.layer() % step == 0 || atEnd(s);
  }

  private Table<StageDrift> drifts(
      String heading, Function<StageDrift, ?> first, Predicate<StageDrift> which) {
    return Table.of(told().stream().filter(which).toList())
        .column(heading, first)
        .column("relative", s -> Numbers.brief(s.relative()))
        .column("low", s -> Numbers.brief(s.low()))
        .column("high", s -> Numbers.brief(s.high()));
  }

  private Growth.OfStage fit(StageDrift s) {
    return growth.stages().get(s.kind());
  }

  private static String exponent(Growth.OfStage fit) {
    return String.format(Locale.ROOT, "%.2f+-%.2f", fit.exponent(), fit.exponentError());
  }

  private static void check(Lines text, String what, Prediction.Check check) {
    text.paragraph(
        "Check, %s: %s of %s stages inside their range."
            .formatted(what, check.inside(), check.total()));
  }
}

package org.bitref.cli.predict;

import java.util.List;
import java.util.Optional;
import org.bitref.cli.console.Markup;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Table;
import org.bitref.cli.html.Curve;
import org.bitref.cli.html.Facts;
import org.bitref.cli.html.Page;
import org.bitref.predict.Prediction.StageDrift;

/**
 * A prediction as a web page: the drift of every kind of stage over the layers, with its band.
 *
 * @param files what was read, with its shapes
 * @param arguments of the command, itself first
 */
record PredictPage(PredictReport report, List<Facts.Fact> files, List<String> arguments) {
  /** The stage that is told first. */
  private static final String HIDDEN = "hidden";

  @Override
  public String toString() {
    Markup page = new Markup();
    Page.verdict(page, "rounding", report.json().get("summary").toString());
    Facts.write(page, arguments, files);
    List<String> kinds =
        report.prediction().stages().stream().map(StageDrift::kind).distinct().toList();
    page.element("h2", "Drift of the hidden state, with its range");
    kinds.stream().filter(HIDDEN::equals).forEach(kind -> drift(page, kind));
    page.element("h2", "Other stages");
    kinds.stream()
        .filter(kind -> !kind.equals(HIDDEN))
        .forEach(
            kind -> {
              page.open("details");
              page.element("summary", kind);
              drift(page, kind);
              page.close();
            });
    page.element("h2", "How it is computed");
    page.element("p", report.json().get("law").toString());
    return Page.of("bitref predict", page);
  }

  private void drift(Markup page, String kind) {
    List<StageDrift> layers =
        report.prediction().stages().stream().filter(stage -> stage.kind().equals(kind)).toList();
    if (layers.size() > 1) {
      Curve.Band band =
          new Curve.Band(
              layers.stream().map(StageDrift::low).toList(),
              layers.stream().map(StageDrift::high).toList());
      new Curve(
              "Predicted drift of " + kind + " by layers",
              "layer",
              layers.stream().map(stage -> Integer.toString(stage.layer())).toList(),
              List.of(
                  new Curve.Series(
                      kind + ", A − B of its size; band: 95 % of simulated models",
                      layers.stream().map(StageDrift::relative).toList(),
                      Optional.of(band))))
          .write(page);
    }
    Table.of(layers)
        .column("layer", StageDrift::layer)
        .column("relative", stage -> Numbers.brief(stage.relative()))
        .column("low", stage -> Numbers.brief(stage.low()))
        .column("high", stage -> Numbers.brief(stage.high()))
        .column("mean |A − B|", stage -> Numbers.brief(stage.meanAbs()))
        .column("cosine", stage -> Numbers.cosine(stage.cosine()))
        .html(page);
  }
}

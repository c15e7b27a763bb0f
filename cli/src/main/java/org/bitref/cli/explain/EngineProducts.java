package org.bitref.cli.explain;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Table;
import org.bitref.explain.Capture;
import org.bitref.explain.Explanation;
import org.bitref.explain.ProductError;
import org.bitref.kernel.Workers;
import org.bitref.loaders.trtexec.TrtLayer;
import org.bitref.recipe.GemmRecipe;
import org.bitref.search.GemmHints;

/**
 * The products of an engine and the tactics that its layers name for them.
 *
 * @param system whose engine it is
 * @param products the largest error in units of the float32 sum's first
 */
record EngineProducts(String system, List<Row> products) {
  EngineProducts {
    products = List.copyOf(products);
  }

  /**
   * A product.
   *
   * @param layer the engine's name of the layer that made it
   * @param accumulator that its bits show; empty if no recipe reproduces it
   * @param byName what the tactic's name says of the sum; empty if nothing
   * @param agrees whether the bits do; empty if either says nothing
   */
  record Row(
      String system,
      String stage,
      Optional<String> layer,
      Optional<String> tactic,
      Optional<String> accumulator,
      String byName,
      Optional<Boolean> agrees,
      double meanAbs,
      double float32MeanAbs,
      double ratio) {
    static Row of(String system, ProductError product, Optional<TrtLayer> layer) {
      Optional<String> tactic = layer.flatMap(TrtLayer::tactic);
      GemmHints hints = tactic.map(GemmHints::ofKernel).orElse(GemmHints.NONE);
      return new Row(
          system,
          product.stage(),
          layer.map(TrtLayer::name),
          tactic,
          product.recipe().map(Row::accumulator),
          hints.text(),
          product
              .recipe()
              .filter(_ -> !hints.text().isEmpty())
              .map(recipe -> hints.contradictions(recipe) == 0),
          product.own().meanAbs(),
          product.float32().meanAbs(),
          product.ratio());
    }

    private static String accumulator(GemmRecipe recipe) {
      return recipe.inner().format().name().toLowerCase(Locale.ROOT);
    }
  }

  /** Of every system whose engine was described. */
  static List<EngineProducts> of(
      Explanation explanation, Capture capture, CapturedFiles files, Workers workers) {
    return explanation.systems().stream()
        .filter(info -> !files.engine(info.provenance()).isEmpty())
        .map(
            info -> of(explanation, capture, info.name(), files.engine(info.provenance()), workers))
        .toList();
  }

  private static EngineProducts of(
      Explanation explanation,
      Capture capture,
      String system,
      Map<String, TrtLayer> layers,
      Workers workers) {
    return new EngineProducts(
        system,
        ProductError.of(explanation, capture, system, workers).stream()
            .map(one -> Row.of(system, one, Optional.ofNullable(layers.get(one.stage()))))
            .toList());
  }

  /** The table, and below it the tactics by their numbers. */
  void text(Lines text) {
    text.blank();
    text.paragraph(
        "Products of %s and the tactics of its engine's layers, worst first. error: mean distance from the exact product; times f32: in units of that of a float32 sum on the same inputs; acc: the accumulator that the bits show."
            .formatted(system));
    Map<String, Set<String>> layers = new LinkedHashMap<>();
    products.forEach(
        row ->
            row.tactic()
                .ifPresent(
                    tactic ->
                        row.layer()
                            .ifPresent(
                                layers.computeIfAbsent(tactic, _ -> new LinkedHashSet<>())::add)));
    List<String> tactics = List.copyOf(layers.keySet());
    text.table(
        Table.of(products)
            .column("stage", Row::stage)
            .column("acc", row -> row.accumulator().orElse("-"))
            .column("error", row -> Numbers.brief(row.meanAbs()))
            .column("times f32", row -> StageTables.fixed(row.ratio(), 2))
            .column("tactic", row -> row.tactic().map(one -> number(tactics, one)).orElse("-"))
            .column("as named", row -> row.agrees().map(yes -> yes ? "yes" : "no").orElse("-")));
    layers.forEach(
        (tactic, names) -> {
          text.line(number(tactics, tactic) + " " + tactic);
          text.paragraph("of " + String.join(", ", names), "    ");
        });
  }

  private static String number(List<String> tactics, String tactic) {
    return "(%s)".formatted(tactics.indexOf(tactic) + 1);
  }
}

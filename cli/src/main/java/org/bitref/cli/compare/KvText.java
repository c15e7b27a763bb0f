package org.bitref.cli.compare;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.bitref.cli.compare.KvComparison.Head;
import org.bitref.cli.compare.KvComparison.Layer;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Table;

/** A KV cache for people. */
final class KvText {
  /** Columns of heads that fit beside a layer's number. */
  private static final int COLUMNS = 8;

  private KvText() {}

  static void write(Lines text, KvComparison cache, boolean inFull) {
    if (inFull) {
      text.line("KV cache, |A-B| by layer:");
      text.table(layers(cache));
      text.blank();
    }
    heads(text, cache, "K", Head::k);
    heads(text, cache, "V", Head::v);
    text.paragraph(trend(cache));
    text.blank();
  }

  static Table<Layer> layers(KvComparison cache) {
    Table<Layer> table = Table.of(cache.layers()).column("layer", Layer::layer);
    side(table, "K", Layer::k);
    side(table, "V", Layer::v);
    return table;
  }

  private static void side(Table<Layer> table, String name, Function<Layer, KvFigures> side) {
    table
        .column(name + " mean", layer -> Numbers.brief(side.apply(layer).meanAbs()))
        .column("cosine", layer -> side.apply(layer).cosineText())
        .column("unequal", layer -> side.apply(layer).unequal())
        .column("ULP", layer -> Numbers.ulps(side.apply(layer).maxUlp()));
  }

  private static void heads(
      Lines text, KvComparison cache, String side, Function<Head, KvFigures> figures) {
    int heads = cache.layers().stream().mapToInt(layer -> layer.heads().size()).max().orElse(0);
    for (int from = 0; from < heads; from += COLUMNS) {
      Table<Layer> table = Table.of(cache.layers()).column(side + ", mean", Layer::layer);
      for (int head = from; head < Math.min(heads, from + COLUMNS); head++) {
        int number = head;
        table.column(
            "head " + number,
            layer ->
                number < layer.heads().size()
                    ? Numbers.brief(figures.apply(layer.heads().get(number)).meanAbs())
                    : "-");
      }
      text.table(table);
      text.blank();
    }
  }

  /** One sentence, or a few. */
  static String trend(KvComparison cache) {
    List<Layer> layers = cache.layers();
    if (cache.firstUnequal().isEmpty()) {
      return "KV cache: all %s equal.".formatted(Numbers.count(layers.size(), "layer"));
    }
    KvFigures all = cache.all(Layer::both);
    double k = cache.all(Layer::k).meanAbs();
    double v = cache.all(Layer::v).meanAbs();
    StringBuilder text = new StringBuilder();
    text.append(
        "KV cache, %s: mean |A-B| %s, max %s, cosine %s; K %s, V %s%s. "
            .formatted(
                Numbers.count(layers.size(), "layer"),
                Numbers.brief(all.meanAbs()),
                Numbers.brief(all.maxAbs()),
                Numbers.cosine(all.cosine()),
                Numbers.brief(k),
                Numbers.brief(v),
                k > 0 ? ", " + factor(v / k) + " times K" : ""));
    text.append("First unequal: layer %s. ".formatted(cache.firstUnequal().get()));
    cache
        .growthPerLayer()
        .ifPresent(
            growth ->
                text.append(
                    "The mean %s by x%s a layer, from %s to %s; it rises at %s of %s steps. "
                        .formatted(
                            growth >= 1 ? "grows" : "shrinks",
                            factor(growth),
                            at(layers.getFirst()),
                            at(layers.getLast()),
                            cache.rises(),
                            layers.size() - 1)));
    String worst = cache.worst().stream().map(KvText::at).collect(Collectors.joining(", "));
    return text.append("Worst: ").append(worst).append('.').toString();
  }

  private static String factor(double x) {
    return Double.isFinite(x) ? String.format(Locale.ROOT, "%.3g", x) : Numbers.brief(x);
  }

  /** {@code 1.24e-01 (L35)}. */
  private static String at(Layer layer) {
    return "%s (L%s)".formatted(Numbers.brief(layer.both().meanAbs()), layer.layer());
  }
}

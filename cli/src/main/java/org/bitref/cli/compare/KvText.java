package org.bitref.cli.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.bitref.cli.compare.KvComparison.Head;
import org.bitref.cli.compare.KvComparison.Layer;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Paragraph;
import org.bitref.cli.console.Table;

/** A KV cache for people. */
record KvText(KvComparison cache) {
  static final String[] HEADINGS = {
    "layer", "K mean", "cosine", "unequal", "ULP", "V mean", "cosine", "unequal", "ULP"
  };

  /** Columns of heads that fit beside a layer's number. */
  private static final int COLUMNS = 8;

  String text() {
    StringBuilder text = new StringBuilder("KV cache, |A-B| by layer:\n");
    Table table = new Table(HEADINGS);
    cache.layers().forEach(layer -> table.row(cells(layer)));
    text.append(table).append('\n');
    if (cache.layers().getFirst().heads() != null) {
      heads(text, "K", Head::k);
      heads(text, "V", Head::v);
    }
    return text.append(Paragraph.of(cache.trend(), "")).append('\n').toString();
  }

  static String[] cells(Layer layer) {
    List<String> cells = new ArrayList<>(List.of(String.valueOf(layer.layer())));
    for (KvFigures side : List.of(layer.k(), layer.v())) {
      cells.add(Numbers.brief(side.meanAbs()));
      cells.add(side.maxAbs() == 0 ? "1" : Numbers.cosine(side.cosine()));
      cells.add(String.valueOf(side.unequal()));
      cells.add(Numbers.ulps(side.maxUlp()));
    }
    return cells.toArray(String[]::new);
  }

  private void heads(StringBuilder text, String side, Function<Head, KvFigures> figures) {
    int heads = cache.layers().stream().mapToInt(layer -> layer.heads().size()).max().orElse(0);
    for (int from = 0; from < heads; from += COLUMNS) {
      int columns = Math.min(COLUMNS, heads - from);
      String[] row = new String[columns + 1];
      row[0] = side + ", mean";
      for (int i = 0; i < columns; i++) {
        row[i + 1] = "head " + (from + i);
      }
      Table table = new Table(row.clone());
      for (Layer layer : cache.layers()) {
        row[0] = String.valueOf(layer.layer());
        for (int i = 0; i < columns; i++) {
          boolean there = from + i < layer.heads().size();
          row[i + 1] =
              there ? Numbers.brief(figures.apply(layer.heads().get(from + i)).meanAbs()) : "-";
        }
        table.row(row.clone());
      }
      text.append(table).append('\n');
    }
  }

  /** One sentence, or a few. */
  String trend() {
    int layers = cache.layers().size();
    if (cache.firstUnequal() == null) {
      return "KV cache: all %s equal.".formatted(Numbers.count(layers, "layer"));
    }
    KvFigures all = cache.all();
    StringBuilder text = new StringBuilder();
    text.append(
        "KV cache, %s: mean |A-B| %s, max %s, cosine %s; K %s, V %s%s. "
            .formatted(
                Numbers.count(layers, "layer"),
                Numbers.brief(all.meanAbs()),
                Numbers.brief(all.maxAbs()),
                Numbers.cosine(all.cosine()),
                Numbers.brief(cache.k().meanAbs()),
                Numbers.brief(cache.v().meanAbs()),
                cache.k().meanAbs() > 0
                    ? ", " + factor(cache.v().meanAbs() / cache.k().meanAbs()) + " times K"
                    : ""));
    text.append("First unequal: layer %d. ".formatted(cache.firstUnequal()));
    if (cache.growthPerLayer() != null) {
      boolean grows = cache.growthPerLayer() >= 1;
      text.append(
          "The mean %s by %s a layer, from %s to %s; it rises at %d of %d steps. "
              .formatted(
                  grows ? "grows" : "shrinks",
                  "x" + factor(cache.growthPerLayer()),
                  at(cache.layers().getFirst()),
                  at(cache.layers().getLast()),
                  cache.rises(),
                  layers - 1));
    }
    List<String> worst = cache.worst().stream().map(number -> at(cache.layer(number))).toList();
    return text.append("Worst: ").append(String.join(", ", worst)).append('.').toString();
  }

  private static String factor(double x) {
    return Double.isFinite(x) ? String.format(Locale.ROOT, "%.3g", x) : Numbers.brief(x);
  }

  /** {@code 1.24e-01 (L35)}. */
  private static String at(Layer layer) {
    return "%s (L%d)".formatted(Numbers.brief(layer.both().meanAbs()), layer.layer());
  }
}

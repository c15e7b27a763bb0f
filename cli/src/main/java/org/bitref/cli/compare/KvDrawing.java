package org.bitref.cli.compare;

import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bitref.cli.compare.KvComparison.Head;
import org.bitref.cli.compare.KvComparison.Layer;
import org.bitref.cli.console.Markup;
import org.bitref.cli.html.Curve;
import org.bitref.cli.html.HeatMap;

/** A KV cache as curves over its layers, and as a map of layers and heads. */
final class KvDrawing {
  private KvDrawing() {}

  static void write(Markup page, KvComparison cache) {
    List<Layer> layers = cache.layers();
    if (cache.firstUnequal().isEmpty()) {
      return;
    }
    if (layers.size() > 1) {
      new Curve(
              "Mean absolute difference of K and V by layers",
              "layer",
              layers.stream().map(layer -> Integer.toString(layer.layer())).toList(),
              List.of(
                  means("K, mean |A − B|", layers, Layer::k),
                  means("V, mean |A − B|", layers, Layer::v)))
          .write(page);
    }
    page.open("div", "class", "figures");
    heads(page, "K", layers, Head::k);
    heads(page, "V", layers, Head::v);
    page.close();
  }

  private static Curve.Series means(
      String name, List<Layer> layers, Function<Layer, KvFigures> side) {
    return Curve.Series.of(name, layers.stream().map(l -> side.apply(l).meanAbs()).toList());
  }

  private static void heads(
      Markup page, String side, List<Layer> layers, Function<Head, KvFigures> figures) {
    int heads = layers.stream().mapToInt(layer -> layer.heads().size()).min().orElse(0);
    if (heads == 0) {
      return;
    }
    List<List<Double>> means =
        layers.stream()
            .map(
                layer ->
                    IntStream.range(0, heads)
                        .mapToObj(head -> figures.apply(layer.heads().get(head)).meanAbs())
                        .toList())
            .toList();
    page.open("figure");
    page.element("h4", side + " by layers and heads");
    if (means.stream().flatMap(List::stream).anyMatch(x -> x != 0)) {
      new HeatMap(means)
          .write(page, "Mean absolute difference by layers and heads", "mean |A − B| of a head");
      page.element(
          "p",
          "Down: layers %s to %s. Across: heads 0 to %s."
              .formatted(layers.getFirst().layer(), layers.getLast().layer(), heads - 1),
          "class",
          "note");
    } else {
      page.element("p", "All heads are equal.");
    }
    page.close();
  }
}

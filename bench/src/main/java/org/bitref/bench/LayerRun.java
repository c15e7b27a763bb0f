package org.bitref.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.bitref.kernel.Workers;
import org.bitref.model.Stage;
import org.bitref.model.StageTap;
import org.bitref.recipe.Recipes;
import org.bitref.tensor.Tensor;

/** The layers of one recipe; prints one row of {@link LayerTable}. */
public final class LayerRun implements StageTap {
  /** Layers of the released model. */
  static final int ALL = 36;

  private final Prefill prefill;
  private final List<Layer> layers = new ArrayList<>();
  private long anonymous;
  private long since = System.nanoTime();

  /** Seconds of one layer. */
  private static final class Layer {
    private double products;
    private double attention;
    private double all;
    private double multiplyAdds;
  }

  private LayerRun(Prefill prefill) {
    this.prefill = prefill;
  }

  /**
   * Prints the row.
   *
   * @param args the checkpoint and the name of the recipe
   */
  public static void main(String[] args) throws IOException {
    Settings settings = Settings.read();
    try (Prefill prefill = Prefill.open(Path.of(args[0]));
        Workers workers = new Workers(settings.threads())) {
      LayerRun run = new LayerRun(prefill);
      prefill.run(Recipes.model(args[1]), settings.layers(), settings.tokens(), workers, run);
      run.print(args[1]);
    }
  }

  @Override
  public void accept(Stage stage, Tensor result) {
    double seconds = (System.nanoTime() - since) / 1e9;
    int index = Math.max(0, stage.id().layer());
    while (layers.size() <= index) {
      layers.add(new Layer());
    }
    Layer layer = layers.get(index);
    layer.all += seconds;
    switch (stage.kind()) {
      case PRODUCT -> {
        layer.products += seconds;
        layer.multiplyAdds += prefill.multiplyAdds(result, stage.weight().orElseThrow().name());
      }
      case ATTEND -> layer.attention += seconds;
      default -> {
        // Of the rest only the sum is of interest.
      }
    }
    anonymous = Math.max(anonymous, kilobytes("RssAnon"));
    since = System.nanoTime();
  }

  private void print(String recipe) {
    List<Layer> warm = layers.size() > 1 ? layers.subList(1, layers.size()) : layers;
    List<Layer> sorted =
        warm.stream().sorted(Comparator.comparingDouble(layer -> layer.all)).toList();
    Layer best = sorted.getFirst();
    double median = sorted.get((sorted.size() - 1) / 2).all;
    double measured = layers.stream().mapToDouble(layer -> layer.all).sum();
    String total =
        layers.size() == ALL
            ? seconds(measured) + " measured"
            : seconds(layers.getFirst().all + (ALL - 1) * median) + " projected";
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %s | %s | %s | %s | %.0f %% | %.1f | %s | %s | %s |%n",
        recipe,
        seconds(layers.getFirst().all),
        seconds(best.all),
        seconds(median),
        seconds(best.products),
        seconds(best.attention),
        100 * best.attention / best.products,
        best.multiplyAdds / best.products / 1e9,
        total,
        gibibytes(anonymous),
        gibibytes(kilobytes("VmHWM")));
  }

  private static String seconds(double seconds) {
    return String.format(Locale.ROOT, seconds < 10 ? "%.2f" : "%.1f", seconds);
  }

  private static String gibibytes(long kilobytes) {
    return kilobytes == 0 ? "unknown" : String.format(Locale.ROOT, "%.2f GiB", kilobytes / 0x1p20);
  }

  /** A line of the kernel's own account of this process; 0 where there is none. */
  private static long kilobytes(String field) {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith(field + ":"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }
}

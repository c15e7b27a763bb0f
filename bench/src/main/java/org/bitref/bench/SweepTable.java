package org.bitref.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.Recipes;
import org.openjdk.jmh.runner.RunnerException;

/** Seconds at 1/8, 1/4, 1/2 and 1 of everything that costs grow with; also draws them. */
public final class SweepTable {
  private static final int LAYERS = 8;
  private static final int RUNS = 3;

  private SweepTable() {}

  /**
   * Prints the table and draws the plot.
   *
   * @param args the folder for the plot
   */
  public static void main(String[] args) throws RunnerException, IOException, InterruptedException {
    Settings settings = Settings.read();
    List<Plot.Line> lines = new ArrayList<>();
    for (Kind kind : List.of(Kind.FP32, Kind.FDA_F16)) {
      lines.addAll(products(kind, settings.threads()));
    }
    lines.addAll(layers(settings));
    System.out.println("| seconds | 1/8 | 1/4 | 1/2 | 1 | growth from 1/8 to 1 |");
    System.out.println("|---|---:|---:|---:|---:|---:|");
    for (Plot.Line line : lines) {
      double[] s = line.seconds();
      System.out.printf(
          Locale.ROOT,
          "| %s | %.4f | %.4f | %.4f | %.4f | %.1f |%n",
          line.title(),
          s[0],
          s[1],
          s[2],
          s[3],
          s[3] / s[0]);
    }
    System.out.println("\n![Seconds over size](sweep.svg)");
    List<String> caption =
        List.of(Machine.hardware(settings.threads()) + ", " + Kernels.describe(), Machine.java());
    Path folder = Path.of(args[0]).toAbsolutePath();
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("sweep.svg"), Plot.svg(caption, lines));
  }

  private static List<Plot.Line> products(Kind kind, int threads) throws RunnerException {
    List<Plot.Line> lines = new ArrayList<>();
    for (String axis : List.of("rows", "columns", "depth")) {
      double[] seconds = new double[4];
      for (int i = 0; i < seconds.length; i++) {
        int part = 8 >> i;
        int rows = axis.equals("rows") ? GemmTable.ROWS / part : GemmTable.ROWS;
        int columns = axis.equals("columns") ? GemmTable.COLUMNS / part : GemmTable.COLUMNS;
        int depth = axis.equals("depth") ? GemmTable.DEPTH / part : GemmTable.DEPTH;
        seconds[i] = Jmh.time(kind, rows, columns, depth, threads).getMin();
      }
      lines.add(new Plot.Line(kind.title() + ", " + axis, seconds));
    }
    return lines;
  }

  /** Best of some runs, after one beforehand; layers on 1/8 of the tokens, tokens in one layer. */
  private static List<Plot.Line> layers(Settings settings)
      throws IOException, InterruptedException {
    ModelRecipe recipe = Recipes.model("hf-f32");
    int tokens = settings.tokens();
    double[] byLayers = new double[4];
    double[] byTokens = new double[4];
    try (Prefill prefill = Prefill.open(Prefill.checkpoint(tokens));
        Workers workers = new Workers(settings.threads())) {
      prefill.run(recipe, 2, tokens / 8, workers, (stage, result) -> {});
      for (int i = 0; i < 4; i++) {
        int part = 8 >> i;
        byLayers[i] = best(prefill, recipe, LAYERS / part, tokens / 8, workers);
        byTokens[i] = best(prefill, recipe, 1, tokens / part, workers);
      }
    }
    return List.of(
        new Plot.Line("hf-f32, " + LAYERS + " layers of " + tokens / 8 + " tokens", byLayers),
        new Plot.Line("hf-f32, 1 layer of " + tokens + " tokens", byTokens));
  }

  private static double best(
      Prefill prefill, ModelRecipe recipe, int layers, int tokens, Workers workers) {
    Times times = new Times();
    for (int i = 0; i < RUNS; i++) {
      times.take(() -> prefill.run(recipe, layers, tokens, workers, (stage, result) -> {}));
    }
    return times.best();
  }
}

package org.bitref.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.bitref.kernel.Kernels;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/** The one command: checks the bits, times, prints a table, and draws what costs grow with. */
public final class Bench {
  private static final int ROWS = 768;
  private static final int COLUMNS = 1024;
  private static final int DEPTH = 4096;
  private static final int SHOTS = 15;
  private static final int WARMUPS = 8;

  private Bench() {}

  /**
   * Runs everything.
   *
   * @param args the number of threads, 2 if there is none, and a file for the plot, none if there
   *     is none
   */
  public static void main(String[] args) throws RunnerException, IOException {
    int threads = args.length > 0 ? Integer.parseInt(args[0]) : 2;
    for (Kind kind : Kind.values()) {
      BitCheck.check(kind, threads);
    }
    System.out.println(Machine.describe(threads));
    Statistics peak = time(PeakBenchmark.class, threads, Map.of());
    System.out.printf(Locale.ROOT, "%n%-32s %8s %8s %8s%n", "GMAC/s", "best", "median", "of peak");
    print("peak of float32 FMA", PeakBenchmark.work(threads), peak, peak, threads);
    for (Kind kind : Kind.values()) {
      Statistics times = time(kind, ROWS, COLUMNS, DEPTH, threads);
      print(kind.title(), (double) ROWS * COLUMNS * DEPTH, times, peak, threads);
    }
    if (args.length > 1) {
      Path plot = Path.of(args[1]).toAbsolutePath();
      Files.createDirectories(plot.getParent());
      Files.writeString(plot, sweep(threads));
    }
  }

  private static void print(
      String title, double work, Statistics times, Statistics peak, int threads) {
    double best = work / times.getMin() / 1e9;
    double median = work / times.getPercentile(50) / 1e9;
    double limit = PeakBenchmark.work(threads) / peak.getMin() / 1e9;
    System.out.printf(
        Locale.ROOT, "%-32s %8.1f %8.1f %7.0f%%%n", title, best, median, 100 * best / limit);
  }

  private static Statistics time(Kind kind, int rows, int columns, int depth, int threads)
      throws RunnerException {
    Map<String, String> sizes = new TreeMap<>();
    sizes.put("kind", kind.name());
    sizes.put("rows", Integer.toString(rows));
    sizes.put("columns", Integer.toString(columns));
    sizes.put("depth", Integer.toString(depth));
    return time(GemmBenchmark.class, threads, sizes);
  }

  private static Statistics time(Class<?> benchmark, int threads, Map<String, String> params)
      throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(benchmark.getName())
            .forks(1)
            .jvmArgs(Machine.FLAGS.toArray(String[]::new))
            .warmupIterations(WARMUPS)
            .measurementIterations(SHOTS)
            .verbosity(VerboseMode.SILENT)
            .param("threads", Integer.toString(threads));
    params.forEach(options::param);
    RunResult result = new Runner(options.build()).runSingle();
    return result.getPrimaryResult().getStatistics();
  }

  /** Each of rows, columns and depth at 1/8, 1/4, 1/2 and 1 of its size, for two kinds. */
  private static String sweep(int threads) throws RunnerException {
    List<Plot.Line> lines = new ArrayList<>();
    for (Kind kind : List.of(Kind.FP32, Kind.FDA_F16)) {
      for (String axis : List.of("rows", "columns", "depth")) {
        double[] seconds = new double[4];
        for (int i = 0; i < seconds.length; i++) {
          int part = 8 >> i;
          int rows = axis.equals("rows") ? ROWS / part : ROWS;
          int columns = axis.equals("columns") ? COLUMNS / part : COLUMNS;
          int depth = axis.equals("depth") ? DEPTH / part : DEPTH;
          seconds[i] = time(kind, rows, columns, depth, threads).getMin();
        }
        lines.add(new Plot.Line(kind.title() + ", " + axis, seconds));
      }
    }
    return Plot.svg(Machine.describe(threads) + ", " + Kernels.describe(), lines);
  }
}

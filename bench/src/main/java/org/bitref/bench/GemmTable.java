package org.bitref.bench;

import java.util.Locale;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.tensor.Tensor;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.util.Statistics;

/** Every kind of product, checked and then timed. */
public final class GemmTable {
  static final int ROWS = 768;
  static final int COLUMNS = 1024;
  static final int DEPTH = 4096;

  private GemmTable() {}

  /** Prints the table. */
  public static void main(String[] args) throws RunnerException {
    int threads = Settings.read().threads();
    for (Kind kind : Kind.values()) {
      check(kind, threads);
    }
    Statistics peak = Jmh.peak(threads);
    double limit = PeakBenchmark.work(threads) / peak.getMin();
    System.out.printf("%d x %d x %d, bits checked%n%n", ROWS, COLUMNS, DEPTH);
    System.out.println("| GMAC/s | best | median | of peak |\n|---|---:|---:|---:|");
    print("peak of float32 FMA", PeakBenchmark.work(threads), peak, limit);
    for (Kind kind : Kind.values()) {
      Statistics times = Jmh.time(kind, ROWS, COLUMNS, DEPTH, threads);
      print(kind.title(), (double) ROWS * COLUMNS * DEPTH, times, limit);
    }
  }

  /**
   * Compares the kernel with the interpreter on a product of the timed depth: a faster wrong kernel
   * is worthless.
   *
   * @throws IllegalStateException if a bit differs
   */
  private static void check(Kind kind, int threads) {
    Matrices matrices = Matrices.of(kind.dtype(), 13, 70, 4096);
    try (Workers workers = new Workers(threads)) {
      Tensor expected =
          Kernels.interpreter(kind.recipe())
              .multiply(matrices.x(), matrices.w(), GemmOperands.NONE, workers);
      Tensor actual =
          Kernels.gemm(kind.recipe())
              .multiply(matrices.x(), matrices.w(), GemmOperands.NONE, workers);
      for (long i = 0; i < expected.elements(); i++) {
        if (expected.bits(i) != actual.bits(i)) {
          throw new IllegalStateException(kind.title() + ": element " + i + " differs");
        }
      }
    }
  }

  private static void print(String title, double work, Statistics times, double limit) {
    double best = work / times.getMin();
    double median = work / times.getPercentile(50);
    System.out.printf(
        Locale.ROOT,
        "| %s | %.1f | %.1f | %.0f %% |%n",
        title,
        best / 1e9,
        median / 1e9,
        100 * best / limit);
  }
}

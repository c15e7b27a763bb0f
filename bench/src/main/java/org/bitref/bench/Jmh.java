package org.bitref.bench;

import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/** Times of one benchmark, in a JVM of its own, after warming up. */
final class Jmh {
  private static final int SHOTS = 15;
  private static final int WARMUPS = 8;

  private Jmh() {}

  /** Seconds of one kernel. */
  static Statistics time(Kind kind, int rows, int columns, int depth, int threads)
      throws RunnerException {
    Map<String, String> sizes = new TreeMap<>();
    sizes.put("kind", kind.name());
    sizes.put("rows", Integer.toString(rows));
    sizes.put("columns", Integer.toString(columns));
    sizes.put("depth", Integer.toString(depth));
    return time(GemmBenchmark.class, threads, sizes);
  }

  /** Seconds of {@link PeakBenchmark#work} multiply-adds. */
  static Statistics peak(int threads) throws RunnerException {
    return time(PeakBenchmark.class, threads, Map.of());
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
    return new Runner(options.build()).runSingle().getPrimaryResult().getStatistics();
  }
}

package org.bitref.bench;

import java.util.concurrent.TimeUnit;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.kernel.blocked.Microkernel;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The machine's multiply-adds: one tile, again and again, from the first-level cache. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
public class PeakBenchmark {
  /** Terms of the tile. */
  static final int DEPTH = 128;

  /** Tiles of one thread. */
  static final int TILES = 20_000;

  /** Threads that work at once. */
  @Param("2")
  public int threads;

  private Microkernel kernel;
  private Workers workers;

  /** The multiply-adds of one invocation. */
  static double work(int threads) {
    Microkernel kernel = Kernels.loops().fma();
    return (double) threads * TILES * DEPTH * kernel.rows() * kernel.columns();
  }

  /** The kernel of the vectors. */
  @Setup(Level.Trial)
  public void prepare() {
    if (!Kernels.vectors()) {
      throw new IllegalStateException("no peak without vectors: " + Kernels.describe());
    }
    kernel = Kernels.loops().fma();
    workers = new Workers(threads);
  }

  /** Every thread multiplies tiles of its own. */
  @Benchmark
  public float[][] tiles() {
    float[][] sums = new float[threads][kernel.rows() * kernel.columns()];
    workers.forEach(
        threads,
        1,
        (from, to) -> {
          float[] a = new float[DEPTH * kernel.rows()];
          float[] w = new float[DEPTH * kernel.columns()];
          for (int i = 0; i < TILES; i++) {
            kernel.loop().accumulate(DEPTH, a, 0, w, 0, sums[from], 0);
          }
        });
    return sums;
  }

  /** Ends the threads. */
  @TearDown(Level.Trial)
  public void release() {
    workers.close();
  }
}

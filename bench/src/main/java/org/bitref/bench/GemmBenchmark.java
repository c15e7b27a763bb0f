package org.bitref.bench;

import java.util.concurrent.TimeUnit;
import org.bitref.kernel.GemmKernel;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.tensor.Tensor;
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

/** One product, shared by all threads of the run. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
public class GemmBenchmark {
  /** The arithmetic. */
  @Param public Kind kind;

  /** M. */
  @Param("768")
  public int rows;

  /** N. */
  @Param("1024")
  public int columns;

  /** K. */
  @Param("4096")
  public int depth;

  /** Threads that share the product. */
  @Param("2")
  public int threads;

  private Matrices matrices;
  private GemmKernel kernel;
  private Workers workers;

  /** Factors and threads. */
  @Setup(Level.Trial)
  public void prepare() {
    matrices = Matrices.of(kind.dtype(), rows, columns, depth);
    kernel = Kernels.gemm(kind.recipe());
    workers = new Workers(threads);
  }

  /** The product. */
  @Benchmark
  public Tensor product() {
    return kernel.multiply(matrices.x(), matrices.w(), GemmOperands.NONE, workers);
  }

  /** Ends the threads. */
  @TearDown(Level.Trial)
  public void release() {
    workers.close();
  }
}

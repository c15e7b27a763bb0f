package org.bitref.kernel.vector;

import jdk.incubator.vector.FloatVector;
import org.bitref.kernel.FdaStep;
import org.bitref.kernel.FloatFunction;
import org.bitref.kernel.Microkernel;

/** The kernels of this package. Nothing else may be called while the vector module is missing. */
public final class VectorKernels {
  private VectorKernels() {}

  /** A float32 FMA chain. */
  public static Microkernel fma() {
    return new VectorFma();
  }

  /** A fused dot-add that fits. */
  public static Microkernel fda(FdaStep step) {
    return new VectorFda(step);
  }

  /** A fused dot-add that {@link org.bitref.kernel.FdaMargin} mostly decides. */
  public static Microkernel halfFda(FdaStep step) {
    return new VectorHalfFda(step);
  }

  /** A float16 FMA chain. */
  public static Microkernel halfFma() {
    return new VectorHalfFma();
  }

  /** {@link org.bitref.kernel.FloatExponential} of many. */
  public static FloatFunction exponential() {
    return new VectorExponential();
  }

  /** {@link org.bitref.functions.CudaMath#expf} of many, for one thread. */
  public static FloatFunction cudaExponential() {
    return new VectorCudaExponential();
  }

  /** For example {@code AVX-512, 16 lanes}. */
  public static String describe() {
    int bits = FloatVector.SPECIES_PREFERRED.vectorBitSize();
    String arch = System.getProperty("os.arch");
    boolean x86 = arch.equals("amd64") || arch.equals("x86_64");
    String name = !x86 ? arch : bits == 512 ? "AVX-512" : bits == 256 ? "AVX2" : "SSE";
    return name + ", " + FloatVector.SPECIES_PREFERRED.length() + " lanes";
  }
}

package org.bitref.kernel.vector;

import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import org.bitref.kernel.blocked.FdaMargin;
import org.bitref.kernel.blocked.FdaStep;
import org.bitref.kernel.blocked.FloatFunction;
import org.bitref.kernel.blocked.InnerLoops;
import org.bitref.kernel.blocked.Microkernel;

/** {@link InnerLoops} with vectors: the only door to this package. */
public final class VectorLoops implements InnerLoops {
  @Override
  public Microkernel fma() {
    return new VectorFma();
  }

  @Override
  public Microkernel fda(FdaStep step) {
    return new VectorFda(step);
  }

  @Override
  public Optional<Microkernel> decidedFda(FdaStep step) {
    return FdaMargin.decides(step) ? Optional.of(new VectorHalfFda(step)) : Optional.empty();
  }

  @Override
  public Microkernel halfFma() {
    return new VectorHalfFma();
  }

  @Override
  public FloatFunction sleefExponential() {
    return new VectorExponential();
  }

  @Override
  public FloatFunction cudaExponential() {
    return new VectorCudaExponential();
  }

  @Override
  public String describe() {
    int bits = FloatVector.SPECIES_PREFERRED.vectorBitSize();
    String arch = System.getProperty("os.arch");
    boolean x86 = arch.equals("amd64") || arch.equals("x86_64");
    String name = !x86 ? arch : bits == 512 ? "AVX-512" : bits == 256 ? "AVX2" : "SSE";
    return name + ", " + FloatVector.SPECIES_PREFERRED.length() + " lanes";
  }
}

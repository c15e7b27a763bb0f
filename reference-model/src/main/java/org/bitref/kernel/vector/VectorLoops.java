package org.bitref.kernel.vector;

import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import org.bitref.kernel.blocked.FdaMargin;
import org.bitref.kernel.blocked.FdaStep;
import org.bitref.kernel.blocked.InnerLoops;
import org.bitref.kernel.blocked.InnerLoops.FloatFunction;
import org.bitref.kernel.blocked.Microkernel;
import org.bitref.kernel.blocked.Packing;

/** {@link InnerLoops} with vectors: the only door to this package. */
public final class VectorLoops implements InnerLoops {
  @Override
  public Microkernel fma() {
    return new Microkernel(
        VectorFma.ROWS, VectorFma.COLUMNS, new Packing.Values(), new VectorFma());
  }

  @Override
  public Microkernel fda(FdaStep step) {
    return new Microkernel(
        VectorFda.ROWS, VectorFda.COLUMNS, new Packing.Exponents(step), new VectorFda(step));
  }

  @Override
  public Optional<Microkernel> decidedFda(FdaStep step) {
    if (!FdaMargin.decides(step)) {
      return Optional.empty();
    }
    FdaMargin margin = new FdaMargin(step);
    return Optional.of(
        new Microkernel(
            VectorHalfFda.ROWS,
            VectorHalfFda.COLUMNS,
            new Packing.Bounds(margin, step.w()),
            new VectorHalfFda(step, margin)));
  }

  @Override
  public Microkernel halfFma() {
    return new Microkernel(
        VectorHalfFma.ROWS, VectorHalfFma.COLUMNS, new Packing.Values(), new VectorHalfFma());
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

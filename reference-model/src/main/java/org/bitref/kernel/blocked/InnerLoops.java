package org.bitref.kernel.blocked;

import java.util.Optional;

/**
 * The innermost loops of products and of exponentials, in plain Java or with vectors. Which ones
 * run changes no bit; {@link Kernels#loops} finds them.
 */
public interface InnerLoops {
  /** A float32 FMA chain. */
  Microkernel fma();

  /** A float16 FMA chain. */
  Microkernel halfFma();

  /** A fused dot-add that fits. */
  Microkernel fda(FdaStep step);

  /** The same where {@link FdaMargin} mostly decides it, if these loops have one that asks it. */
  Optional<Microkernel> decidedFda(FdaStep step);

  /** {@link FloatExponential#exp} of many. */
  FloatFunction sleefExponential();

  /** {@link org.bitref.functions.CudaMath#expf} of many, for one thread. */
  FloatFunction cudaExponential();

  /** For example {@code AVX-512, 16 lanes}. */
  String describe();
}

package org.bitref.kernel.blocked;

import java.util.Optional;
import org.bitref.functions.Sleef;

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

  /** {@link Sleef#exp} of many. */
  FloatFunction sleefExponential();

  /** {@link org.bitref.functions.CudaMath#expf} of many, for one thread. */
  FloatFunction cudaExponential();

  /** For example {@code AVX-512, 16 lanes}. */
  String describe();

  /** A function of one float, for many at a time. */
  @FunctionalInterface
  interface FloatFunction {
    /** Replaces the first {@code n} arguments by their results. */
    void replace(float[] x, int n);

    /** One argument and its result. */
    @FunctionalInterface
    interface OfOne {
      float apply(float x);
    }

    /** One argument after another. */
    static FloatFunction each(OfOne function) {
      return (x, n) -> {
        for (int i = 0; i < n; i++) {
          x[i] = function.apply(x[i]);
        }
      };
    }
  }
}

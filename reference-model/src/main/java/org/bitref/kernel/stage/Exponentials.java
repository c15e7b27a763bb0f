package org.bitref.kernel.stage;

import java.util.function.DoubleUnaryOperator;
import org.bitref.functions.CudaMath;
import org.bitref.kernel.FloatExponential;
import org.bitref.kernel.FloatFunction;
import org.bitref.kernel.Kernels;
import org.bitref.kernel.vector.VectorKernels;
import org.bitref.numerics.Format;
import org.bitref.recipe.Exponential;

/** The exponentials that recipes name. */
public final class Exponentials {
  private Exponentials() {}

  /** e^x of a value of {@code calc}, as another. */
  public static DoubleUnaryOperator of(Exponential exponential, Format calc) {
    DoubleUnaryOperator round = Arithmetic.rounding(calc);
    return switch (exponential) {
      case CR -> x -> round.applyAsDouble(StrictMath.exp(x));
      case SLEEF -> x -> FloatExponential.exp((float) x);
      case CUDA -> x -> CudaMath.expf((float) x);
      case FAST -> x -> CudaMath.fastExpfFtz((float) x);
    };
  }

  /** For one thread: e^x of floats as floats, which is {@link #of} for {@code calc=f32}. */
  static FloatFunction ofFloats(Exponential exponential) {
    return switch (exponential) {
      case CR ->
          (x, n) -> {
            for (int i = 0; i < n; i++) {
              x[i] = (float) StrictMath.exp(x[i]);
            }
          };
      case SLEEF -> FloatExponential.ofMany();
      case CUDA ->
          Kernels.vectors()
              ? VectorKernels.cudaExponential()
              : (x, n) -> {
                for (int i = 0; i < n; i++) {
                  x[i] = CudaMath.expf(x[i]);
                }
              };
      case FAST ->
          (x, n) -> {
            for (int i = 0; i < n; i++) {
              x[i] = CudaMath.fastExpfFtz(x[i]);
            }
          };
    };
  }
}

package org.bitref.kernel.row;

import java.util.function.DoubleUnaryOperator;
import org.bitref.functions.CudaMath;
import org.bitref.functions.Sleef;
import org.bitref.kernel.blocked.InnerLoops.FloatFunction;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.kernel.spec.Arithmetic;
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
      case SLEEF -> x -> Sleef.exp((float) x);
      case CUDA -> x -> CudaMath.expf((float) x);
      case FAST -> x -> CudaMath.fastExpfFtz((float) x);
    };
  }

  /** The hyperbolic tangent of a value of {@code calc}, as another. */
  static DoubleUnaryOperator tangent(Exponential functions, Format calc) {
    DoubleUnaryOperator round = Arithmetic.rounding(calc);
    return switch (functions) {
      case CR, FAST -> x -> round.applyAsDouble(StrictMath.tanh(x));
      case SLEEF -> x -> Sleef.tanh((float) x);
      case CUDA -> x -> CudaMath.tanhf((float) x);
    };
  }

  /** For one thread: e^x of floats as floats, which is {@link #of} for {@code calc=f32}. */
  public static FloatFunction ofFloats(Exponential exponential) {
    return switch (exponential) {
      case CR -> FloatFunction.each(x -> (float) StrictMath.exp(x));
      case SLEEF -> Kernels.loops().sleefExponential();
      case CUDA -> Kernels.loops().cudaExponential();
      case FAST -> FloatFunction.each(CudaMath::fastExpfFtz);
    };
  }
}

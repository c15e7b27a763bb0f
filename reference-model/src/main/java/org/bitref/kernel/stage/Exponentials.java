package org.bitref.kernel.stage;

import java.util.function.DoubleUnaryOperator;
import org.bitref.numerics.Format;
import org.bitref.recipe.Exponential;
import org.bitref.sfu.CudaMath;

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
}

package org.bitref.kernel.blocked;

import java.util.Optional;
import org.bitref.functions.CudaMath;

/** {@link InnerLoops} in plain Java. */
final class ScalarLoops implements InnerLoops {
  @Override
  public Microkernel fma() {
    return new ScalarFma();
  }

  @Override
  public Microkernel halfFma() {
    return new ScalarHalfFma();
  }

  @Override
  public Microkernel fda(FdaStep step) {
    return new ScalarFda(step);
  }

  @Override
  public Optional<Microkernel> decidedFda(FdaStep step) {
    return Optional.empty();
  }

  @Override
  public FloatFunction sleefExponential() {
    return FloatFunction.each(FloatExponential::exp);
  }

  @Override
  public FloatFunction cudaExponential() {
    return FloatFunction.each(CudaMath::expf);
  }

  @Override
  public String describe() {
    return "scalar";
  }
}

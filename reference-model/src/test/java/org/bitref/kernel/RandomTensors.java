package org.bitref.kernel;

import java.util.Random;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Seeded tensors of the kinds that break a kernel. */
public final class RandomTensors {
  /** What the values look like. */
  public enum Kind {
    /** Normally distributed, as in a trained model. */
    PLAIN,
    /** Exponents over a wide range, so that almost every partial sum rounds. */
    WIDE,
    /** Few values of few bits, and their negatives: sums that cancel, ties, exact zeros. */
    CANCELLING,
    /** Subnormal numbers and zeros of both signs among small ones. */
    TINY,
    /** Values near the largest: sums that overflow. */
    HUGE,
    /** Any bit pattern, NaN and infinity included. */
    BITS
  }

  private final Random random;

  public RandomTensors(long seed) {
    this.random = new Random(seed);
  }

  public Tensor next(DType dtype, Kind kind, long... dims) {
    Shape shape = Shape.of(dims);
    TensorBuilder out = new TensorBuilder(dtype, shape);
    for (long i = 0; i < shape.elements(); i++) {
      if (kind == Kind.BITS) {
        out.setBits(i, random.nextLong());
      } else {
        out.set(i, value(dtype, kind));
      }
    }
    return out.build();
  }

  private double value(DType dtype, Kind kind) {
    int emin = dtype.format().orElseThrow().emin();
    int emax = dtype.format().orElseThrow().emax();
    return switch (kind) {
      case PLAIN -> random.nextGaussian();
      case WIDE -> {
        int range = Math.min(emax, 60);
        yield Math.scalb(1 + random.nextDouble(), random.nextInt(-range / 2, range / 2)) * sign();
      }
      case CANCELLING -> Math.scalb((double) random.nextInt(4), random.nextInt(-2, 3)) * sign();
      case TINY -> {
        int exponent = emin - random.nextInt(12);
        yield random.nextInt(4) == 0
            ? 0.0 * sign()
            : Math.scalb(1 + random.nextDouble(), random.nextBoolean() ? exponent : 0) * sign();
      }
      case HUGE -> Math.scalb(1 + random.nextDouble(), emax / 2 - random.nextInt(3)) * sign();
      case BITS -> throw new IllegalStateException();
    };
  }

  private double sign() {
    return random.nextBoolean() ? 1 : -1;
  }
}

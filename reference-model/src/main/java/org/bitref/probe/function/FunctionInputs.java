package org.bitref.probe.function;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bitref.numerics.Format;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * The inputs of each function. A function of one 16-bit number is asked for all 65,536. In float32
 * every power of two is asked at both ends and inside, and where a table would show one point of
 * each of 4096 equal parts: 32 to 64 of every segment of an H100's tables, where a constant that is
 * one too large changes every fourth result or more.
 */
public final class FunctionInputs {
  private static final int PARTS = 4096;
  private static final int BINADES = 256;
  private static final int FRACTION = 0x007fffff;

  private final FunctionSetup setup;

  /** The inputs of this setup. */
  public FunctionInputs(FunctionSetup setup) {
    this.setup = setup;
  }

  /** [N] for an element-wise function, [rows, width] for the others. */
  public Tensor x(SpecialFunction function) {
    SplittableRandom random = new SplittableRandom(setup.seed() * 31 + function.stream());
    return switch (function) {
      case SOFTMAX -> rows(random, false);
      case NORM -> rows(random, true);
      default -> setup.dtype() == DType.F32 ? points(function, random) : all(setup.dtype());
    };
  }

  /** The weight of the norm [width]: of both signs, 0.5 to 1.5; 1 at every fourth. */
  public Tensor weight() {
    SplittableRandom random = new SplittableRandom(setup.seed() * 31 - 1);
    TensorBuilder weight = new TensorBuilder(setup.dtype(), Shape.of(setup.width()));
    for (int i = 0; i < setup.width(); i++) {
      double magnitude = 0.5 + random.nextDouble();
      boolean one = i % TunedRows.STRIDE == 0;
      weight.set(i, one ? 1 : random.nextInt(8) == 0 ? -magnitude : magnitude);
    }
    return weight.build();
  }

  private static Tensor all(DType dtype) {
    short[] bits = new short[1 << 16];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = (short) i;
    }
    return Tensor.ofShorts(dtype, Shape.of(bits.length), bits);
  }

  private static Tensor points(SpecialFunction function, SplittableRandom random) {
    float[] points = new float[6 * BINADES + PARTS];
    int n = 0;
    for (int sign = 0; sign < 2; sign++) {
      // Exponents 0 and 255 are the zeros, subnormals, infinities and NaN.
      for (int exponent = 0; exponent < BINADES; exponent++) {
        int first = sign << 31 | exponent << 23;
        points[n++] = Float.intBitsToFloat(first);
        points[n++] = Float.intBitsToFloat(first | FRACTION);
        points[n++] = Float.intBitsToFloat(first | random.nextInt(FRACTION));
      }
    }
    for (int part = 0; part < PARTS; part++) {
      points[n++] = inPart(function, (part + random.nextDouble()) / PARTS, random);
    }
    return Tensor.ofFloats(Shape.of(n), points);
  }

  /** A point at this place, 0 to 1, of where the function is most telling. */
  private static float inPart(SpecialFunction function, double place, SplittableRandom random) {
    return (float)
        switch (function) {
          // 2^x takes the fraction of x; a negative one comes to the table inverted.
          case EX2 -> random.nextBoolean() ? place : -place;
          case RCP -> 1 + place;
          // The table spans two powers of two.
          case RSQRT -> place < 0.5 ? 1 + 2 * place : 4 * place;
          case EXP -> -104 + 193 * place;
          case SILU -> random.nextBoolean() ? 24 * (place - 0.5) : -104 + 193 * place;
          case SOFTMAX, NORM -> throw new IllegalArgumentException(function.word());
        };
  }

  /**
   * Rows of three kinds. Normal numbers at another scale each; one element far above the others,
   * whose terms are so small that its partial sum swallows them one by one, but not their sum:
   * which they are added to first then shows in the result; and, for 16-bit types, {@link
   * TunedRows}, six of eight.
   */
  private Tensor rows(SplittableRandom random, boolean norm) {
    int width = setup.width();
    TensorBuilder x = new TensorBuilder(setup.dtype(), Shape.of(setup.rows(), width));
    Format format = setup.dtype().format().orElseThrow();
    TunedRows tuned = new TunedRows(format, width, norm, random);
    boolean tune = format != Format.F32 && TunedRows.fits(width);
    for (int row = 0; row < setup.rows(); row++) {
      double[] values;
      if (tune && row % 8 < 6) {
        values = tuned.next();
      } else {
        values = row % 2 == 0 ? plain(random) : peaked(random, norm);
      }
      for (int i = 0; i < width; i++) {
        x.set((long) row * width + i, values[i]);
      }
    }
    return x.build();
  }

  private double[] plain(SplittableRandom random) {
    double scale = Math.scalb(1.0, random.nextInt(-3, 3));
    return IntStream.range(0, setup.width())
        .mapToDouble(_ -> random.nextGaussian() * scale)
        .toArray();
  }

  private double[] peaked(SplittableRandom random, boolean norm) {
    double[] row =
        IntStream.range(0, setup.width())
            .mapToDouble(_ -> norm ? small(random) : low(random))
            .toArray();
    row[random.nextInt(row.length)] = norm ? 48 + 16 * random.nextDouble() : 4;
    return row;
  }

  /** Its square is about half of what a float32 of 2^12 resolves. */
  private static double small(SplittableRandom random) {
    double magnitude = Math.scalb(1 + random.nextDouble(), -7);
    return random.nextBoolean() ? magnitude : -magnitude;
  }

  /** Its exponential is about half of what a float32 of e^4 resolves; a few are larger. */
  private static double low(SplittableRandom random) {
    return random.nextInt(32) == 0 ? -6 * random.nextDouble() : -11.5 - 3 * random.nextDouble();
  }
}

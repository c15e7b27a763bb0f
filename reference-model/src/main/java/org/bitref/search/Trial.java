package org.bitref.search;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.bitref.numerics.Format;
import org.bitref.operation.Attention;
import org.bitref.operation.Norm;
import org.bitref.operation.Operation;
import org.bitref.operation.Pointwise;
import org.bitref.operation.Rotation;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * Other inputs for a stage, of the same types and widths: recipes that agree on them too count as
 * one function. A function of one 16-bit number is tried on all 65,536, which is a proof; the
 * others on random numbers from a fixed seed.
 */
final class Trial {
  private static final int ELEMENTS = 1 << 16;
  private static final int ROW = 256;
  private static final int ROWS = 64;

  private final SplittableRandom random = new SplittableRandom(20);

  private Trial() {}

  /** The operation on other inputs. */
  static Operation of(Operation operation) {
    return new Trial().other(operation);
  }

  private Operation other(Operation operation) {
    return switch (operation) {
      case Pointwise point -> pointwise(point);
      case Rotation rope -> rotation(rope);
      case Attention attention -> attention(attention);
      default -> throw new IllegalArgumentException(operation.kind().name());
    };
  }

  /** At least 64 rows for a norm, as many at a time as the stage has, up to 64. */
  static List<Tensor> rows(Norm norm) {
    Trial trial = new Trial();
    int rows = Math.clamp(norm.x().elements() / norm.width(), 1, ROWS);
    List<Tensor> draws = new ArrayList<>();
    for (int drawn = 0; drawn < ROWS; drawn += rows) {
      draws.add(trial.tensor(norm.x().dtype(), Shape.of(rows, norm.width())));
    }
    return draws;
  }

  private Pointwise pointwise(Pointwise point) {
    boolean unary = point.b().isEmpty() && point.a().dtype().bytes() == 2;
    Tensor a = unary ? all(point.a().dtype()) : tensor(point.a().dtype(), Shape.of(ELEMENTS));
    Optional<Tensor> b = point.b().map(t -> tensor(t.dtype(), a.shape()));
    return new Pointwise(point.function(), a, b);
  }

  private Rotation rotation(Rotation rope) {
    int d = rope.x().shape().intDim(3);
    int rows = Math.max(1, ELEMENTS / d);
    Tensor x = tensor(rope.x().dtype(), Shape.of(1, rows, 1, d));
    Shape table = Shape.of(1, rows, d);
    return new Rotation(x, tensor(rope.cos().dtype(), table), tensor(rope.sin().dtype(), table));
  }

  private Attention attention(Attention a) {
    Tensor q = tensor(a.q().dtype(), Shape.of(1, 1, a.q().shape().dim(2), a.q().shape().dim(3)));
    Shape keys = Shape.of(1, 1, a.k().shape().dim(2), a.k().shape().dim(3));
    Tensor k = tensor(a.k().dtype(), keys);
    Tensor v = tensor(a.v().dtype(), keys);
    return new Attention(q, k, v, Optional.empty()).withFunction(a.function().ofHead(0));
  }

  private static Tensor all(DType dtype) {
    short[] bits = new short[ELEMENTS];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = (short) i;
    }
    return Tensor.ofShorts(dtype, Shape.of(ELEMENTS), bits);
  }

  /** Normal numbers, every row of them times another power of two. */
  private Tensor tensor(DType dtype, Shape shape) {
    TensorBuilder builder = new TensorBuilder(dtype, shape);
    int row = shape.rank() > 1 ? shape.intDim(-1) : ROW;
    int low = dtype.format().orElseThrow() == Format.F16 ? -6 : -12;
    double scale = 1;
    for (long i = 0; i < shape.elements(); i++) {
      scale = i % row == 0 ? Math.scalb(1.0, random.nextInt(low, 3)) : scale;
      builder.set(i, random.nextGaussian() * scale);
    }
    return builder.build();
  }
}

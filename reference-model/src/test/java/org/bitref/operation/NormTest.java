package org.bitref.operation;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.Test;

class NormTest {
  private static final double EPS = 1e-6;

  private static Tensor of(double... values) {
    TensorBuilder tensor = new TensorBuilder(DType.BF16, Shape.of(values.length));
    for (int i = 0; i < values.length; i++) {
      tensor.set(i, values[i]);
    }
    return tensor.build();
  }

  private static Norm norm(double x, double weight, double eps) {
    return new Norm(of(1, x), of(1, weight), eps);
  }

  @Test
  void isSameWhereEveryBitIs() {
    Norm norm = norm(2, 3, EPS);
    assertTrue(norm.isSame(norm(2, 3, EPS)));
    assertFalse(norm.isSame(norm(-2, 3, EPS)));
    assertFalse(norm.isSame(norm(2, -3, EPS)));
    assertFalse(norm.isSame(norm(2, 3, 2 * EPS)));
    assertFalse(norm.isSame(new Norm(of(1, 2).cast(DType.F16), of(1, 3), EPS)));
    assertTrue(norm(0, 3, EPS).isSame(norm(0, 3, EPS)));
    assertFalse(norm(0, 3, EPS).isSame(norm(-0.0, 3, EPS)));
  }

  @Test
  void isSameWithTheSameAddendOnly() {
    Norm plain = norm(2, 3, EPS);
    Norm fused = fused(4);
    assertFalse(plain.isSame(fused));
    assertFalse(fused.isSame(plain));
    assertTrue(fused.isSame(fused(4)));
    assertFalse(fused.isSame(fused(5)));
  }

  private static Norm fused(double addend) {
    return new Norm(of(1, 2), Optional.of(of(1, addend)), of(1, 3), EPS, Shape.of(2));
  }
}

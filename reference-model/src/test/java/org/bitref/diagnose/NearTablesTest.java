package org.bitref.diagnose;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.bitref.kernel.row.Frequencies;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Rotary tables that are nearly something. */
class NearTablesTest {
  private static final int TOKENS = 100;

  private static Tensor table(boolean sine, int d, double base, double off) {
    double[] values = new double[TOKENS * d];
    for (int i = 0; i < values.length; i++) {
      int token = i / d;
      double x = token * Math.pow(base, -2.0 * (i % (d / 2)) / d);
      values[i] = (sine ? Math.sin(x) : Math.cos(x)) + (i % 2 == 0 ? off : -off);
    }
    return Tensor.ofDoubles(Shape.of(1, TOKENS, d), values).cast(DType.F32);
  }

  /** Text alone: all three positions are the same. */
  private static RotaryFunction model(List<Integer> section) {
    long[][] positions = new long[3][TOKENS];
    for (int axis = 0; axis < 3; axis++) {
      for (int t = 0; t < TOKENS; t++) {
        positions[axis][t] = t;
      }
    }
    return new RotaryFunction(positions, Frequencies.interleaved(5e6, section));
  }

  /** Coarser sines, off by three units of 2^-22, are no other sections. */
  @Test
  void theModelsAnglesInACoarserArithmeticAreNoOtherSections() {
    Tensor cos = table(false, 128, 5e6, 3 * 0x1p-22);
    Tensor sin = table(true, 128, 5e6, 3 * 0x1p-22);
    assertEquals(
        Optional.empty(),
        model(List.of(24, 20, 20))
            .of(cos, false, Optional.of(sin))
            .flatMap(RotaryFunction.Found::other));
  }

  /** The right half of each row counts too. */
  @Test
  void aWrongRightHalfIsNotNamed() {
    double[] cos = table(false, 128, 123000, 0).toDoubles();
    double[] sin = table(true, 128, 123000, 0).toDoubles();
    for (int t = 0; t < TOKENS; t++) {
      cos[t * 128 + 100] = Math.cos(0.1 * t);
      sin[t * 128 + 100] = Math.sin(0.1 * t);
    }
    Shape shape = Shape.of(1, TOKENS, 128);
    assertEquals(
        Optional.empty(),
        new RotaryTables(
                Tensor.ofDoubles(shape, cos).cast(DType.F32),
                Tensor.ofDoubles(shape, sin).cast(DType.F32),
                model(List.of(24, 20, 20)))
            .found()
            .flatMap(RotaryFunction.Found::other));
  }
}

package org.bitref.diagnose;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.bitref.diagnose.OtherFunction.Rotary;
import org.bitref.diagnose.RotaryFunction.Found;
import org.bitref.kernel.row.Frequencies;
import org.bitref.kernel.row.Frequencies.Axes;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;

/**
 * Tables by the definition of the angles, of three positions so far apart that a table of bfloat16
 * tells them apart.
 */
class RotaryFunctionTest {
  private static final int D = 16;
  private static final int TOKENS = 20;
  private static final int[] INTERLEAVED = {0, 1, 2, 0, 1, 2, 0, 0};
  private static final int[] BLOCKS = {0, 0, 0, 0, 1, 1, 2, 2};
  private static final long[][] POSITIONS = new long[3][TOKENS];

  static {
    for (int i = 0; i < TOKENS; i++) {
      POSITIONS[0][i] = i;
      POSITIONS[1][i] = 97L * i + 1;
      POSITIONS[2][i] = 311L * i + 3;
    }
  }

  private static final RotaryFunction MODEL =
      new RotaryFunction(POSITIONS, Frequencies.interleaved(5e6, List.of(4, 2, 2)));

  private static Tensor table(boolean sine, double base, int[] axes, int late, DType dtype) {
    double[] values = new double[TOKENS * D];
    for (int i = 0; i < values.length; i++) {
      int pair = i % D % (D / 2);
      double angle = (POSITIONS[axes[pair]][i / D] + late) * Math.pow(base, -2.0 * pair / D);
      values[i] = sine ? Math.sin(angle) : Math.cos(angle);
    }
    return Tensor.ofDoubles(Shape.of(1, TOKENS, D), values).cast(dtype);
  }

  private static void assertFound(
      Optional<OtherFunction> expected, double base, int[] axes, int late) {
    for (DType dtype : List.of(DType.F32, DType.BF16, DType.F16)) {
      for (boolean sine : List.of(false, true)) {
        assertEquals(
            Optional.of(new Found(expected)),
            MODEL.of(table(sine, base, axes, late, dtype), sine),
            dtype + (sine ? " sines" : " cosines"));
      }
    }
  }

  @Test
  void theModelsOwnTableIsNoOther() {
    assertFound(Optional.empty(), 5e6, INTERLEAVED, 0);
  }

  @Test
  void anotherBaseArrangementOrStartIsNamed() {
    assertFound(Optional.of(new Rotary(1e6, 5e6, Axes.INTERLEAVED, 0)), 1e6, INTERLEAVED, 0);
    assertFound(Optional.of(new Rotary(5e6, 5e6, Axes.BLOCKS, 0)), 5e6, BLOCKS, 0);
    assertFound(Optional.of(new Rotary(5e6, 5e6, Axes.TEMPORAL, 0)), 5e6, new int[D / 2], 0);
    assertFound(Optional.of(new Rotary(5e6, 5e6, Axes.INTERLEAVED, 1)), 5e6, INTERLEAVED, 1);
    assertFound(Optional.of(new Rotary(1e4, 5e6, Axes.BLOCKS, -1)), 1e4, BLOCKS, -1);
  }

  @Test
  void ofAnUnknownBaseNothingIsSaid() {
    Tensor table = table(false, 3e5, INTERLEAVED, 0, DType.F32);
    assertEquals(Optional.empty(), MODEL.of(table, false));
  }
}

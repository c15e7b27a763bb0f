package org.bitref.diagnose;

import java.util.List;
import java.util.Optional;
import org.bitref.kernel.row.RopeTable;
import org.bitref.numerics.Format;
import org.bitref.tensor.Tensor;

/**
 * The angles behind a captured rotary table.
 *
 * @param positions temporal, height and width position of each token, [3][tokens]
 * @param base of the frequencies
 * @param section how many of the frequencies follow each of the three positions
 */
public record RotaryFunction(long[][] positions, double base, List<Integer> section) {
  /** Bases that models are trained with. */
  public static final List<Double> BASES =
      List.of(1e4, 1e5, 1.5e5, 2.5e5, 5e5, 1e6, 2e6, 5e6, 8e6, 1e7);

  private static final List<Integer> LATE = List.of(0, 1, -1);

  /** Which of the three positions a frequency follows. */
  public enum Axes {
    /** T H W T H W …, the rest T: Qwen3-VL. */
    INTERLEAVED,
    /** All T, then all H, then all W: Qwen2-VL. */
    BLOCKS,
    /** T alone, as for text. */
    TEMPORAL
  }

  /** A function that was found: the model's if it is no other. */
  public record Found(Optional<OtherFunction> other) {}

  /**
   * Which angles give this table; empty if none that is known does. Of several the one nearest to
   * the model's: positions of text do not tell the axes apart.
   *
   * @param table [.., D] with a row for each token
   */
  public Optional<Found> of(Tensor table, boolean sine) {
    for (int late : LATE) {
      for (Axes axes : Axes.values()) {
        if (is(table, sine, base, axes, late)) {
          boolean models = late == 0 && axes == Axes.INTERLEAVED;
          return Optional.of(found(models, base, axes, late));
        }
      }
    }
    for (double other : BASES) {
      for (int late : LATE) {
        for (Axes axes : Axes.values()) {
          if (is(table, sine, other, axes, late)) {
            return Optional.of(found(false, other, axes, late));
          }
        }
      }
    }
    return Optional.empty();
  }

  private Found found(boolean models, double used, Axes axes, int late) {
    return new Found(
        models ? Optional.empty() : Optional.of(new OtherFunction.Rotary(used, base, axes, late)));
  }

  /**
   * True if every value is a rounding of the cosine or sine of its angle. In float32 the frequency,
   * its product with the position and the trigonometric function are off by less than 2^-22 each,
   * relative to the angle or to 1.
   */
  private boolean is(Tensor table, boolean sine, double theta, Axes axes, int late) {
    Format format = table.dtype().format().orElseThrow();
    int d = table.shape().intDim(-1);
    int tokens = positions[0].length;
    for (int i = 0; i < d / 2; i++) {
      double frequency = Math.pow(theta, -2.0 * i / d);
      int axis = axis(i, axes);
      for (int token = 0; token < tokens; token++) {
        double angle = (positions[axis][token] + late) * frequency;
        double due = sine ? Math.sin(angle) : Math.cos(angle);
        double off = 0x1p-22 * (2 * Math.abs(angle) + 1);
        double bound = off + format.ulp(Math.abs(due) + off) / 2;
        long at = (long) token * d + i;
        if (!(Math.abs(table.get(at) - due) <= bound)
            || !(Math.abs(table.get(at + d / 2) - due) <= bound)) {
          return false;
        }
      }
    }
    return true;
  }

  private int axis(int i, Axes axes) {
    return switch (axes) {
      case INTERLEAVED -> RopeTable.axis(i, section);
      case BLOCKS -> i < section.get(0) ? 0 : i < section.get(0) + section.get(1) ? 1 : 2;
      case TEMPORAL -> 0;
    };
  }
}

package org.bitref.kernel.row;

import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * How fast the pairs of a rotated head turn, and with which of three positions: the part of a
 * model's definition that no recipe says.
 *
 * @param theta base of the frequencies theta^(-2i/D)
 * @param section how many of the D / 2 frequencies follow the temporal, height and width position;
 *     all of them the first where positions have one axis
 * @param axes how the sections lie
 * @param scaling what is done to the frequencies
 */
public record Frequencies(double theta, List<Integer> section, Axes axes, Scaling scaling) {
  /** Which of the three positions a frequency follows. */
  public enum Axes {
    /** T H W T H W … until height and width have had their share, the rest T: Qwen3-VL. */
    INTERLEAVED,
    /** All T, then all H, then all W: Qwen2-VL. */
    BLOCKS,
    /** T alone, as for text. */
    TEMPORAL;

    /** The axis of frequency {@code i}. */
    public int of(int i, List<Integer> section) {
      return switch (this) {
        case INTERLEAVED -> i % 3 != 0 && i < 3 * section.get(i % 3) ? i % 3 : 0;
        case BLOCKS -> i < section.get(0) ? 0 : i < section.get(0) + section.get(1) ? 1 : 2;
        case TEMPORAL -> 0;
      };
    }
  }

  /** What is done to the frequencies of a model that is stretched to longer prompts. */
  public sealed interface Scaling {
    /**
     * A scaled frequency.
     *
     * @param round rounds every step
     */
    double of(double frequency, DoubleUnaryOperator round);
  }

  /** Nothing. */
  public record Unscaled() implements Scaling {
    @Override
    public double of(double frequency, DoubleUnaryOperator round) {
      return frequency;
    }
  }

  /** All are divided by a factor: Gemma 3. */
  public record Linear(double factor) implements Scaling {
    @Override
    public double of(double frequency, DoubleUnaryOperator round) {
      return round.applyAsDouble(frequency / factor);
    }
  }

  /**
   * Llama 3.1: wavelengths above {@code length / low} are divided by the factor, those below {@code
   * length / high} stay, and between them the two are mixed. PyTorch divides a number by a tensor
   * as a product with the reciprocal.
   *
   * <p>Worked example in float32, factor 8, low 1, high 4, length 8192, frequency 2^-9: the
   * wavelength is 3217 ({@code 0x45490FDB}), the share of the unscaled 0.5155 ({@code 0x3F03F759}),
   * and the result 0.001125 ({@code 0x3A93786E}).
   *
   * @param length of the prompts that the model was first trained with
   */
  public record Llama3(double factor, double low, double high, double length) implements Scaling {
    @Override
    public double of(double frequency, DoubleUnaryOperator round) {
      double wavelength = over(2 * Math.PI, frequency, round);
      if (wavelength < length / high) {
        return frequency;
      }
      double scaled = round.applyAsDouble(frequency / factor);
      if (wavelength > length / low) {
        return scaled;
      }
      double above = round.applyAsDouble(over(length, wavelength, round) - low);
      double share = round.applyAsDouble(above / (high - low));
      double rest = round.applyAsDouble(round.applyAsDouble(1 - share) * frequency);
      return round.applyAsDouble(
          round.applyAsDouble(rest / factor) + round.applyAsDouble(share * frequency));
    }

    private static double over(double a, double b, DoubleUnaryOperator round) {
      return round.applyAsDouble(round.applyAsDouble(1 / b) * round.applyAsDouble(a));
    }
  }

  /** The list is copied. */
  public Frequencies {
    section = List.copyOf(section);
  }

  /** Interleaved sections, unscaled: Qwen3-VL. */
  public static Frequencies interleaved(double theta, List<Integer> section) {
    return new Frequencies(theta, section, Axes.INTERLEAVED, new Unscaled());
  }

  /** For positions of one axis. */
  public static Frequencies ofText(double theta, int headDim, Scaling scaling) {
    return new Frequencies(theta, List.of(headDim / 2, 0, 0), Axes.INTERLEAVED, scaling);
  }

  /** The same with other sections. */
  public Frequencies withSection(List<Integer> other) {
    return new Frequencies(theta, other, axes, scaling);
  }

  /** The axis that frequency {@code i} follows. */
  public int axis(int i) {
    return axes.of(i, section);
  }

  /** Frequency {@code i} of a head with so many rotated elements, in double. */
  public double of(int i, int rotated) {
    return scaling.of(Math.pow(theta, -2.0 * i / rotated), x -> x);
  }
}

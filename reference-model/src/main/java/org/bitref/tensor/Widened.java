package org.bitref.tensor;

import java.util.List;
import java.util.Optional;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;

/**
 * Values of one floating-point type that were stored in a wider one, as by a dump that converts
 * everything to float32.
 *
 * @param stored the type in the file
 * @param held the narrowest type that holds every value
 */
public record Widened(DType stored, DType held) {
  /**
   * The types that may be held, those with the shortest significand first: most bfloat16 numbers
   * are float16 numbers too, hardly any float16 numbers are all bfloat16 ones.
   */
  private static final List<DType> NARROW = List.of(DType.BF16, DType.F16, DType.F32);

  /** Those that values of 16 bits may have been rounded to, the shortest significand first. */
  private static final List<DType> ROUNDED = List.of(DType.F8_E5M2, DType.F8_E4M3, DType.BF16);

  /** Low bits that are zero by chance once in 2^64. */
  private static final int BEYOND_CHANCE = 64;

  /** Empty for a tensor whose values need its type, and for one that is zero everywhere. */
  public static Optional<Widened> in(Tensor tensor) {
    if (tensor.dtype() != DType.F32 && tensor.dtype() != DType.F64) {
      return Optional.empty();
    }
    return NARROW.stream()
        .filter(type -> type.bytes() < tensor.dtype().bytes())
        .filter(type -> fits(tensor, type.format().orElseThrow()))
        .findFirst()
        .map(type -> new Widened(tensor.dtype(), type));
  }

  /**
   * The same if some value needs the last bit of the narrower type. Of values that were rounded to
   * it every other one does; masks, counts and constants are short in any type and tell nothing.
   */
  public static Optional<Widened> tight(Tensor tensor) {
    return in(tensor).filter(found -> needsLastBit(tensor, found.held.format().orElseThrow()));
  }

  /**
   * The type that values of 16 bits were rounded to on the way to where they are stored: every one
   * of it, some with its last bit, and so many that chance does not do it. The system may well go
   * on with them in the type in which they are stored.
   */
  public static Optional<Widened> rounded(Tensor tensor) {
    if (tensor.dtype() != DType.F16 && tensor.dtype() != DType.BF16) {
      return Optional.empty();
    }
    Format stored = tensor.dtype().format().orElseThrow();
    return ROUNDED.stream()
        .filter(type -> type.format().orElseThrow().precision() < stored.precision())
        .filter(type -> fits(tensor, type.format().orElseThrow()))
        .findFirst()
        .filter(type -> needsLastBit(tensor, type.format().orElseThrow()))
        .filter(type -> isNoChance(tensor, stored, type.format().orElseThrow()))
        .map(type -> new Widened(tensor.dtype(), type));
  }

  /** Below the normal numbers bits are lost anyhow. */
  private static boolean isNoChance(Tensor tensor, Format stored, Format held) {
    double least = Math.scalb(1.0, stored.emin());
    int zeros = stored.precision() - held.precision();
    int bits = 0;
    for (long i = 0; i < tensor.elements() && bits < BEYOND_CHANCE; i++) {
      double magnitude = Math.abs(tensor.get(i));
      bits += magnitude >= least && Double.isFinite(magnitude) ? zeros : 0;
    }
    return bits >= BEYOND_CHANCE;
  }

  private static boolean needsLastBit(Tensor tensor, Format format) {
    for (long i = 0; i < tensor.elements(); i++) {
      double value = tensor.get(i);
      if (Double.isFinite(value) && (format.encode(value) & 1) == 1) {
        return true;
      }
    }
    return false;
  }

  /** The tensor in the type that holds its values, which may be its own. */
  public static Tensor narrowed(Tensor tensor) {
    return in(tensor).map(found -> tensor.cast(found.held)).orElse(tensor);
  }

  /** The format of {@link #narrowed}. */
  public static Format format(Tensor tensor) {
    return in(tensor).map(Widened::held).orElse(tensor.dtype()).format().orElseThrow();
  }

  private static boolean fits(Tensor tensor, Format format) {
    boolean some = false;
    for (long i = 0; i < tensor.elements(); i++) {
      double value = tensor.get(i);
      boolean kept = Double.compare(format.round(value, Rounding.RNE), value) == 0;
      if (!kept && !Double.isNaN(value)) {
        return false;
      }
      some |= value != 0;
    }
    return some;
  }
}

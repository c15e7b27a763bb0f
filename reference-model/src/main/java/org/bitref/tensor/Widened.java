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

package org.bitref.bound;

import java.util.Arrays;
import java.util.stream.Stream;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;

/** Which format a tensor's values are in; a dump often widens them. */
final class StoredFormat {
  private StoredFormat() {}

  /** The narrowest of float16, bfloat16, float32 and the tensor's own that holds every value. */
  static Format of(Tensor tensor) {
    Format own = tensor.dtype().format().orElseThrow();
    if (tensor.dtype() != DType.F32 && tensor.dtype() != DType.F64) {
      return own;
    }
    double[] values = tensor.toDoubles();
    return Stream.of(Format.F16, Format.BF16, Format.F32)
        .filter(format -> holds(format, values))
        .findFirst()
        .orElse(own);
  }

  private static boolean holds(Format format, double[] values) {
    return Arrays.stream(values)
        .allMatch(value -> Double.compare(format.round(value, Rounding.RNE), value) == 0);
  }
}

package org.bitref.cli.gemm;

import java.util.List;
import org.bitref.cli.console.Result;

/**
 * A product that was computed.
 *
 * @param recipe its canonical text
 * @param y name of the result in the file
 * @param shape of the result
 * @param seconds the product took, without reading and writing
 * @param gmacs billions of multiply-adds a second
 */
record GemmReport(
    String recipe,
    String output,
    String y,
    String dtype,
    List<Long> shape,
    double seconds,
    double gmacs)
    implements Result {
  @Override
  public String text() {
    return "%s%n%s: %s %s %s, %.2f s, %.2f G multiply-adds/s%n"
        .formatted(recipe, output, y, dtype, shape, seconds, gmacs);
  }
}

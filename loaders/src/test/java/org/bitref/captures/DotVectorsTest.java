package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Single dot products of eight GPUs, all equal. */
final class DotVectorsTest {
  @ParameterizedTest
  @MethodSource("org.bitref.captures.DotVectors#accumulating")
  void everyResultIsEqual(List<String> line) {
    assertAllEqual(DotVectors.run(line, true));
  }

  @ParameterizedTest
  @MethodSource("org.bitref.captures.DotVectors#fromZero")
  void everyResultWithoutAccumulatorIsEqual(List<String> line) {
    assertAllEqual(DotVectors.run(line, false));
  }

  private static void assertAllEqual(Reproduced set) {
    assertEquals(set.total(), set.equal(), set::line);
  }
}

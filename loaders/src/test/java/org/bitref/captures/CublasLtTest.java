package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every result of cublasLt that is a product. */
final class CublasLtTest {
  @ParameterizedTest
  @MethodSource("org.bitref.captures.CublasLt#problems")
  void theConfigurationDeterminesEveryOutput(String problem) {
    List<Reproduced> results = CublasLt.run(problem);
    assertFalse(results.isEmpty());
    for (Reproduced result : results) {
      assertEquals(result.total(), result.equal(), result::line);
    }
  }
}

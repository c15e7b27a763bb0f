package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Single matrix instructions of an H100: every output, signs of zero and NaN patterns included. */
final class TensorCoreTest {
  @ParameterizedTest
  @MethodSource("org.bitref.captures.TensorCores#instructions")
  void everyOutputIsEqual(List<String> line) {
    Reproduced instruction = TensorCores.run(line);
    assertEquals(instruction.total(), instruction.equal(), instruction::line);
  }
}

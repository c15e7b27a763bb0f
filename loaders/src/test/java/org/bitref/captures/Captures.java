package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.bitref.loaders.safetensors.SafetensorsFile;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** Captured hardware results, where a system property names the folder that holds them. */
final class Captures {
  private Captures() {}

  /** Results of whole products and of single instructions; skips the test where there are none. */
  static TensorSource capture(String name) {
    return open("bitref.captures", name);
  }

  /** Single dot products on many GPUs; skips the test where there are none. */
  static TensorSource vectors(String name) {
    return open("bitref.vectors", name);
  }

  /** True if there are single dot products to compare with. */
  static boolean hasVectors() {
    return Files.exists(file("bitref.vectors", "dot-h100"));
  }

  private static Path file(String property, String name) {
    return Path.of(System.getProperty(property, ""), name + ".safetensors");
  }

  private static TensorSource open(String property, String name) {
    Path file = file(property, name);
    assumeTrue(
        Files.exists(file),
        () -> "-D" + property + " names no folder with " + name + ".safetensors");
    return SafetensorsFile.open(file);
  }

  /** How many elements are equal bit for bit. */
  static long equal(Tensor expected, Tensor actual) {
    assertEquals(expected.dtype(), actual.dtype());
    assertEquals(expected.elements(), actual.elements());
    long equal = 0;
    for (long i = 0; i < expected.elements(); i++) {
      equal += expected.bits(i) == actual.bits(i) ? 1 : 0;
    }
    return equal;
  }
}

package org.bitref.kernel.blocked;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** The runs of the build that ask for other vectors than the machine's widest do get them. */
@Isolated("turns the vectors off for a moment")
final class VectorWidthTest {
  @Test
  void vectorsAreThoseThatTheRunAsksFor() {
    String lanes = System.getProperty("bitref.lanes");
    assumeTrue(lanes != null, "a run with the machine's own vectors");
    boolean none = lanes.equals("none");
    assertEquals(!none, Kernels.vectors());
    String said = Kernels.describe();
    assertTrue(none ? said.startsWith("scalar (") : said.endsWith(" " + lanes + " lanes"), said);
  }

  @Test
  void vectorsCanBeTurnedOff() {
    String before = System.getProperty("bitref.simd");
    System.setProperty("bitref.simd", "off");
    try {
      assertFalse(Kernels.vectors());
      assertTrue(Kernels.describe().startsWith("scalar ("));
    } finally {
      if (before == null) {
        System.clearProperty("bitref.simd");
      } else {
        System.setProperty("bitref.simd", before);
      }
    }
  }
}

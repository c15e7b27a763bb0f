package org.bitref.kernel.blocked;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

/** The runs of the build that ask for other vectors than the machine's widest do get them. */
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
}

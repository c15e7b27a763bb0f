package org.bitref.identify;

import org.bitref.kernel.Workers;

/** Finds the recipe of a captured matrix product. */
public final class GemmSearch {
  private GemmSearch() {}

  public static Identification identify(GemmCase gemm, Workers workers) {
    throw new UnsupportedOperationException("not written yet");
  }
}

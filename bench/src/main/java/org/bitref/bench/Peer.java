package org.bitref.bench;

import java.nio.FloatBuffer;

/**
 * Another library's float32 product. Implementations have a constructor that takes a {@link
 * Product} and are found by name: they are on the class path only with the Maven profile {@code
 * peers}.
 */
public interface Peer extends AutoCloseable {
  /** Name and version of the library. */
  String title();

  /** Computes y = x · wᵀ. */
  void multiply();

  /** The last y, [rows, columns]. */
  FloatBuffer result();

  @Override
  void close();
}

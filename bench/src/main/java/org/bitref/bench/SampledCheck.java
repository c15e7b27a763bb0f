package org.bitref.bench;

import java.nio.FloatBuffer;

/** Whether a contestant computed the product at all: some elements of it. */
final class SampledCheck {
  private static final int SAMPLES = 100;

  private SampledCheck() {}

  /**
   * Compares with a float64 sum. K float32 products added in any order miss the true sum by at most
   * γ Σ|x w| with γ = K u / (1 − K u) and u = 2⁻²⁴; that of the float64 sum is 2⁻²⁹ of this, well
   * inside of what doubling allows. This project's own sums must be those of the FMA chain, bit for
   * bit.
   *
   * @return empty, or what to add to the contestant's name
   */
  static String problem(Peer peer, Product product) {
    FloatBuffer x = Product.buffer(product.x());
    FloatBuffer w = Product.buffer(product.w());
    FloatBuffer y = peer.result();
    int depth = product.depth();
    double gamma = depth * 0x1p-24 / (1 - depth * 0x1p-24);
    for (int i = 0; i < SAMPLES; i++) {
      int row = (int) ((long) i * (product.rows() - 1) / (SAMPLES - 1));
      int column = (int) ((long) i * 7919 % product.columns());
      double sum = 0;
      double size = 0;
      float chain = 0;
      for (int k = 0; k < depth; k++) {
        float a = x.get(row * depth + k);
        float b = w.get(column * depth + k);
        sum += (double) a * b;
        size += Math.abs((double) a * b);
        chain = Math.fma(a, b, chain);
      }
      float found = y.get(row * product.columns() + column);
      boolean right =
          peer instanceof Ours ? found == chain : Math.abs(found - sum) <= 2 * gamma * size;
      if (!right) {
        return " WRONG at row " + row + ", column " + column;
      }
    }
    return "";
  }
}

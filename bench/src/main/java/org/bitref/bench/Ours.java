package org.bitref.bench;

import java.nio.FloatBuffer;
import org.bitref.kernel.GemmKernel;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.tensor.Tensor;

/** This project's float32 FMA chain, in the place of a peer. */
final class Ours implements Peer {
  private final Product product;
  private final GemmKernel kernel = Kernels.gemm(Kind.FP32.recipe());
  private final Workers workers;
  private Tensor y;

  Ours(Product product) {
    this.product = product;
    this.workers = new Workers(product.threads());
  }

  @Override
  public String title() {
    return "bitref";
  }

  @Override
  public void multiply() {
    y = kernel.multiply(product.x(), product.w(), GemmOperands.NONE, workers);
  }

  @Override
  public FloatBuffer result() {
    return FloatBuffer.wrap(y.toFloats());
  }

  @Override
  public void close() {
    workers.close();
  }
}

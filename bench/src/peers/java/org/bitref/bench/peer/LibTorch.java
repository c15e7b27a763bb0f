package org.bitref.bench.peer;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import org.bitref.bench.Peer;
import org.bitref.bench.Product;

/** PyTorch's C++ library through DJL; the weights are copied into a tensor beforehand. */
public final class LibTorch implements Peer {
  private final Engine engine;
  private final NDManager manager;
  private final NDArray x;
  private final NDArray w;
  private NDArray y;

  /** Loads the library. */
  public LibTorch(Product product) {
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(product.threads()));
    engine = Engine.getEngine("PyTorch");
    manager = engine.newBaseManager(Device.cpu());
    int k = product.depth();
    x = manager.create(Product.buffer(product.x()), new Shape(product.rows(), k));
    w = manager.create(Product.buffer(product.w()), new Shape(product.columns(), k)).transpose();
  }

  @Override
  public String title() {
    return "libtorch " + engine.getVersion() + " (DJL)";
  }

  @Override
  public void multiply() {
    if (y != null) {
      y.close();
    }
    y = x.matMul(w);
  }

  @Override
  public FloatBuffer result() {
    return FloatBuffer.wrap(y.toFloatArray());
  }

  @Override
  public void close() {
    manager.close();
  }
}

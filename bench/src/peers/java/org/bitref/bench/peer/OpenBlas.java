package org.bitref.bench.peer;

import java.nio.FloatBuffer;
import org.bitref.bench.Peer;
import org.bitref.bench.Product;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;

/** OpenBLAS; its threads and its kernel are set by the environment of the process. */
public final class OpenBlas implements Peer {
  private final Product product;
  private final FloatPointer x;
  private final FloatPointer w;
  private final FloatPointer y;

  /** Loads the library. */
  public OpenBlas(Product product) {
    Loader.load(openblas_nolapack.class);
    this.product = product;
    x = new FloatPointer(Product.buffer(product.x()));
    w = new FloatPointer(Product.buffer(product.w()));
    y = new FloatPointer((long) product.rows() * product.columns());
  }

  @Override
  public String title() {
    String kernel = System.getenv("OPENBLAS_CORETYPE");
    return "OpenBLAS 0.3.31" + (kernel == null ? "" : " (" + kernel + ")");
  }

  @Override
  public void multiply() {
    int k = product.depth();
    openblas_nolapack.cblas_sgemm(
        openblas_nolapack.CblasRowMajor,
        openblas_nolapack.CblasNoTrans,
        openblas_nolapack.CblasTrans,
        product.rows(),
        product.columns(),
        k,
        1,
        x,
        k,
        w,
        k,
        0,
        y,
        product.columns());
  }

  @Override
  public FloatBuffer result() {
    return y.asBuffer();
  }

  @Override
  public void close() {
    y.close();
  }
}

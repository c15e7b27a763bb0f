package org.bitref.bench.peer;

import java.nio.FloatBuffer;
import org.bitref.bench.Peer;
import org.bitref.bench.Product;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.mkl.global.mkl_rt;

/** Intel MKL; its threads are set by the environment of the process. */
public final class Mkl implements Peer {
  private final Product product;
  private final FloatPointer x;
  private final FloatPointer w;
  private final FloatPointer y;

  /** Loads the library. */
  public Mkl(Product product) {
    Loader.load(mkl_rt.class);
    this.product = product;
    x = new FloatPointer(Product.buffer(product.x()));
    w = new FloatPointer(Product.buffer(product.w()));
    y = new FloatPointer((long) product.rows() * product.columns());
  }

  @Override
  public String title() {
    return "MKL 2025.3";
  }

  @Override
  public void multiply() {
    int k = product.depth();
    mkl_rt.cblas_sgemm(
        mkl_rt.CblasRowMajor,
        mkl_rt.CblasNoTrans,
        mkl_rt.CblasTrans,
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

package org.bitref.live;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_dgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bytedeco.openblas.global.openblas_nolapack;

/** OpenBLAS: {@code cblas_sgemm} and {@code cblas_dgemm}, the weights transposed by the library. */
record OpenBlas() implements BlackBox {
  @Override
  public String framework() {
    return "OpenBLAS " + openblas_nolapack.class.getPackage().getImplementationVersion();
  }

  @Override
  public Tensor multiply(Tensor x, Tensor w) {
    int m = x.shape().intDim(0);
    int k = x.shape().intDim(1);
    int n = w.shape().intDim(0);
    MemorySegment y =
        switch (x.dtype()) {
          case F32 -> {
            float[] out = new float[m * n];
            float[] b = w.toFloats();
            cblas_sgemm(
                CblasRowMajor,
                CblasNoTrans,
                CblasTrans,
                m,
                n,
                k,
                1,
                x.toFloats(),
                k,
                b,
                k,
                0,
                out,
                n);
            yield MemorySegment.ofArray(out);
          }
          case F64 -> {
            double[] out = new double[m * n];
            double[] b = w.toDoubles();
            cblas_dgemm(
                CblasRowMajor,
                CblasNoTrans,
                CblasTrans,
                m,
                n,
                k,
                1,
                x.toDoubles(),
                k,
                b,
                k,
                0,
                out,
                n);
            yield MemorySegment.ofArray(out);
          }
          default -> throw new IllegalArgumentException(x.dtype() + " has no kernel");
        };
    byte[] bytes = y.toArray(ValueLayout.JAVA_BYTE);
    return new Tensor(x.dtype(), Shape.of(m, n), MemorySegment.ofArray(bytes));
  }
}

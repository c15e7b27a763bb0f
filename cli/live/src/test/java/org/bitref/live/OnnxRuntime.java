package org.bitref.live;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** ONNX Runtime's CPU provider with the model of a probe folder. */
final class OnnxRuntime implements BlackBox {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;

  OnnxRuntime(Path model) {
    try {
      session = environment.createSession(model.toString());
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String framework() {
    return "onnxruntime " + environment.getVersion();
  }

  @Override
  public Tensor multiply(Tensor x, Tensor w) {
    long m = x.shape().dim(0);
    long k = x.shape().dim(1);
    long n = w.shape().dim(0);
    try (OnnxTensor a = tensor(x.data().toArray(ValueLayout.JAVA_BYTE), m, k, x.dtype());
        OnnxTensor b = tensor(transposed(w), k, n, w.dtype());
        OrtSession.Result results = session.run(Map.of("x", a, "wt", b))) {
      ByteBuffer data = ((OnnxTensor) results.get(0)).getByteBuffer();
      byte[] copy = new byte[data.remaining()];
      data.get(copy);
      return new Tensor(x.dtype(), Shape.of(m, n), MemorySegment.ofArray(copy));
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  private OnnxTensor tensor(byte[] data, long rows, long columns, DType dtype) throws OrtException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(data.length).order(ByteOrder.nativeOrder());
    buffer.put(data).flip();
    OnnxJavaType type =
        switch (dtype) {
          case F32 -> OnnxJavaType.FLOAT;
          case F64 -> OnnxJavaType.DOUBLE;
          case F16 -> OnnxJavaType.FLOAT16;
          default -> throw new IllegalArgumentException(dtype + " is not run here");
        };
    return OnnxTensor.createTensor(environment, buffer, new long[] {rows, columns}, type);
  }

  /** The bytes of w [N, K] as [K, N]. */
  private static byte[] transposed(Tensor w) {
    int n = w.shape().intDim(0);
    int k = w.shape().intDim(1);
    TensorBuilder turned = new TensorBuilder(w.dtype(), Shape.of(k, n));
    for (int row = 0; row < n; row++) {
      for (int column = 0; column < k; column++) {
        turned.setBits((long) column * n + row, w.bits((long) row * k + column));
      }
    }
    return turned.build().data().toArray(ValueLayout.JAVA_BYTE);
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}

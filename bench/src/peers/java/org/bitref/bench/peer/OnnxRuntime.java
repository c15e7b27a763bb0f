package org.bitref.bench.peer;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.bitref.bench.Peer;
import org.bitref.bench.Product;

/**
 * ONNX Runtime: a model of one Gemm whose constant weights it may arrange as it likes when the
 * session is made.
 */
public final class OnnxRuntime implements Peer {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final OnnxTensor x;
  private final OnnxTensor y;
  private final FloatBuffer result;

  /** Loads the library and the model. */
  public OnnxRuntime(Product product) {
    // Beside the safetensors file, which holds the weights of the model.
    Path model = product.file().resolveSibling("gemm-" + product.columns() + ".onnx");
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      Files.write(model, GemmModel.bytes(product));
      options.setIntraOpNumThreads(product.threads());
      options.setInterOpNumThreads(1);
      session = environment.createSession(model.toString(), options);
      x =
          OnnxTensor.createTensor(
              environment,
              Product.buffer(product.x()),
              new long[] {product.rows(), product.depth()});
      result = Product.allocate(product.rows() * product.columns());
      y =
          OnnxTensor.createTensor(
              environment, result, new long[] {product.rows(), product.columns()});
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String title() {
    return "ONNX Runtime " + environment.getVersion();
  }

  @Override
  public void multiply() {
    try (OrtSession.Result _ = session.run(Map.of("x", x), Map.of("y", y))) {
      // The result is in y.
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public FloatBuffer result() {
    return result;
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

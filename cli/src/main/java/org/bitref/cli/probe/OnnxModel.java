package org.bitref.cli.probe;

import java.util.List;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.loaders.file.Strided;
import org.bitref.loaders.onnx.OnnxGraph;
import org.bitref.probe.ProbeSetup;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * The ONNX model of a probe: y = x · wt (+ bias), where wt [K, N] is an input if the weights are
 * free and an initializer if they are given.
 */
final class OnnxModel {
  private OnnxModel() {}

  /**
   * @throws BadInputException if the model would be larger than a protocol buffer can be
   */
  static byte[] of(ProbeSetup setup, Optional<ProbeFolder.Given> given) {
    if (given.isPresent() && given.get().w().data().byteSize() > 1L << 30) {
      throw new BadInputException(
          "the weights", "are too large for one ONNX file", "Probe a smaller product.");
    }
    OnnxGraph graph = new OnnxGraph();
    graph.node("MatMul", List.of("x", "wt"), setup.bias() ? "sum" : "y");
    if (setup.bias()) {
      graph.node("Add", List.of("sum", "bias"), "y");
    }
    given.ifPresent(engine -> graph.constant("wt", transposed(engine.w())));
    if (given.isPresent() && setup.bias()) {
      Tensor bias = given.get().bias().orElseThrow();
      graph.constant("bias", new Tensor(setup.out(), Shape.of(setup.n()), bias.data()));
    }
    graph.input("x", setup.in(), setup.m(), setup.k());
    if (given.isEmpty()) {
      graph.input("wt", setup.in(), setup.k(), setup.n());
    }
    if (given.isEmpty() && setup.bias()) {
      graph.input("bias", setup.out(), setup.n());
    }
    return graph.output("y", setup.out(), setup.m(), setup.n()).model("probe");
  }

  private static Tensor transposed(Tensor w) {
    long n = w.shape().dim(0);
    long k = w.shape().dim(1);
    Strided columns = new Strided(0, new long[] {k, n}, new long[] {1, k});
    return columns.of("the weights", w.dtype(), w.data());
  }
}

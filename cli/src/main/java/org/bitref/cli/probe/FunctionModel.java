package org.bitref.cli.probe;

import java.util.List;
import org.bitref.loaders.onnx.OnnxGraph;
import org.bitref.probe.function.FunctionInputs;
import org.bitref.probe.function.FunctionSetup;
import org.bitref.probe.function.SpecialFunction;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** The ONNX model of a probe of functions: from {@code NAME.x} to {@code NAME.y} for each. */
final class FunctionModel {
  private final FunctionSetup setup;
  private final OnnxGraph graph = new OnnxGraph();

  private FunctionModel(FunctionSetup setup) {
    this.setup = setup;
  }

  static byte[] of(FunctionSetup setup, List<SpecialFunction> functions, FunctionInputs inputs) {
    FunctionModel model = new FunctionModel(setup);
    for (SpecialFunction function : functions) {
      String name = function.word();
      long[] dims = inputs.x(function).shape().dims();
      model.graph.input(name + ".x", setup.dtype(), dims);
      model.nodes(function, name + ".x", name + ".y");
      model.graph.output(name + ".y", setup.dtype(), dims);
    }
    return model.graph.model("probe");
  }

  /** As exporters write them: ONNX has no 2^x, no 1/√x, no silu, and the norm only from 23 on. */
  private void nodes(SpecialFunction function, String x, String y) {
    switch (function) {
      case EX2 -> {
        graph.constant("two", scalar(2));
        graph.node("Pow", List.of("two", x), y);
      }
      case RCP -> graph.node("Reciprocal", List.of(x), y);
      case RSQRT -> {
        graph.node("Sqrt", List.of(x), "root");
        graph.node("Reciprocal", List.of("root"), y);
      }
      case EXP -> graph.node("Exp", List.of(x), y);
      case SILU -> {
        graph.node("Sigmoid", List.of(x), "sigmoid");
        graph.node("Mul", List.of(x, "sigmoid"), y);
      }
      case SOFTMAX -> graph.node("Softmax", List.of(x), y);
      case NORM -> norm(x, y);
    }
  }

  private void norm(String x, String y) {
    graph.input("norm.weight", setup.dtype(), setup.width());
    graph.constant("eps", scalar(FunctionSetup.EPS));
    graph.node("Mul", List.of(x, x), "norm.square");
    graph.reduction("ReduceMean", "norm.square", "norm.mean");
    graph.node("Add", List.of("norm.mean", "eps"), "norm.radicand");
    graph.node("Sqrt", List.of("norm.radicand"), "norm.root");
    graph.node("Div", List.of(x, "norm.root"), "norm.scaled");
    graph.node("Mul", List.of("norm.scaled", "norm.weight"), y);
  }

  private Tensor scalar(double value) {
    TensorBuilder builder = new TensorBuilder(setup.dtype(), Shape.of());
    builder.set(0, value);
    return builder.build();
  }
}

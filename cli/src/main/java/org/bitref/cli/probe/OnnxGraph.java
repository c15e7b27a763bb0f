package org.bitref.cli.probe;

import java.lang.foreign.ValueLayout;
import java.util.List;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;

/**
 * An ONNX model in the making; every tensor has a fixed shape.
 *
 * <p>Source of the field numbers: onnx.proto of ONNX 1.16; encoding: the Protocol Buffers manual.
 */
final class OnnxGraph {
  private static final int OPSET = 13;
  private static final int IR_VERSION = 8;
  private static final int INTS = 7;

  private final ProtoMessage graph = new ProtoMessage();

  OnnxGraph node(String operation, List<String> inputs, String output) {
    graph.message(1, operation(operation, inputs, output));
    return this;
  }

  /** A node that reduces the last axis to length 1. */
  OnnxGraph reduction(String operation, String input, String output) {
    ProtoMessage axes = new ProtoMessage().text(1, "axes").number(8, -1).number(20, INTS);
    graph.message(1, operation(operation, List.of(input), output).message(5, axes));
    return this;
  }

  private static ProtoMessage operation(String operation, List<String> inputs, String output) {
    ProtoMessage node = new ProtoMessage();
    inputs.forEach(input -> node.text(1, input));
    return node.text(2, output).text(4, operation);
  }

  OnnxGraph constant(String name, Tensor value) {
    return constant(name, value.dtype(), bytes(value), value.shape().dims());
  }

  OnnxGraph constant(String name, DType dtype, byte[] data, long... dims) {
    ProtoMessage tensor = new ProtoMessage();
    for (long dim : dims) {
      tensor.number(1, dim);
    }
    graph.message(5, tensor.number(2, type(dtype)).text(8, name).raw(9, data));
    return this;
  }

  OnnxGraph input(String name, DType dtype, long... dims) {
    graph.message(11, value(name, dtype, dims));
    return this;
  }

  OnnxGraph output(String name, DType dtype, long... dims) {
    graph.message(12, value(name, dtype, dims));
    return this;
  }

  private static ProtoMessage value(String name, DType dtype, long... dims) {
    ProtoMessage shape = new ProtoMessage();
    for (long dim : dims) {
      shape.message(1, new ProtoMessage().number(1, dim));
    }
    ProtoMessage tensor = new ProtoMessage().number(1, type(dtype)).message(2, shape);
    return new ProtoMessage().text(1, name).message(2, new ProtoMessage().message(1, tensor));
  }

  private static int type(DType dtype) {
    return switch (dtype) {
      case F32 -> 1;
      case F16 -> 10;
      case F64 -> 11;
      case BF16 -> 16;
      case F8_E4M3 -> 17;
      case F8_E5M2 -> 19;
      default -> throw new IllegalArgumentException(dtype + " has no place in a probe");
    };
  }

  static byte[] bytes(Tensor tensor) {
    return tensor.data().toArray(ValueLayout.JAVA_BYTE);
  }

  /** The model as a file. */
  byte[] model() {
    graph.text(2, "probe");
    return new ProtoMessage()
        .number(1, IR_VERSION)
        .text(2, "bitref")
        .message(7, graph)
        .message(8, new ProtoMessage().number(2, OPSET))
        .bytes();
  }
}

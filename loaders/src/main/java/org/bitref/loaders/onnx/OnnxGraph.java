package org.bitref.loaders.onnx;

import java.lang.foreign.ValueLayout;
import java.util.List;
import org.bitref.loaders.file.DTypeName;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;

/**
 * An ONNX model in the making; every tensor has a fixed shape and all numbers stand in the file,
 * which must stay below the 2 GiB of a protobuf message.
 *
 * <p>Source of the field numbers: onnx.proto of ONNX 1.16; encoding: the Protocol Buffers manual.
 */
public final class OnnxGraph {
  private static final int OPSET = 13;
  private static final int IR_VERSION = 8;
  private static final int INTS = 7;

  private final ProtoWriter graph = new ProtoWriter();

  /** A node of one output. */
  public OnnxGraph node(String operation, List<String> inputs, String output) {
    graph.message(1, operation(operation, inputs, output));
    return this;
  }

  /** A node that reduces the last axis to length 1. */
  public OnnxGraph reduction(String operation, String input, String output) {
    ProtoWriter axes = new ProtoWriter().text(1, "axes").number(8, -1).number(20, INTS);
    graph.message(1, operation(operation, List.of(input), output).message(5, axes));
    return this;
  }

  private static ProtoWriter operation(String operation, List<String> inputs, String output) {
    ProtoWriter node = new ProtoWriter();
    inputs.forEach(input -> node.text(1, input));
    return node.text(2, output).text(4, operation);
  }

  /** An initializer, its numbers as raw bytes. */
  public OnnxGraph constant(String name, Tensor value) {
    ProtoWriter tensor = new ProtoWriter();
    for (long dim : value.shape().dims()) {
      tensor.number(1, dim);
    }
    tensor.number(2, DTypeName.of(value.dtype()).onnx()).text(8, name);
    graph.message(5, tensor.raw(9, value.data().toArray(ValueLayout.JAVA_BYTE)));
    return this;
  }

  /** An input of the graph. */
  public OnnxGraph input(String name, DType dtype, long... dims) {
    graph.message(11, value(name, dtype, dims));
    return this;
  }

  /** An output of the graph. */
  public OnnxGraph output(String name, DType dtype, long... dims) {
    graph.message(12, value(name, dtype, dims));
    return this;
  }

  private static ProtoWriter value(String name, DType dtype, long... dims) {
    ProtoWriter shape = new ProtoWriter();
    for (long dim : dims) {
      shape.message(1, new ProtoWriter().number(1, dim));
    }
    ProtoWriter tensor = new ProtoWriter().number(1, DTypeName.of(dtype).onnx()).message(2, shape);
    return new ProtoWriter().text(1, name).message(2, new ProtoWriter().message(1, tensor));
  }

  /**
   * The model as a file.
   *
   * @param name of the graph
   */
  public byte[] model(String name) {
    graph.text(2, name);
    return new ProtoWriter()
        .number(1, IR_VERSION)
        .text(2, "bitref")
        .message(7, graph)
        .message(8, new ProtoWriter().number(2, OPSET))
        .bytes();
  }
}

package org.bitref.cli.probe;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.bitref.BadInputException;
import org.bitref.probe.ProbeSetup;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;

/**
 * The ONNX model of a probe: y = x · wt (+ bias), where wt [K, N] is an input if the weights are
 * free and an initializer if they are given.
 *
 * <p>Source of the field numbers: onnx.proto of ONNX 1.16; encoding: the Protocol Buffers manual.
 */
final class OnnxModel {
  private static final int OPSET = 13;
  private static final int IR_VERSION = 8;

  private OnnxModel() {}

  /**
   * @param weights [N, K], or null
   * @param bias [N], or null; ignored if the weights are free
   * @throws BadInputException if the model would be larger than a protocol buffer can be
   */
  static byte[] of(ProbeSetup setup, Tensor weights, Tensor bias) {
    if (weights != null && weights.data().byteSize() > 1L << 30) {
      throw new BadInputException(
          "the weights", "are too large for one ONNX file", "Probe a smaller product.");
    }
    int type = type(setup.in());
    int outType = type(setup.out());
    Message graph = new Message();
    boolean biased = setup.bias();
    graph.message(1, node("MatMul", List.of("x", "wt"), biased ? "sum" : "y"));
    if (biased) {
      graph.message(1, node("Add", List.of("sum", "bias"), "y"));
    }
    graph.text(2, "probe");
    if (weights != null) {
      graph.message(5, initializer("wt", type, transposed(weights), setup.k(), setup.n()));
    }
    if (weights != null && biased) {
      graph.message(5, initializer("bias", outType, bytes(bias), setup.n()));
    }
    graph.message(11, value("x", type, setup.m(), setup.k()));
    if (weights == null) {
      graph.message(11, value("wt", type, setup.k(), setup.n()));
    }
    if (weights == null && biased) {
      graph.message(11, value("bias", outType, setup.n()));
    }
    graph.message(12, value("y", outType, setup.m(), setup.n()));
    return new Message()
        .number(1, IR_VERSION)
        .text(2, "bitref")
        .message(7, graph)
        .message(8, new Message().number(2, OPSET))
        .bytes();
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

  private static Message node(String operation, List<String> inputs, String output) {
    Message node = new Message();
    inputs.forEach(input -> node.text(1, input));
    return node.text(2, output).text(4, operation);
  }

  private static Message initializer(String name, int type, byte[] data, long... dims) {
    Message tensor = new Message();
    for (long dim : dims) {
      tensor.number(1, dim);
    }
    return tensor.number(2, type).text(8, name).raw(9, data);
  }

  private static Message value(String name, int type, long... dims) {
    Message shape = new Message();
    for (long dim : dims) {
      shape.message(1, new Message().number(1, dim));
    }
    Message tensor = new Message().number(1, type).message(2, shape);
    return new Message().text(1, name).message(2, new Message().message(1, tensor));
  }

  private static byte[] bytes(Tensor tensor) {
    return tensor.data().toArray(ValueLayout.JAVA_BYTE);
  }

  private static byte[] transposed(Tensor w) {
    int rows = w.shape().intDim(0);
    int columns = w.shape().intDim(1);
    int size = w.dtype().bytes();
    byte[] from = bytes(w);
    byte[] to = new byte[from.length];
    for (int n = 0; n < rows; n++) {
      for (int k = 0; k < columns; k++) {
        System.arraycopy(from, (n * columns + k) * size, to, (k * rows + n) * size, size);
      }
    }
    return to;
  }

  /** A protocol buffer in the making. */
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message number(int field, long value) {
      varint((long) field << 3);
      varint(value);
      return this;
    }

    Message text(int field, String value) {
      return raw(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
      return raw(field, value.bytes());
    }

    Message raw(int field, byte[] value) {
      varint(((long) field << 3) | 2);
      varint(value.length);
      out.writeBytes(value);
      return this;
    }

    private void varint(long value) {
      long rest = value;
      while (rest >>> 7 != 0) {
        out.write((int) ((rest & 0x7F) | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }
}

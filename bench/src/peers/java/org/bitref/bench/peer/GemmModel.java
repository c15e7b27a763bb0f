package org.bitref.bench.peer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.bitref.bench.Product;

/** The ONNX model y = Gemm(x, w, transB = 1); field numbers are those of onnx.proto. */
final class GemmModel {
  private static final int FLOAT = 1;
  private static final int INT = 2;
  private static final int EXTERNAL = 1;

  private GemmModel() {}

  static byte[] bytes(Product product) {
    Message transposed = new Message().text(1, "transB").number(3, 1).number(20, INT);
    Message node =
        new Message().text(1, "x").text(1, "w").text(2, "y").text(4, "Gemm").message(5, transposed);
    Message graph =
        new Message()
            .message(1, node)
            .text(2, "product")
            .message(5, weights(product))
            .message(11, value("x", product.rows(), product.depth()))
            .message(12, value("y", product.rows(), product.columns()));
    return new Message()
        .number(1, 8)
        .message(7, graph)
        .message(8, new Message().text(1, "").number(2, 17))
        .bytes();
  }

  private static Message weights(Product product) {
    return new Message()
        .number(1, product.columns())
        .number(1, product.depth())
        .number(2, FLOAT)
        .text(8, "w")
        .message(13, entry("location", product.file().getFileName().toString()))
        .message(13, entry("offset", Long.toString(product.offset())))
        .message(13, entry("length", Long.toString(product.w().data().byteSize())))
        .number(14, EXTERNAL);
  }

  private static Message entry(String key, String value) {
    return new Message().text(1, key).text(2, value);
  }

  private static Message value(String name, int rows, int columns) {
    Message shape =
        new Message()
            .message(1, new Message().number(1, rows))
            .message(1, new Message().number(1, columns));
    Message tensor = new Message().number(1, FLOAT).message(2, shape);
    return new Message().text(1, name).message(2, new Message().message(1, tensor));
  }

  /** A protocol buffer message under construction. */
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message number(int field, long value) {
      varint(field << 3);
      varint(value);
      return this;
    }

    Message text(int field, String value) {
      return block(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
      return block(field, value.bytes());
    }

    private Message block(int field, byte[] value) {
      varint(field << 3 | 2);
      varint(value.length);
      out.writeBytes(value);
      return this;
    }

    private void varint(long value) {
      long rest = value;
      while (rest >= 128) {
        out.write((int) ((rest & 127) | 128));
        rest >>>= 7;
      }
      out.write((int) rest);
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }
}

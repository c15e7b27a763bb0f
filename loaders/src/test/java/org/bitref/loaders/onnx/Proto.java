package org.bitref.loaders.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Protobuf messages written field by field. */
public final class Proto {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** A number as a varint. */
  public Proto number(int field, long value) {
    varint((long) field << 3);
    varint(value);
    return this;
  }

  /** Bytes of a known length. */
  public Proto bytes(int field, byte... bytes) {
    varint((long) field << 3 | 2);
    varint(bytes.length);
    out.writeBytes(bytes);
    return this;
  }

  /** A text. */
  public Proto text(int field, String text) {
    return bytes(field, text.getBytes(StandardCharsets.UTF_8));
  }

  /** A message in a message. */
  public Proto message(int field, Proto message) {
    return bytes(field, message.bytes());
  }

  /** A float of four bytes. */
  public Proto fixed(int field, float value) {
    varint((long) field << 3 | 5);
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
    return this;
  }

  /** Packed varints. */
  public Proto packed(int field, long... values) {
    Proto packed = new Proto();
    for (long value : values) {
      packed.varint(value);
    }
    return bytes(field, packed.bytes());
  }

  private void varint(long value) {
    long left = value;
    while ((left & ~0x7FL) != 0) {
      out.write((int) (left & 0x7F) | 0x80);
      left >>>= 7;
    }
    out.write((int) left);
  }

  /** The whole message. */
  public byte[] bytes() {
    return out.toByteArray();
  }

  /** The start of an initializer. */
  public static Proto tensor(String name, int type, long... dims) {
    Proto tensor = new Proto().packed(1, dims).number(2, type);
    return tensor.text(8, name);
  }

  /** A model with these initializers. */
  public static byte[] model(Proto... initializers) {
    Proto graph = new Proto().text(2, "g");
    for (Proto initializer : initializers) {
      graph.message(5, initializer);
    }
    return new Proto().number(1, 10).text(2, "test").message(7, graph).bytes();
  }
}

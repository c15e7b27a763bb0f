package org.bitref.cli.probe;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** A protocol buffer in the making. */
final class ProtoMessage {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  ProtoMessage number(int field, long value) {
    varint((long) field << 3);
    varint(value);
    return this;
  }

  ProtoMessage text(int field, String value) {
    return raw(field, value.getBytes(StandardCharsets.UTF_8));
  }

  ProtoMessage message(int field, ProtoMessage value) {
    return raw(field, value.bytes());
  }

  ProtoMessage raw(int field, byte[] value) {
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

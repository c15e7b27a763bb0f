package org.bitref.loaders.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Damages a valid file: always the same way for one seed. */
final class Mutator {
  private static final List<String> NUMBERS =
      List.of(
          "0",
          "1",
          "7",
          "-1",
          "1.5",
          "1e9",
          "255",
          "65536",
          "2147483647",
          "2147483648",
          "4294967296",
          "100000001",
          "9223372036854775807",
          "9223372036854775808",
          "-9223372036854775808",
          "18446744073709551615",
          "1e400",
          "NaN",
          "99999999999999999999999");
  private static final List<String> TOKENS =
      List.of(
          "{",
          "}",
          "[",
          "]",
          "(",
          ")",
          "\"",
          "'",
          ",",
          ":",
          "null",
          "true",
          "false",
          "True",
          "\\",
          "\\ud800",
          "\u0000",
          "\u001b[2J",
          "__metadata__",
          "dtype",
          "shape",
          "../",
          "[[[[[[[[",
          "F64",
          "U8",
          ">f4",
          "<V2",
          "weight_map",
          "\u00e9");

  private final Random random;

  Mutator(long seed) {
    random = new Random(seed);
  }

  /** One to three kinds of damage. */
  byte[] mutate(byte[] valid) {
    byte[] bytes = valid;
    for (int i = random.nextInt(3); i >= 0; i--) {
      bytes = once(bytes);
    }
    return bytes;
  }

  /** As {@link #mutate} on the header of a safetensors file, with the length field kept right. */
  byte[] mutateHeader(byte[] valid) {
    int length = (int) ByteBuffer.wrap(valid).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    byte[] header = mutate(Arrays.copyOfRange(valid, 8, 8 + length));
    ByteBuffer out =
        ByteBuffer.allocate(8 + header.length + valid.length - 8 - length)
            .order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(header.length).put(header).put(valid, 8 + length, valid.length - 8 - length);
    return out.array();
  }

  private byte[] once(byte[] bytes) {
    if (bytes.length == 0) {
      return bytes;
    }
    int at = random.nextInt(bytes.length);
    int n = Math.min(bytes.length - at, 1 + random.nextInt(1 + random.nextInt(64)));
    return switch (random.nextInt(11)) {
      case 0 -> flipBit(bytes, at);
      case 1 -> overwrite(bytes, at);
      case 2 -> Arrays.copyOf(bytes, at);
      case 3 -> splice(bytes, at, at + n, new byte[0]);
      case 4 -> splice(bytes, at, at, Arrays.copyOfRange(bytes, at, at + n));
      case 5 -> {
        int from = random.nextInt(bytes.length);
        int to = Math.min(bytes.length, from + n);
        yield splice(bytes, at, at + n, Arrays.copyOfRange(bytes, from, to));
      }
      case 6 -> splice(bytes, at, at, text(TOKENS));
      case 7 -> splice(bytes, at, Math.min(bytes.length, at + 1), text(TOKENS));
      default -> number(bytes, at);
    };
  }

  private byte[] flipBit(byte[] bytes, int at) {
    byte[] changed = bytes.clone();
    changed[at] ^= (byte) (1 << random.nextInt(8));
    return changed;
  }

  /** Up to 8 bytes of zeros, ones or chance: lengths and offsets of binary headers. */
  private byte[] overwrite(byte[] bytes, int at) {
    byte[] changed = bytes.clone();
    int kind = random.nextInt(3);
    for (int i = at; i < Math.min(bytes.length, at + 1 + random.nextInt(8)); i++) {
      changed[i] = (byte) (kind == 0 ? 0 : kind == 1 ? 0xFF : random.nextInt());
    }
    return changed;
  }

  /** Replaces the next run of digits. */
  private byte[] number(byte[] bytes, int at) {
    int from = at;
    while (from < bytes.length && !digit(bytes[from])) {
      from++;
    }
    int to = from;
    while (to < bytes.length && digit(bytes[to])) {
      to++;
    }
    return splice(bytes, from, to, text(NUMBERS));
  }

  private static boolean digit(byte b) {
    return b >= '0' && b <= '9';
  }

  private byte[] text(List<String> choices) {
    return choices.get(random.nextInt(choices.size())).getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] splice(byte[] bytes, int from, int to, byte[] replacement) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes, 0, from);
    out.writeBytes(replacement);
    out.write(bytes, to, bytes.length - to);
    return out.toByteArray();
  }
}

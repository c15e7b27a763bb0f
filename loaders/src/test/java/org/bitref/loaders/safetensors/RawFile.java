package org.bitref.loaders.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Safetensors files written byte by byte, with whatever defect a test wants. */
final class RawFile {
  private RawFile() {}

  /** A file of this header and so many bytes of data. */
  static Path write(Path path, String header, int dataBytes) throws IOException {
    return write(path, header.getBytes(StandardCharsets.UTF_8), dataBytes);
  }

  static Path write(Path path, byte[] header, int dataBytes) throws IOException {
    return write(path, header.length, header, dataBytes);
  }

  static Path write(Path path, long length, byte[] header, int dataBytes) throws IOException {
    ByteBuffer file =
        ByteBuffer.allocate(8 + header.length + dataBytes)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(length)
            .put(header);
    return Files.write(path, file.array());
  }

  /** A header entry. */
  static String entry(String name, String dtype, String shape, long begin, long end) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%s,%s]}"
        .formatted(name, dtype, shape, begin, end);
  }
}

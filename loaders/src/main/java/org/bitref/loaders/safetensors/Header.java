package org.bitref.loaders.safetensors;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.tensor.TensorInfo;

/**
 * What stands before the data of a safetensors file: 8 bytes with the length N of the header, N
 * bytes of JSON, then the data.
 *
 * @param tensors in the order of the data; offsets count from the start of the file
 */
record Header(Map<String, String> metadata, Map<String, TensorInfo> tensors) {
  /** Bytes of the length field. */
  static final int PREFIX = 8;

  /** The longest header that the format's own library reads. */
  static final long LONGEST = 100_000_000;

  static final String METADATA = "__metadata__";
  static final String DAMAGED =
      "The file is damaged or truncated: copy, download or write it again.";

  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Reads and checks the header; touches none of the data. */
  static Header read(MappedFile file) {
    long length = length(file);
    long dataStart = PREFIX + length;
    HeaderParser parser = new HeaderParser(file.name(), dataStart, file.size() - dataStart);
    return parser.parse(file.bytes(PREFIX, length));
  }

  private static long length(MappedFile file) {
    if (file.size() < PREFIX) {
      throw bad(
          file, "has " + file.size() + " bytes, but a safetensors file starts with 8 of length");
    }
    long length = file.bytes().get(LENGTH, 0);
    if (length < 0 || length > LONGEST) {
      throw bad(
          file,
          "byte 0: the header length %s exceeds the limit of %d bytes"
              .formatted(Long.toUnsignedString(length), LONGEST));
    }
    if (length > file.size() - PREFIX) {
      throw bad(
          file,
          "byte 0: the header length %d exceeds what follows it, %d bytes"
              .formatted(length, file.size() - PREFIX));
    }
    // The format demands the brace as the first byte; JSON alone would allow blanks before it.
    if (length == 0 || file.bytes().get(ValueLayout.JAVA_BYTE, PREFIX) != '{') {
      throw bad(file, "byte 8: the header does not start with '{'");
    }
    return length;
  }

  private static BadInputException bad(MappedFile file, String problem) {
    return new BadInputException(file.name(), problem, DAMAGED);
  }
}

package org.bitref.loaders.polygraphy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.bitref.loaders.file.HeapMemory;
import org.bitref.loaders.file.Place;
import org.bitref.loaders.json.JsonCursor;
import org.bitref.loaders.npy.NpyHeader;
import org.bitref.tensor.Tensor;

/**
 * An npy file as a JSON string: in base64, or as old versions wrote it, each byte a character.
 *
 * @param where what messages call the array
 * @param text the string as it stands in the file, with its quotes
 */
record ArrayText(String where, MemorySegment text) {
  /** A zip archive in base64. */
  private static final String TORCH = "UEsD";

  private static final int BLOCK = 1 << 16;

  /** The string that starts at byte {@code from} of a file. */
  static ArrayText at(String where, MemorySegment file, long from) {
    long end = from + 1;
    while (file.get(ValueLayout.JAVA_BYTE, end) != '"') {
      end += file.get(ValueLayout.JAVA_BYTE, end) == '\\' ? 2 : 1;
    }
    return new ArrayText(where, file.asSlice(from, end + 1 - from));
  }

  /** The array's type and shape; its size is checked, its data is not read. */
  NpyHeader header() {
    if (oneCharacterPerByte()) {
      MemorySegment npy = characters();
      return NpyHeader.read(where, npy, npy.byteSize());
    }
    if (characters(0, 4).equals(TORCH)) {
      throw place()
          .remedy("Give Polygraphy numpy arrays: tensor.cpu().numpy().")
          .bad("is a torch tensor");
    }
    long size = size();
    // Most headers have 128 bytes; one that is longer is looked at once more.
    MemorySegment head = decode(Math.min(size, 510));
    if (size > 510 && headerEnd(head) > 510) {
      head = decode(Math.min(size, NpyHeader.LONGEST));
    }
    return NpyHeader.read(where, head, size);
  }

  /** Where a version 1.0 header ends; beyond every file for others. */
  private static long headerEnd(MemorySegment head) {
    int low = head.get(ValueLayout.JAVA_BYTE, 8) & 0xFF;
    int high = head.get(ValueLayout.JAVA_BYTE, 9) & 0xFF;
    return head.get(ValueLayout.JAVA_BYTE, 6) == 1 ? 10 + (high << 8 | low) : Long.MAX_VALUE;
  }

  Tensor tensor(NpyHeader header) {
    return header.tensor(where, oneCharacterPerByte() ? characters() : decode(size()));
  }

  private boolean oneCharacterPerByte() {
    byte first = text.get(ValueLayout.JAVA_BYTE, 1);
    // 0x93, escaped or in UTF-8.
    return first == '\\' || first == (byte) 0xC2;
  }

  private MemorySegment characters() {
    String[] content = new String[1];
    JsonCursor.read(where, PolygraphyFile.REMEDY, text, in -> content[0] = in.string("the array"));
    return MemorySegment.ofArray(content[0].getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Bytes behind the base64 text. */
  private long size() {
    long length = text.byteSize() - 2;
    if (length % 4 != 0) {
      throw place().bad("its base64 text has %d characters, no multiple of 4", length);
    }
    int padding = 0;
    while (padding < 2
        && padding < length
        && text.get(ValueLayout.JAVA_BYTE, length - padding) == '=') {
      padding++;
    }
    return length / 4 * 3 - padding;
  }

  /** The first {@code n} bytes; {@code n} is a multiple of 3, or the size. */
  private MemorySegment decode(long n) {
    MemorySegment out = HeapMemory.allocate(where, n);
    long length = (n + 2) / 3 * 4;
    long filled = 0;
    for (long from = 0; from < length; from += BLOCK) {
      byte[] block = decodeBlock(from, (int) Math.min(BLOCK, length - from));
      long fitting = Math.min(block.length, n - filled);
      MemorySegment.copy(MemorySegment.ofArray(block), 0, out, filled, fitting);
      filled += fitting;
    }
    if (filled < n) {
      throw place().bad("its base64 text ends early");
    }
    return out;
  }

  private byte[] decodeBlock(long from, int n) {
    byte[] block = text.asSlice(1 + from, n).toArray(ValueLayout.JAVA_BYTE);
    try {
      return Base64.getDecoder().decode(block);
    } catch (IllegalArgumentException e) {
      throw place().bad(e, "its text is not base64 after character " + from);
    }
  }

  private String characters(long from, long n) {
    byte[] bytes =
        text.asSlice(1 + from, Math.min(n, text.byteSize() - 2)).toArray(ValueLayout.JAVA_BYTE);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private Place place() {
    return new Place(where, PolygraphyFile.REMEDY);
  }
}

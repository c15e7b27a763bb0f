package org.bitref.experiment;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.bitref.tensor.Tensor;

/** SHA-256 of tensors and texts. A tensor is read once. */
final class ContentHash {
  private static final int BLOCK = 1 << 16;

  private final Map<Tensor, String> known = new HashMap<>();

  /** Type, shape and a digest of the bytes. */
  String of(Tensor tensor) {
    return known.computeIfAbsent(
        tensor, t -> t.dtype() + " " + t.shape() + " " + hex(digest(t.data())));
  }

  /** The digest of a text in UTF-8, in hexadecimal. */
  static String of(String text) {
    return hex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static byte[] digest(MemorySegment data) {
    MessageDigest digest = sha256();
    byte[] block = new byte[BLOCK];
    for (long at = 0; at < data.byteSize(); at += BLOCK) {
      int n = (int) Math.min(BLOCK, data.byteSize() - at);
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, at, block, 0, n);
      digest.update(block, 0, n);
    }
    return digest.digest();
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}

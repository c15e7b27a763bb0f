package org.bitref.loaders.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Pickles written opcode by opcode, and archives around them, with whatever a test wants. */
public final class Pickle {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** Appends single-byte opcodes and arguments. */
  public Pickle op(int... codes) {
    for (int code : codes) {
      bytes.write(code);
    }
    return this;
  }

  /** Appends characters below 256. */
  Pickle ascii(String text) {
    bytes.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  /** BINUNICODE. */
  public Pickle text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    op('X', utf8.length & 0xFF, utf8.length >> 8 & 0xFF, utf8.length >> 16 & 0xFF, 0);
    bytes.writeBytes(utf8);
    return this;
  }

  /** GLOBAL. */
  Pickle global(String module, String name) {
    return ascii("c" + module + "\n" + name + "\n");
  }

  /** A tensor of one axis over a storage of this key and so many elements. */
  public Pickle tensor(String type, String key, int elements, int offset, int size, int stride) {
    global("torch._utils", "_rebuild_tensor_v2").op('(');
    op('(').text("storage").global("torch", type).text(key).text("cpu");
    op('K', elements, 't', 'Q', 'K', offset, 'K', size, 0x85, 'K', stride, 0x85, 0x89);
    return global("collections", "OrderedDict").op(')', 'R', 't', 'R');
  }

  byte[] bytes() {
    return bytes.toByteArray();
  }

  /** As a file of torch.save with one storage of bytes 0, 1, 2 and so on under the key 0. */
  public Path save(Path path, int storageBytes) {
    byte[] storage = new byte[storageBytes];
    for (int i = 0; i < storageBytes; i++) {
      storage[i] = (byte) i;
    }
    Map<String, byte[]> members = new LinkedHashMap<>();
    members.put("a/data.pkl", bytes());
    members.put("a/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
    members.put("a/data/0", storage);
    return archive(path, ZipEntry.STORED, members);
  }

  /** A zip archive whose members are packed by this method. */
  static Path archive(Path path, int method, Map<String, byte[]> members) {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(path))) {
      for (var member : members.entrySet()) {
        zip.putNextEntry(entry(member.getKey(), method, member.getValue()));
        zip.write(member.getValue());
      }
      return path;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ZipEntry entry(String name, int method, byte[] content) {
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(method);
    if (method == ZipEntry.STORED) {
      CRC32 crc = new CRC32();
      crc.update(content);
      entry.setSize(content.length);
      entry.setCrc(crc.getValue());
    }
    return entry;
  }
}

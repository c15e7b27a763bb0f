package org.bitref.loaders.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.loaders.file.NewFile;
import org.bitref.loaders.file.SegmentOutput;
import org.bitref.loaders.file.TensorEntry;

/**
 * Writes one safetensors file, tensor after tensor, so that one tensor at a time is in memory.
 * Header and data are in the given order; the data starts at a multiple of 8 bytes, the header
 * being padded with blanks.
 */
public final class SafetensorsWriter {
  private SafetensorsWriter() {}

  /**
   * Writes to a temporary name beside {@code target} and renames at the end; nothing is left if
   * anything fails.
   *
   * @param metadata text of any kind; left out if empty
   * @param overwrite whether an existing file may be replaced
   * @throws BadInputException if the target cannot be written or exists, or if a name is used
   *     twice, is {@code __metadata__}, or is no valid Unicode
   * @throws IllegalStateException if a supplier gives another dtype or shape than announced
   */
  public static void write(
      Path target, Map<String, String> metadata, List<TensorEntry> entries, boolean overwrite) {
    Content content = content(target, metadata, entries);
    NewFile.write(target, overwrite, content::write);
  }

  /** The bytes of a file that stands nowhere yet. */
  public static final class Content {
    private final byte[] header;
    private final List<TensorEntry> entries;

    private Content(byte[] header, List<TensorEntry> entries) {
      this.header = header;
      this.entries = entries;
    }

    /** How many there are. */
    public long size() {
      return header.length + entries.stream().mapToLong(TensorEntry::bytes).sum();
    }

    /** Writes them all; every tensor is asked for once. */
    public void write(WritableByteChannel channel) throws IOException {
      SegmentOutput out = new SegmentOutput(channel);
      out.write(MemorySegment.ofArray(header));
      for (TensorEntry entry : entries) {
        out.write(entry.tensor().data());
      }
    }
  }

  /**
   * What {@link #write} writes.
   *
   * @param target what messages call it
   * @throws BadInputException if a name is used twice, is {@code __metadata__}, or is no valid
   *     Unicode
   */
  public static Content content(
      Path target, Map<String, String> metadata, List<TensorEntry> entries) {
    return new Content(header(target, metadata, entries), List.copyOf(entries));
  }

  /** Length field, JSON and padding. */
  private static byte[] header(
      Path target, Map<String, String> metadata, List<TensorEntry> entries) {
    checkNames(target, metadata, entries);
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    try (JsonGenerator out = new JsonFactory().createGenerator(json)) {
      writeJson(out, metadata, entries);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int padded = (json.size() + 7) / 8 * 8;
    if (padded > Header.LONGEST) {
      throw bad(target, "its header would have " + padded + " bytes; readers refuse that");
    }
    json.writeBytes(" ".repeat(padded - json.size()).getBytes(StandardCharsets.US_ASCII));
    return ByteBuffer.allocate(Header.PREFIX + padded)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(padded)
        .put(json.toByteArray())
        .array();
  }

  private static void writeJson(
      JsonGenerator out, Map<String, String> metadata, List<TensorEntry> entries)
      throws IOException {
    out.writeStartObject();
    if (!metadata.isEmpty()) {
      out.writeObjectFieldStart(Header.METADATA);
      for (var entry : metadata.entrySet()) {
        out.writeStringField(entry.getKey(), entry.getValue());
      }
      out.writeEndObject();
    }
    long offset = 0;
    for (TensorEntry entry : entries) {
      long end = Math.addExact(offset, entry.bytes());
      out.writeObjectFieldStart(entry.name());
      out.writeStringField("dtype", entry.dtype().name());
      writeLongs(out, "shape", entry.shape().dims());
      writeLongs(out, "data_offsets", offset, end);
      out.writeEndObject();
      offset = end;
    }
    out.writeEndObject();
  }

  private static void writeLongs(JsonGenerator out, String field, long... values)
      throws IOException {
    out.writeArrayFieldStart(field);
    for (long value : values) {
      out.writeNumber(value);
    }
    out.writeEndArray();
  }

  private static void checkNames(
      Path target, Map<String, String> metadata, List<TensorEntry> entries) {
    metadata.forEach(
        (key, value) -> {
          TensorEntry.checkUnicode(target, key);
          TensorEntry.checkUnicode(target, value);
        });
    TensorEntry.checkNames(target, entries);
    if (entries.stream().anyMatch(entry -> entry.name().equals(Header.METADATA))) {
      throw bad(target, "a tensor cannot be called " + Header.METADATA);
    }
  }

  private static BadInputException bad(Path target, String problem) {
    return new BadInputException(target.toString(), problem, "Choose other names.");
  }
}

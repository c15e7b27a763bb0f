package org.bitref.loaders.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.bitref.BadInputException;
import org.bitref.loaders.file.NewFile;
import org.bitref.loaders.file.SegmentOutput;
import org.bitref.loaders.file.Text;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * Writes one safetensors file, tensor after tensor, so that one tensor at a time is in memory.
 * Header and data are in the given order; the data starts at a multiple of 8 bytes, the header
 * being padded with blanks.
 */
public final class SafetensorsWriter {

  /**
   * A tensor to come.
   *
   * @param data is asked once, when its turn has come; must give a tensor of this dtype and shape
   */
  public record Entry(String name, DType dtype, Shape shape, Supplier<Tensor> data) {
    /** A tensor that is there already. */
    public static Entry of(String name, Tensor tensor) {
      return new Entry(name, tensor.dtype(), tensor.shape(), () -> tensor);
    }

    private long bytes() {
      return Math.multiplyExact(shape.elements(), dtype.bytes());
    }
  }

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
      Path target, Map<String, String> metadata, List<Entry> entries, boolean overwrite) {
    byte[] header = header(target, metadata, entries);
    NewFile.write(
        target,
        overwrite,
        channel -> {
          SegmentOutput out = new SegmentOutput(channel);
          out.write(MemorySegment.ofArray(header));
          for (Entry entry : entries) {
            out.write(tensor(entry).data());
          }
        });
  }

  private static Tensor tensor(Entry entry) {
    Tensor tensor = entry.data.get();
    if (tensor.dtype() != entry.dtype || !tensor.shape().equals(entry.shape)) {
      throw new IllegalStateException(
          "%s was announced as %s %s and came as %s %s"
              .formatted(entry.name, entry.dtype, entry.shape, tensor.dtype(), tensor.shape()));
    }
    return tensor;
  }

  /** Length field, JSON and padding. */
  private static byte[] header(Path target, Map<String, String> metadata, List<Entry> entries) {
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
      JsonGenerator out, Map<String, String> metadata, List<Entry> entries) throws IOException {
    out.writeStartObject();
    if (!metadata.isEmpty()) {
      out.writeObjectFieldStart(Header.METADATA);
      for (var entry : metadata.entrySet()) {
        out.writeStringField(entry.getKey(), entry.getValue());
      }
      out.writeEndObject();
    }
    long offset = 0;
    for (Entry entry : entries) {
      long end = Math.addExact(offset, entry.bytes());
      out.writeObjectFieldStart(entry.name);
      out.writeStringField("dtype", entry.dtype.name());
      writeLongs(out, "shape", entry.shape.dims());
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

  private static void checkNames(Path target, Map<String, String> metadata, List<Entry> entries) {
    metadata.forEach(
        (key, value) -> {
          checkUnicode(target, key);
          checkUnicode(target, value);
        });
    Set<String> seen = new HashSet<>();
    for (Entry entry : entries) {
      checkUnicode(target, entry.name);
      if (entry.name.equals(Header.METADATA)) {
        throw bad(target, "a tensor cannot be called " + Header.METADATA);
      }
      if (!seen.add(entry.name)) {
        throw bad(target, "two tensors are called " + Text.quote(entry.name));
      }
    }
  }

  private static void checkUnicode(Path target, String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw bad(target, "not valid Unicode: " + Text.quote(text));
    }
  }

  private static BadInputException bad(Path target, String problem) {
    return new BadInputException(target.toString(), problem, "Choose other names.");
  }
}

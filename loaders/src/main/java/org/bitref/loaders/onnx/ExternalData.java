package org.bitref.loaders.onnx;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.loaders.file.InsideFolder;
import org.bitref.loaders.file.IoProblem;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.Text;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** The numbers of an initializer that stand in a file beside the model; mapped when read first. */
final class ExternalData {
  private static final String REMEDY =
      "Keep the model's data files beside it, or export the model again.";

  private final DType dtype;
  private final Shape shape;
  private final Path file;
  private final long offset;
  private MappedFile mapped;

  private ExternalData(DType dtype, Shape shape, Path file, long offset) {
    this.dtype = dtype;
    this.shape = shape;
    this.file = file;
    this.offset = offset;
  }

  static ExternalData of(String where, Path model, DType dtype, Initializer initializer) {
    Map<String, String> entries = initializer.external();
    String what = "initializer " + Text.quote(initializer.name());
    String location = entries.getOrDefault("location", "");
    Path file = InsideFolder.resolve(model, what, location, REMEDY);
    long bytes = initializer.shape().elements() * dtype.bytes();
    long offset = number(where, entries.getOrDefault("offset", "0"));
    long length = number(where, entries.getOrDefault("length", Long.toString(bytes)));
    try {
      long size = Files.size(file);
      if (length != bytes || offset > size - bytes) {
        throw new BadInputException(
            where,
            "%s %s needs %d bytes; it is said to have %d at byte %d of %s, which has %d"
                .formatted(
                    dtype, initializer.shape(), bytes, length, offset, Text.quote(location), size),
            REMEDY);
      }
    } catch (IOException e) {
      throw IoProblem.reading(file, e);
    }
    return new ExternalData(dtype, initializer.shape(), file, offset);
  }

  private static long number(String where, String text) {
    try {
      long number = Long.parseLong(text);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException _) {
      // Falls through to the one complaint for all such texts.
    }
    throw new BadInputException(
        where, "its offset or length " + Text.quote(text) + " is no whole number", REMEDY);
  }

  Path file() {
    return file;
  }

  long offset() {
    return offset;
  }

  synchronized Tensor read() {
    long bytes = shape.elements() * dtype.bytes();
    if (bytes == 0) {
      return new Tensor(dtype, shape, MemorySegment.ofArray(new byte[0]));
    }
    if (mapped == null) {
      mapped = MappedFile.open(file);
    }
    return new Tensor(dtype, shape, mapped.bytes(offset, bytes));
  }

  synchronized void close() {
    if (mapped != null) {
      mapped.close();
    }
  }
}

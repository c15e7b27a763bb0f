package org.bitref.loaders.onnx;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.InsideFolder;
import org.bitref.loaders.file.IoProblem;
import org.bitref.tensor.DType;

/** Where the numbers of an initializer start in a file beside the model. */
record ExternalData(Path file, long offset) {
  private static final String REMEDY =
      "Keep the model's data files beside it, or export the model again.";

  static ExternalData of(String where, Path model, DType dtype, Initializer initializer) {
    Map<String, String> entries = initializer.external();
    String what = "initializer " + Text.quote(initializer.name());
    String location = entries.getOrDefault("location", "");
    Path file = InsideFolder.resolve(model, what, location, REMEDY);
    long bytes = initializer.bytes(dtype);
    long offset = number(where, entries.getOrDefault("offset", "0"));
    long length = number(where, entries.getOrDefault("length", Long.toString(bytes)));
    try {
      long size = Files.size(file);
      if (length != bytes || offset > size - bytes) {
        throw new BadInputException(
            where,
            "%s %s needs %s bytes; it is said to have %s at byte %s of %s, which has %s"
                .formatted(
                    dtype, initializer.shape(), bytes, length, offset, Text.quote(location), size),
            REMEDY);
      }
    } catch (IOException e) {
      throw IoProblem.reading(file, e);
    }
    return new ExternalData(file, offset);
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
}

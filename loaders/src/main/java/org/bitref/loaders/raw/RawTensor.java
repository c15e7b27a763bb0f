package org.bitref.loaders.raw;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bitref.BadInputException;
import org.bitref.loaders.file.IoProblem;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.TensorInfo;

/**
 * A file that holds the numbers of one tensor and nothing else: little-endian, row-major.
 *
 * @param file must have just the bytes that type and shape ask for
 */
public record RawTensor(String name, DType dtype, Shape shape, Path file) {

  TensorInfo info() {
    return new TensorInfo(name, dtype, shape, file.toString(), 0);
  }

  /**
   * Compares the file's size with the shape; nothing is read.
   *
   * @throws BadInputException if there is no such file or its size differs
   */
  public RawTensor checked() {
    try {
      long bytes = Math.multiplyExact(shape.elements(), dtype.bytes());
      long size = Files.size(file);
      if (!Files.isRegularFile(file) || size != bytes) {
        throw new BadInputException(
            file.toString(),
            "%s %s needs %d bytes, but the file has %d".formatted(dtype, shape, bytes, size),
            "Correct the type or the shape, or write the file again.");
      }
      return this;
    } catch (IOException e) {
      throw IoProblem.reading(file, e);
    } catch (ArithmeticException e) {
      throw new BadInputException(
          file.toString(), "its shape needs more than 2^63-1 bytes", "Correct the shape.", e);
    }
  }
}

package org.bitref.loaders.npy;

import java.nio.channels.Channels;
import java.nio.file.Path;
import org.bitref.BadInputException;
import org.bitref.loaders.file.NewFile;
import org.bitref.tensor.Tensor;

/** Writes one npy file, version 1.0. */
public final class NpyWriter {
  private NpyWriter() {}

  /**
   * Writes to a temporary name beside {@code target} and renames at the end. NumPy has neither
   * bfloat16 nor 8-bit floats: these are widened to float32, which is exact.
   *
   * @param overwrite whether an existing file may be replaced
   * @throws BadInputException if the target cannot be written or exists
   */
  public static void write(Path target, Tensor tensor, boolean overwrite) {
    NewFile.write(
        target,
        overwrite,
        channel -> NpyEncoder.stream(tensor).transferTo(Channels.newOutputStream(channel)));
  }
}

package org.bitref.cli.console;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.bitref.BadInputException;
import org.bitref.loaders.file.NewFile;

/** Writes text in UTF-8, whole or not at all. */
public final class TextFile {
  private TextFile() {}

  /**
   * @param overwrite whether an existing file may be replaced
   * @throws BadInputException if the file cannot be written
   */
  public static void write(Path target, String text, boolean overwrite) {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    NewFile.write(
        target,
        overwrite,
        channel -> {
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        });
  }
}

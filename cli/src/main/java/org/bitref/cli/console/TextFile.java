package org.bitref.cli.console;

import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.bitref.BadInputException;
import org.bitref.loaders.file.NewFile;

/** Writes small files, whole or not at all. */
public final class TextFile {
  private TextFile() {}

  /**
   * Writes a text in UTF-8.
   *
   * @param overwrite whether an existing file may be replaced
   * @throws BadInputException if the file cannot be written
   */
  public static void write(Path target, String text, boolean overwrite) {
    write(target, text.getBytes(StandardCharsets.UTF_8), overwrite);
  }

  /** Writes bytes likewise. */
  public static void write(Path target, byte[] content, boolean overwrite) {
    NewFile.write(target, overwrite, channel -> Channels.newOutputStream(channel).write(content));
  }
}

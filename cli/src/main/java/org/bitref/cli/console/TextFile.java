package org.bitref.cli.console;

import java.lang.foreign.ValueLayout;
import java.nio.channels.Channels;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.NewFile;

/** Small files: read and written whole or not at all. */
public final class TextFile {
  private TextFile() {}

  /**
   * Reads a text in UTF-8.
   *
   * @param remedy the last sentence of messages
   * @throws BadInputException if the file cannot be read, is no such text or too large for one
   */
  public static String read(Path file, String remedy) {
    try (MappedFile mapped = MappedFile.open(file, MappedFile.SETTINGS)) {
      return StandardCharsets.UTF_8.newDecoder().decode(mapped.bytes().asByteBuffer()).toString();
    } catch (CharacterCodingException e) {
      throw new BadInputException(file.toString(), "is no text in UTF-8", remedy, e);
    }
  }

  /** Reads bytes likewise. */
  public static byte[] bytes(Path file) {
    try (MappedFile mapped = MappedFile.open(file, MappedFile.SETTINGS)) {
      return mapped.bytes().toArray(ValueLayout.JAVA_BYTE);
    }
  }

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

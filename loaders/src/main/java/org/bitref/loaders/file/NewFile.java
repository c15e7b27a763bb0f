package org.bitref.loaders.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import org.bitref.BadInputException;

/**
 * Writes a file so that its name appears only when it is complete: under a hidden name with a
 * random end beside the target, then renamed. Whatever goes wrong, the temporary file is deleted.
 */
public final class NewFile {

  /** Writes the content. */
  @FunctionalInterface
  public interface Body {
    /** The channel is at position 0 of an empty file. */
    void write(FileChannel channel) throws IOException;
  }

  private NewFile() {}

  /**
   * Writes {@code target}, whole or not at all.
   *
   * @param overwrite whether an existing file may be replaced
   * @throws BadInputException if the target exists and must not be replaced, is a folder, or cannot
   *     be written (disk full, no permission, no such folder)
   */
  public static void write(Path target, boolean overwrite, Body body) {
    if (Files.isDirectory(target)) {
      throw new BadInputException(target.toString(), "is a folder", "Name a file to write to.");
    }
    if (!overwrite && Files.exists(target)) {
      throw new BadInputException(
          target.toString(), "exists already", "Choose another name, or allow overwriting.");
    }
    Path temporary = target.resolveSibling(temporaryName(target));
    // Also when the program is interrupted in between.
    temporary.toFile().deleteOnExit();
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE)) {
        body.write(channel);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw IoProblem.writing(target, e);
    } finally {
      deleteQuietly(temporary);
    }
  }

  private static String temporaryName(Path target) {
    int random = ThreadLocalRandom.current().nextInt() & 0xFFFFFF;
    return String.format(Locale.ROOT, ".%s.tmp-%06x", target.getFileName(), random);
  }

  private static void deleteQuietly(Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException _) {
      // The first failure is the one to report.
    }
  }
}

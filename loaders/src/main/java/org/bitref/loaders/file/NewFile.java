package org.bitref.loaders.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.bitref.BadInputException;

/**
 * Writes a file so that its name appears only when it is complete: as a {@link Temporary}, then
 * renamed. Whatever goes wrong, the temporary file is deleted.
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
   * @throws BadInputException if the target exists and must not be replaced, is anything but a
   *     regular file, or cannot be written (disk full, no permission, no such folder)
   */
  public static void write(Path target, boolean overwrite, Body body) {
    if (exists(target) && !overwrite) {
      throw new BadInputException(
          target.toString(), "exists already", "Choose another name, or allow overwriting.");
    }
    try (Temporary temporary = Temporary.beside(target)) {
      body.write(temporary.channel());
      Files.move(temporary.path(), target, StandardCopyOption.ATOMIC_MOVE);
      close(temporary.channel(), target);
    } catch (IOException e) {
      throw IoProblem.writing(target, e);
    }
  }

  /**
   * It stays open, and so locked, until it has its name; some disks only now say that it is full.
   */
  private static void close(FileChannel channel, Path target) throws IOException {
    try {
      channel.close();
    } catch (IOException e) {
      Files.deleteIfExists(target);
      throw e;
    }
  }

  /**
   * Whether there is a file under this name, which could be replaced.
   *
   * @throws BadInputException if there is something else: a folder, a symbolic link, a device, a
   *     pipe or a socket; none of these is ever replaced
   */
  public static boolean exists(Path target) {
    if (Files.isDirectory(target)) {
      throw new BadInputException(target.toString(), "is a folder", "Name a file to write to.");
    }
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    if (!Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new BadInputException(
          target.toString(),
          Files.isSymbolicLink(target)
              ? "is a symbolic link, which is neither replaced nor written through"
              : "is a device, a pipe or a socket, not a file",
          "Name a regular file: it is written under another name first and then renamed.");
    }
    return true;
  }
}

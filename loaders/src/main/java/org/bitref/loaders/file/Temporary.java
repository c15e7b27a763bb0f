package org.bitref.loaders.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * An unfinished file or folder under a hidden name beside its target. Its file is locked as long as
 * its writer lives, and the system ends the lock of a process that is killed: what has such a name
 * and no lock belongs to a writer that is dead, and the next run may delete it. A process id would
 * not tell, since ids are used again.
 */
public final class Temporary implements AutoCloseable {
  /** This process in names: its own files are not opened again, which would end their locks. */
  private static final String PROCESS = hex(8);

  private static final String FORM = "\\.tmp-[0-9a-f]{14}";

  private final Path path;
  private final FileChannel channel;

  private Temporary(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Makes an empty file beside this one, and locks it.
   *
   * @throws IOException if it cannot be made
   */
  public static Temporary beside(Path target) throws IOException {
    while (true) {
      Path path = target.resolveSibling("." + target.getFileName() + ".tmp-" + PROCESS + hex(6));
      // Also when the program is interrupted in between.
      path.toFile().deleteOnExit();
      FileChannel channel =
          FileChannel.open(
              path,
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      if (lock(channel) && Files.exists(path)) {
        return new Temporary(path, channel);
      }
      // Before it was locked another run took it for one that was left.
      channel.close();
    }
  }

  private static String hex(int digits) {
    return String.format(
        Locale.ROOT,
        "%0" + digits + "x",
        ThreadLocalRandom.current().nextLong() & ((1L << (4 * digits)) - 1));
  }

  private static boolean lock(FileChannel channel) {
    try {
      return channel.tryLock() != null;
    } catch (IOException _) {
      // There are no locks on this disk, so that no run can take the file for one that was left.
      return true;
    }
  }

  /** The file. */
  public Path path() {
    return path;
  }

  /** The name of a folder that belongs to this file; nobody has made it. */
  public Path folder() {
    return folder(path);
  }

  private static Path folder(Path file) {
    return file.resolveSibling(file.getFileName() + ".d");
  }

  /** The file, open. */
  FileChannel channel() {
    return channel;
  }

  /** Deletes what is left under both names, if it can be deleted. */
  @Override
  public void close() {
    try (channel) {
      delete(path);
    } catch (IOException _) {
      // The first failure is the one to report.
    }
  }

  /** Deletes what dead writers of this file or folder have left. */
  public static void clean(Path target) {
    String name = target.getFileName().toString();
    clean(target.toAbsolutePath().getParent(), Pattern.compile(Pattern.quote("." + name) + FORM));
  }

  /** Deletes what dead writers of any file in this folder have left. */
  public static void cleanAll(Path folder) {
    clean(folder, Pattern.compile("\\..+" + FORM));
  }

  private static void clean(Path folder, Pattern names) {
    try (DirectoryStream<Path> left =
        Files.newDirectoryStream(
            folder, path -> names.matcher(path.getFileName().toString()).matches())) {
      for (Path file : left) {
        cleanDead(file);
      }
    } catch (IOException | DirectoryIteratorException _) {
      // It does no harm where it is, and a later run may have more luck.
    }
  }

  private static void cleanDead(Path file) throws IOException {
    String name = file.getFileName().toString();
    boolean own = name.startsWith(PROCESS, name.length() - 14);
    if (own || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        FileLock lock = channel.tryLock()) {
      if (lock != null) {
        delete(file);
      }
    }
  }

  /** A file, after the folder of files that belongs to it. */
  private static void delete(Path file) throws IOException {
    Path folder = folder(file);
    if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      try (DirectoryStream<Path> members = Files.newDirectoryStream(folder)) {
        for (Path member : members) {
          Files.delete(member);
        }
      }
      Files.delete(folder);
    }
    Files.deleteIfExists(file);
  }
}

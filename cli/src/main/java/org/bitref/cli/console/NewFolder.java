package org.bitref.cli.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.bitref.BadInputException;
import org.bitref.loaders.file.IoProblem;

/**
 * Makes a folder whose name appears only when all of its files are there. What is unfinished stands
 * under a temporary name beside it and is deleted, also when the process is stopped.
 */
public final class NewFolder {
  private NewFolder() {}

  /**
   * @param replace whether an existing folder may be replaced, if all its files are of this kind
   * @param kind what such a folder is, for messages
   * @param member true for the names of files that such a folder holds
   */
  public static void write(
      Path target, boolean replace, String kind, Predicate<String> member, Consumer<Path> content) {
    if (Files.exists(target)) {
      checkReplaceable(target, replace, kind, member);
    }
    int random = ThreadLocalRandom.current().nextInt() & 0xFFFFFF;
    Path absolute = target.toAbsolutePath().normalize();
    Path temporary =
        absolute.resolveSibling(
            String.format(Locale.ROOT, ".%s.tmp-%06x", absolute.getFileName(), random));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> deleteQuietly(temporary)));
    try {
      Files.createDirectory(temporary);
      content.accept(temporary);
      if (Files.exists(target)) {
        delete(target);
      }
      Files.move(temporary, absolute, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw IoProblem.writing(target, e);
    } finally {
      deleteQuietly(temporary);
    }
  }

  private static void checkReplaceable(
      Path target, boolean replace, String kind, Predicate<String> member) {
    if (!replace) {
      throw new BadInputException(
          target.toString(), "exists already", "Choose another name, or replace it with --force.");
    }
    try {
      for (Path file : files(target)) {
        String name = file.getFileName().toString();
        if (!member.test(name)) {
          throw new BadInputException(
              target.toString(),
              "holds " + name + ", which is no part of " + kind,
              "Choose another name, or delete the folder yourself.");
        }
      }
    } catch (IOException e) {
      throw IoProblem.reading(target, e);
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.toList();
    }
  }

  /** Deletes a folder of files. */
  public static void delete(Path folder) throws IOException {
    for (Path file : files(folder)) {
      Files.deleteIfExists(file);
    }
    Files.deleteIfExists(folder);
  }

  private static void deleteQuietly(Path folder) {
    try {
      if (Files.exists(folder)) {
        delete(folder);
      }
    } catch (IOException _) {
      // The first failure is the one to report.
    }
  }
}

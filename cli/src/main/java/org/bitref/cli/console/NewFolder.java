package org.bitref.cli.console;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.bitref.BadInputException;
import org.bitref.loaders.file.IoProblem;
import org.bitref.loaders.file.RunFiles;
import org.bitref.loaders.file.Temporary;

/**
 * A folder that a run ends in. Its name appears only when all of its files are there. What is
 * unfinished stands under a temporary name beside it and is deleted, also when the process is
 * stopped; where it is killed, the next run deletes it.
 */
public record NewFolder(Path path) {

  /**
   * Refuses what could not or must not be written in the end. To be made before any work is done.
   *
   * @param replace whether an existing folder may be replaced, if all its files are of this kind
   * @param kind what such a folder is, for messages
   * @param member true for the names of files that such a folder holds
   * @throws BadInputException if the folder exists and must not be replaced, holds what is no part
   *     of it or an input of this run, is something else, or cannot be made where it is
   */
  public static NewFolder of(Path path, boolean replace, String kind, Predicate<String> member) {
    if (Files.isSymbolicLink(path) || (Files.exists(path) && !Files.isDirectory(path))) {
      throw new BadInputException(
          path.toString(),
          "exists already and is no folder",
          "Choose another name: --force replaces folders only, and no links.");
    }
    RunFiles.replaces(path);
    if (Files.exists(path)) {
      checkReplaceable(path, replace, kind, member);
    }
    OutputFile.checkFolder(path);
    Temporary.clean(path);
    return new NewFolder(path);
  }

  /** Makes it, from what {@code content} writes into the folder that it is given. */
  public void write(Consumer<Path> content) {
    Path absolute = path.toAbsolutePath().normalize();
    try (Temporary temporary = Temporary.beside(absolute)) {
      Path unfinished = temporary.folder();
      Runtime.getRuntime().addShutdownHook(new Thread(temporary::close));
      Files.createDirectory(unfinished);
      fill(unfinished, content);
      if (Files.exists(path)) {
        delete(path);
      }
      Files.move(unfinished, absolute, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw IoProblem.writing(path, e);
    }
  }

  private void fill(Path unfinished, Consumer<Path> content) {
    try {
      content.accept(unfinished);
    } catch (BadInputException e) {
      throw e.renamed(unfinished.toString(), path.toString());
    }
  }

  private static void checkReplaceable(
      Path target, boolean replace, String kind, Predicate<String> member) {
    if (!replace) {
      throw new BadInputException(
          target.toString(), "exists already", "Choose another name, or replace it with --force.");
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(target)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (!member.test(name) || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
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

  /** Deletes a folder of files. */
  public static void delete(Path folder) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(folder);
  }
}

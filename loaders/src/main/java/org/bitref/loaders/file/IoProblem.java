package org.bitref.loaders.file;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.bitref.BadInputException;

/** What the operating system refused, as a message for the user. */
public final class IoProblem {
  private IoProblem() {}

  /** For a file that should have been read. */
  public static BadInputException reading(Path path, IOException e) {
    return new BadInputException(
        path.toString(),
        "cannot be read: " + reason(e),
        "Check that the file exists and that you may read it.",
        e);
  }

  /** For a file that should have been written; says that nothing is left of it. */
  public static BadInputException writing(Path path, IOException e) {
    return new BadInputException(
        path.toString(),
        "cannot be written: " + reason(e),
        "Free space, or name a folder that you may write to; nothing was left under this name.",
        e);
  }

  private static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException missing -> "no such file or folder: " + missing.getFile();
      case AccessDeniedException denied -> "permission denied: " + denied.getFile();
      case FileSystemException other when other.getReason() != null -> other.getReason();
      default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    };
  }
}

package org.bitref.loaders.file;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.bitref.BadInputException;

/**
 * A whole file as read-only memory. Pages are read when they are touched, so a file may be larger
 * than the machine's memory. Thread-safe; a segment is valid until {@link #close}.
 */
public final class MappedFile implements AutoCloseable {
  /** Most bytes of a file that says what to do: a recipe, a map, a config. */
  public static final long SETTINGS = 16_000_000;

  /** Most bytes of a text that lists tensors, of which there may be many. */
  public static final long LISTING = 100_000_000;

  private final Path path;
  private final String name;
  private final Runnable unmap;
  private final MemorySegment bytes;

  private MappedFile(Path path, String name, MemorySegment bytes, Runnable unmap) {
    this.path = path;
    this.name = name;
    this.unmap = unmap;
    this.bytes = bytes;
  }

  /**
   * A file that lies as it is inside another one, such as a stored member of an archive. Closing it
   * does nothing: it is valid as long as the other one.
   *
   * @param path of the other file
   * @param name what messages call the inner one
   */
  public static MappedFile within(Path path, String name, MemorySegment bytes) {
    return new MappedFile(path, name, bytes, () -> {});
  }

  /**
   * Maps a file; nothing of it is read.
   *
   * @throws BadInputException if there is no such file, if it is empty, no regular file, may not be
   *     read, or is an output of the run
   */
  public static MappedFile open(Path path) {
    if (!Files.exists(path)) {
      throw new BadInputException(path.toString(), "does not exist", "Check the path.");
    }
    if (!Files.isRegularFile(path)) {
      throw new BadInputException(path.toString(), "is not a regular file", "Name a file.");
    }
    RunFiles.reads(path);
    Arena arena = Arena.ofShared();
    boolean opened = false;
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size == 0) {
        throw new BadInputException(
            path.toString(), "is empty", "Write, copy or download the file again.");
      }
      BasicFileAttributes before = Files.readAttributes(path, BasicFileAttributes.class);
      MemorySegment bytes = channel.map(MapMode.READ_ONLY, 0, size, arena);
      opened = true;
      return new MappedFile(path, path.toString(), bytes, () -> close(arena, path, before));
    } catch (IOException e) {
      throw IoProblem.reading(path, e);
    } finally {
      if (!opened) {
        arena.close();
      }
    }
  }

  /**
   * Maps a file that is read as a whole, such as one of settings.
   *
   * @param most bytes that such a file may have
   * @throws BadInputException as {@link #open(Path)}, or if it has more
   */
  public static MappedFile open(Path path, long most) {
    MappedFile file = open(path);
    if (file.size() > most) {
      file.close();
      throw new BadInputException(
          path.toString(),
          "has %s bytes where a file of this kind has at most %s".formatted(file.size(), most),
          "Check that it is the file that you mean.");
    }
    return file;
  }

  /** The path as the user gave it. */
  public Path path() {
    return path;
  }

  /** What messages call the file. */
  public String name() {
    return name;
  }

  /** Bytes of the file. */
  public long size() {
    return bytes.byteSize();
  }

  /** The whole file. */
  public MemorySegment bytes() {
    return bytes;
  }

  /** {@code length} bytes from byte {@code from} on; both must lie in the file. */
  public MemorySegment bytes(long from, long length) {
    return bytes.asSlice(from, length);
  }

  private static void close(Arena arena, Path path, BasicFileAttributes before) {
    arena.close();
    BasicFileAttributes now;
    try {
      now = Files.readAttributes(path, BasicFileAttributes.class);
    } catch (IOException _) {
      // Deleted: the bytes that were mapped stayed.
      return;
    }
    boolean same =
        now.size() == before.size() && now.lastModifiedTime().equals(before.lastModifiedTime());
    // Another file under the same name leaves the bytes of the mapped one as they were.
    if (!same && Objects.equals(now.fileKey(), before.fileKey())) {
      throw new BadInputException(
          path.toString(),
          "changed while it was read",
          "Use nothing that was made from it, and start again when nobody writes to the file.");
    }
  }

  /**
   * Ends the mapping.
   *
   * @throws BadInputException if the file was written to meanwhile: what was read may be of any
   *     kind, and memory beyond a new end gives an {@link InternalError}
   */
  @Override
  public void close() {
    unmap.run();
  }
}

package org.bitref.cli.golden;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.bitref.BadInputException;

/**
 * The right to write in a folder, held by one process at a time: a lock of the operating system,
 * which goes with the process however it ends, on a file that says who holds it.
 */
final class RunLock implements AutoCloseable {
  /** The name of the file in the folder. */
  static final String NAME = "bitref.lock";

  private static final Pattern HOLDER =
      Pattern.compile("process \\d+ on [\\w.-]+ since [\\w.:-]+\\s*");
  private static final String ENDED = "ended";
  private static final int LONGEST = 200;
  private static final int TRIES = 100;
  private static final long PAUSE = 10_000_000;

  private final Path file;
  private final List<FileChannel> channels = new ArrayList<>();
  private Optional<String> unsupported = Optional.empty();

  private RunLock(Path folder) {
    this.file = folder.resolve(NAME);
  }

  /**
   * Makes the folder, if it is missing, and takes its lock.
   *
   * @throws BadInputException if another run holds it, which is named; or if this is no folder
   */
  static RunLock take(Path folder) throws IOException {
    for (int i = 1; ; i++) {
      RunLock lock = new RunLock(folder);
      boolean taken = false;
      try {
        makeFolder(folder);
        taken = lock.lock();
      } catch (NoSuchFileException e) {
        // The folder went between the two steps, because the run before has ended.
        if (i == TRIES) {
          throw e;
        }
      } finally {
        if (!taken) {
          lock.close();
        }
      }
      if (taken) {
        return lock;
      }
    }
  }

  private static void makeFolder(Path folder) throws IOException {
    try {
      Files.createDirectory(folder);
    } catch (FileAlreadyExistsException _) {
      if (Files.exists(folder) && !Files.isDirectory(folder)) {
        throw new BadInputException(
            folder.toString(),
            "is no folder, and results are to be kept under this name until the end",
            "Move it away, or choose another name for OUT.");
      }
    }
  }

  /** False if the file was deleted before its lock was taken: the lock then excludes no one. */
  private boolean lock() throws IOException {
    FileChannel channel = open(StandardOpenOption.CREATE);
    for (int i = 1; !tryLock(channel); i++) {
      String holder = text(channel);
      if (holder.startsWith(ENDED)) {
        return false;
      }
      boolean known = HOLDER.matcher(holder).matches();
      if (known || i == TRIES) {
        throw new BadInputException(
            file.getParent().toString(),
            "is being written by " + (known ? holder.strip() : "another process"),
            "Wait until that run has ended, or stop it; or choose another name for OUT.");
      }
      // It is about to say who it is.
      LockSupport.parkNanos(PAUSE);
    }
    if (text(channel).startsWith(ENDED) || (unsupported.isEmpty() && !isStillThere())) {
      return false;
    }
    write(
        "process %s on %s since %s\n"
            .formatted(
                ProcessHandle.current().pid(),
                host(),
                Instant.now().truncatedTo(ChronoUnit.SECONDS)));
    return true;
  }

  private void write(String text) throws IOException {
    FileChannel channel = channels.getFirst();
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    // Shortened last, so that a full disk has room for it.
    channel.write(ByteBuffer.wrap(bytes), 0);
    channel.truncate(bytes.length);
  }

  private FileChannel open(StandardOpenOption... more) throws IOException {
    List<StandardOpenOption> options = new ArrayList<>(List.of(more));
    options.addAll(List.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
    FileChannel channel = FileChannel.open(file, options.toArray(StandardOpenOption[]::new));
    channels.add(channel);
    return channel;
  }

  private boolean tryLock(FileChannel channel) {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException _) {
      return false;
    } catch (IOException e) {
      unsupported = Optional.of(String.valueOf(e.getMessage()));
      return true;
    }
  }

  /**
   * The name may stand for another file by now. Only a second lock tells: this process is refused
   * one on a file that it has locked. The channel stays open, because closing any channel of a file
   * gives up all locks that a process holds on it.
   */
  private boolean isStillThere() throws IOException {
    FileChannel again;
    try {
      again = open();
    } catch (NoSuchFileException _) {
      return false;
    }
    try {
      again.tryLock();
      return false;
    } catch (OverlappingFileLockException _) {
      return true;
    }
  }

  private static String text(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(LONGEST);
    channel.read(bytes, 0);
    return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
  }

  private static String host() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException _) {
      return "this-host";
    }
  }

  /** Why nothing is locked, if the file system has no locks. */
  Optional<String> unsupported() {
    return unsupported;
  }

  /** Deletes the file; the lock is held until {@link #close}. */
  void delete() throws IOException {
    Files.deleteIfExists(file);
    // For another run in this process that has opened it: isStillThere() asks for the process.
    write(ENDED);
  }

  @Override
  public void close() {
    for (FileChannel channel : channels) {
      try {
        channel.close();
      } catch (IOException _) {
        // Nothing of value was written.
      }
    }
    channels.clear();
  }
}

package org.bitref.loaders.file;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;

/** A file that is mapped when it is first read, such as one of many beside a list. Thread-safe. */
public final class DeferredFile implements AutoCloseable {
  private final Path path;
  private Optional<MappedFile> mapped = Optional.empty();

  /** Nothing is opened yet; it is an input of the run all the same. */
  public DeferredFile(Path path) {
    this.path = path;
    RunFiles.reads(path);
  }

  /**
   * {@code length} bytes from byte {@code from} on, which must lie in the file.
   *
   * @throws org.bitref.BadInputException if the file cannot be mapped
   */
  public synchronized MemorySegment bytes(long from, long length) {
    if (length == 0) {
      // An empty file cannot be mapped.
      return MemorySegment.ofArray(new byte[0]);
    }
    MappedFile file = mapped.orElseGet(() -> MappedFile.open(path));
    mapped = Optional.of(file);
    return file.bytes(from, length);
  }

  @Override
  public synchronized void close() {
    mapped.ifPresent(MappedFile::close);
    mapped = Optional.empty();
  }
}

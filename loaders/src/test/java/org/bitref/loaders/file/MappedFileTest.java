package org.bitref.loaders.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.bitref.BadInputException;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files that others write to while they are mapped; Windows lets nobody shorten or replace such.
 */
@DisabledOnOs(OS.WINDOWS)
class MappedFileTest {
  private static final int SIZE = 1 << 20;

  @TempDir Path temp;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = Files.write(temp.resolve("x.bin"), new byte[SIZE]);
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
  }

  private static void cut(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(10);
    }
  }

  @Test
  void aReadBehindANewEndIsExplainedWhenTheFileIsClosed() {
    InternalError fault =
        assertThrows(
            InternalError.class,
            () -> {
              try (MappedFile mapped = MappedFile.open(file)) {
                cut(file);
                MemorySegment.copy(
                    mapped.bytes(), ValueLayout.JAVA_BYTE, 0, new byte[SIZE], 0, SIZE);
              }
            });
    assertEquals(1, fault.getSuppressed().length);
    String message = fault.getSuppressed()[0].getMessage();
    assertTrue(message.startsWith(file + ": changed while it was read. "), message);
  }

  @Test
  void aWriteOfAsManyBytesIsSeenToo() throws IOException {
    MappedFile mapped = MappedFile.open(file);
    Files.write(file, new byte[SIZE]);
    assertThrows(BadInputException.class, mapped::close);
  }

  @Test
  void aFileThatIsReplacedOrDeletedStaysMapped() throws IOException {
    Path other = Files.write(temp.resolve("y.bin"), new byte[3]);
    try (MappedFile mapped = MappedFile.open(file)) {
      Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
      assertEquals(0, mapped.bytes().get(ValueLayout.JAVA_BYTE, SIZE - 1));
    }
    MappedFile mapped = MappedFile.open(file);
    Files.delete(file);
    mapped.close();
  }

  @Test
  void allFilesOfASourceAreClosedAndTheFirstThatChangedIsNamed() {
    List<String> closed = new ArrayList<>();
    TensorSource source =
        NamedTensors.of(
            "all",
            tensors -> {
              tensors.opened(() -> closed.add("a"));
              tensors.opened(() -> changed("b", closed));
              tensors.opened(() -> changed("c", closed));
            });
    BadInputException e = assertThrows(BadInputException.class, source::close);
    assertEquals(List.of("a", "b", "c"), closed);
    assertTrue(e.getMessage().startsWith("b: "), e.getMessage());
  }

  private static void changed(String name, List<String> closed) {
    closed.add(name);
    throw new BadInputException(name, "changed", "Start again.");
  }
}

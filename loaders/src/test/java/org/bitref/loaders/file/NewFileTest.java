package org.bitref.loaders.file;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.bitref.loaders.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewFileTest {
  @TempDir Path folder;

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void theNameAppearsAtTheEnd() throws IOException {
    Path target = folder.resolve("out");
    NewFile.write(
        target,
        false,
        channel -> {
          channel.write(ByteBuffer.wrap("text".getBytes(US_ASCII)));
          assertFalse(Files.exists(target));
          assertEquals(1, names().size());
        });
    assertEquals("text", Files.readString(target));
    assertEquals(List.of("out"), names());
  }

  @Test
  void fullDiskLeavesTheOldFile() throws IOException {
    Path target = Files.writeString(folder.resolve("out"), "old");
    Refusal.expect(
        () ->
            NewFile.write(
                target,
                true,
                channel -> {
                  channel.write(ByteBuffer.allocate(10));
                  throw new IOException("No space left on device");
                }),
        target + ": cannot be written: No space left on device. Free space");
    assertEquals("old", Files.readString(target));
    assertEquals(List.of("out"), names());
  }

  @Test
  void missingFolder() {
    Path target = folder.resolve("no/out");
    Refusal.expect(
        () -> NewFile.write(target, false, channel -> {}),
        "cannot be written: no such file or folder");
  }

  @Test
  void targetThatIsAFolder() throws IOException {
    Refusal.expect(() -> NewFile.write(folder, true, channel -> {}), "is a folder");
    assertEquals(List.of(), names());
  }
}

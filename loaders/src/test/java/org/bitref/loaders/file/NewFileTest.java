package org.bitref.loaders.file;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
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

  /** With leave to overwrite, too. */
  @Test
  void onlyFilesAreReplaced() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "kept");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("no"));
    Path socket = folder.resolve("socket");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
    }
    Path toSocket = Files.createSymbolicLink(folder.resolve("to"), socket);
    List<String> before = names();
    for (Path target : List.of(link, dangling, toSocket)) {
      Refusal.expect(() -> NewFile.write(target, true, _ -> {}), "is a symbolic link");
      Refusal.expect(() -> NewFile.write(target, false, _ -> {}), "is a symbolic link");
    }
    Refusal.expect(() -> NewFile.write(socket, true, _ -> {}), "is a device, a pipe or a socket");
    assertEquals(before, names());
    assertTrue(Files.isSymbolicLink(link) && Files.isSymbolicLink(dangling));
    assertEquals("kept", Files.readString(file));
  }

  @Test
  void aFileOfSettingsHasALimit() throws IOException {
    Path file = folder.resolve("5 GB");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(5_000_000_000L);
    }
    Refusal.expect(
        () -> MappedFile.open(file, MappedFile.SETTINGS),
        "has 5000000000 bytes where a file of this kind has at most 16000000");
  }
}

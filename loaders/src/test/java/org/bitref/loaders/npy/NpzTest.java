package org.bitref.loaders.npy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.bitref.loaders.Refusal;
import org.bitref.loaders.Samples;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpzTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("a.npz");
  }

  private static byte[] array(int shape, int dataBytes) {
    return NpyTest.npy(1, NpyTest.dict("|u1", "False", "(" + shape + ",)"), dataBytes);
  }

  /** A zip archive of one deflated member. */
  private static byte[] deflated(String name, byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry(name));
      zip.write(content);
      zip.closeEntry();
    }
    return bytes.toByteArray();
  }

  private void refused(byte[] archive, String... parts) throws IOException {
    Files.write(file, archive);
    Refusal.expect(
        () -> {
          try (TensorSource source = NpzFile.open(file)) {
            source.tensors().keySet().forEach(source::read);
          }
        },
        parts);
  }

  /** Where a zip record starts. */
  private static int find(byte[] archive, String signature) {
    return new String(archive, StandardCharsets.ISO_8859_1).indexOf(signature);
  }

  @Test
  void everyTypeAndRankComesBack() {
    List<TensorEntry> entries = Samples.all();
    NpzWriter.write(file, entries, false);
    try (TensorSource source = Sources.open(file)) {
      assertEquals(entries.size(), source.tensors().size());
      for (TensorEntry entry : entries) {
        Tensor read = source.read(entry.name());
        assertTrue(Samples.same(NpyTest.widened(entry.tensor()), read), entry.name());
        assertTrue(read.data().isMapped(), "stored members are mapped");
        assertTrue(source.tensors().get(entry.name()).offset() > 0);
      }
      Refusal.expect(() -> source.read("q"), "no tensor \"q\"");
    }
  }

  @Test
  void deflatedMember() throws IOException {
    Files.write(file, deflated("x/y.npy", array(100_000, 100_000)));
    try (TensorSource source = Sources.open(file)) {
      assertEquals(-1, source.tensors().get("x/y").offset());
      Tensor read = source.read("x/y");
      assertEquals(99_999 % 256, read.getLong(99_999));
      assertTrue(Samples.same(read, source.read("x/y")));
    }
  }

  @Test
  void equalInputGivesEqualFiles() throws IOException {
    List<TensorEntry> entries = List.of(TensorEntry.of("x", Tensor.ofFloats(Shape.of(2), 1, 2)));
    NpzWriter.write(file, entries, false);
    byte[] first = Files.readAllBytes(file);
    NpzWriter.write(file, entries, true);
    assertArrayEquals(first, Files.readAllBytes(file));
    Refusal.expect(() -> NpzWriter.write(file, entries, false), "exists already");
  }

  @Test
  void archiveWithoutMembers() {
    NpzWriter.write(file, List.of(), false);
    try (TensorSource source = Sources.open(file)) {
      assertEquals(0, source.tensors().size());
    }
  }

  @Test
  void truncatedArchive() throws IOException {
    byte[] whole = deflated("x.npy", array(100, 100));
    for (int length : new int[] {4, whole.length / 2, whole.length - 1}) {
      refused(Arrays.copyOf(whole, length), "a.npz: is no readable zip archive");
    }
  }

  @Test
  void memberThatIsNoArray() throws IOException {
    refused(deflated("data.pkl", new byte[3]), "holds \"data.pkl\", which is no npy member");
  }

  @Test
  void memberWithoutMagic() throws IOException {
    refused(deflated("x.npy", new byte[30]), "member \"x.npy\": does not start with the npy magic");
  }

  @Test
  void memberShorterThanItsShape() throws IOException {
    refused(
        deflated("x.npy", array(2_000_000_000, 100)),
        "member \"x.npy\": U8 [2000000000] needs 2000000000 bytes of data, but 100 follow");
  }

  @Test
  void twoMembersOfOneName() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (String name : new String[] {"x.npy", "y.npy"}) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(array(4, 4));
      }
    }
    String renamed = bytes.toString(StandardCharsets.ISO_8859_1).replace("y.npy", "x.npy");
    refused(renamed.getBytes(StandardCharsets.ISO_8859_1), "two members are called \"x.npy\"");
  }

  @Test
  void wrongChecksum() throws IOException {
    byte[] archive = deflated("x.npy", array(100, 100));
    archive[find(archive, "PK\u0001\u0002") + 16] ^= 1;
    refused(archive, "member \"x.npy\": the checksum of its data is");
  }

  @Test
  void directoryThatPromisesMoreThanDeflateCanMake() throws IOException {
    byte[] archive = deflated("x.npy", array(100, 100));
    archive[find(archive, "PK\u0001\u0002") + 27] = 0x70;
    refused(archive, "packed bytes cannot make 1879048");
  }

  @Test
  void bombThatUnpacksToMoreThanItDeclares() throws IOException {
    byte[] archive = deflated("x.npy", array(60, 100_000));
    int size = array(60, 60).length;
    int at = find(archive, "PK\u0001\u0002") + 24;
    archive[at] = (byte) size;
    archive[at + 1] = 0;
    archive[at + 2] = 0;
    refused(archive, "member \"x.npy\": unpacks to more than the " + size + " bytes it declares");
  }

  @Test
  void brokenDeflateStream() throws IOException {
    byte[] archive = deflated("x.npy", array(100, 100));
    archive[30 + "x.npy".length()] = 7;
    refused(archive, "member \"x.npy\": its deflated data is broken");
  }

  @Test
  void encryptedMember() throws IOException {
    byte[] archive = deflated("x.npy", array(4, 4));
    archive[find(archive, "PK\u0001\u0002") + 8] |= 1;
    refused(archive, "member \"x.npy\": is encrypted");
  }

  @Test
  void unknownMethod() throws IOException {
    byte[] archive = deflated("x.npy", array(4, 4));
    archive[find(archive, "PK\u0001\u0002") + 10] = 12;
    refused(archive, "is packed by zip method 12; stored and deflated are read");
  }

  @Test
  void namesThatCannotBe() {
    TensorEntry x = TensorEntry.of("x", Tensor.ofFloats(Shape.of(), 1));
    Refusal.expect(() -> NpzWriter.write(file, List.of(x, x), false), "two tensors are called");
    TensorEntry tooLong = TensorEntry.of("x".repeat(70_000), Tensor.ofFloats(Shape.of(), 1));
    Refusal.expect(() -> NpzWriter.write(file, List.of(tooLong), false), "too long a name");
    assertTrue(Files.notExists(file));
  }
}

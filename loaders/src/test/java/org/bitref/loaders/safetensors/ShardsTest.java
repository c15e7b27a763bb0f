package org.bitref.loaders.safetensors;

import static org.bitref.loaders.safetensors.RawFile.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.bitref.loaders.Refusal;
import org.bitref.loaders.Sources;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardsTest {
  @TempDir Path folder;

  @BeforeEach
  void shards() throws IOException {
    RawFile.write(folder.resolve("1.safetensors"), "{" + entry("a", "U8", "[2]", 0, 2) + "}", 2);
    RawFile.write(folder.resolve("2.safetensors"), "{" + entry("b", "U8", "[3]", 0, 3) + "}", 3);
  }

  private Path index(String text) throws IOException {
    return Files.writeString(folder.resolve("model.safetensors.index.json"), text);
  }

  private void refused(String weightMap, String... parts) throws IOException {
    Path index = index("{\"weight_map\":" + weightMap + "}");
    Refusal.expect(() -> Sources.open(index), parts);
    Refusal.expect(() -> Sources.open(folder), index.toString());
  }

  @Test
  void indexByFileAndByFolder() throws IOException {
    Path index =
        index(
            "{\"metadata\":{\"total_size\":5,\"more\":{}},\"weight_map\":"
                + "{\"b\":\"2.safetensors\",\"a\":\"./1.safetensors\"}}");
    for (Path path : new Path[] {index, folder}) {
      try (TensorSource source = Sources.open(path)) {
        assertEquals(Map.of("total_size", "5"), source.metadata());
        assertEquals(3, source.read("b").elements());
        assertEquals(folder.resolve("1.safetensors").toString(), source.tensors().get("a").file());
      }
    }
  }

  @Test
  void folderWithoutIndex() {
    try (TensorSource source = Sources.open(folder)) {
      assertEquals(folder.toString(), source.name());
      assertEquals(2, source.read("a").elements());
      assertEquals(3, source.read("b").elements());
      Refusal.expect(() -> source.read("c"), "no tensor \"c\"");
    }
  }

  @Test
  void folderKeepsTheMetadataThatItsFilesAgreeOn() throws IOException {
    for (int i = 1; i <= 2; i++) {
      String metadata = "{\"__metadata__\":{\"format\":\"pt\",\"part\":\"" + i + "\"}}";
      RawFile.write(folder.resolve(i + ".safetensors"), metadata, 0);
    }
    try (TensorSource source = Sources.open(folder)) {
      assertEquals(Map.of("format", "pt"), source.metadata());
    }
  }

  @Test
  void unfinishedFilesAreNotPartOfAFolder() throws IOException {
    RawFile.write(folder.resolve(".3.safetensors"), "{" + entry("a", "U8", "[1]", 0, 1) + "}", 1);
    try (TensorSource source = Sources.open(folder)) {
      assertEquals(2, source.tensors().size());
    }
  }

  @Test
  void missingShard() throws IOException {
    refused(
        "{\"a\":\"1.safetensors\",\"b\":\"3.safetensors\"}",
        "tensor \"b\" lies in \"" + folder.resolve("3.safetensors") + "\", which does not exist");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../1.safetensors", "x/../../1.safetensors", "/etc/passwd", "", "."})
  void shardOutsideTheFolder(String shard) throws IOException {
    refused(
        "{\"a\":\"" + shard + "\"}",
        "tensor \"a\" is said to lie in \"" + shard + "\", outside the folder of this file");
  }

  @Test
  void shardThatIsNoFileName() throws IOException {
    refused("{\"a\":\"\\u0000\"}", "lie in \"\\u0000\", which is no file name");
  }

  @Test
  void shardThatIsNoText() throws IOException {
    refused("{\"a\":1}", "the shard of tensor \"a\" is not a string");
  }

  @Test
  void tensorThatTheShardLacks() throws IOException {
    refused(
        "{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\",\"c\":\"2.safetensors\"}",
        "tensor \"c\" is not in \"" + folder.resolve("2.safetensors") + "\", where the index puts");
  }

  @Test
  void tensorThatTheIndexLacks() throws IOException {
    refused("{\"a\":\"1.safetensors\",\"x\":\"2.safetensors\"}", "tensor \"x\" is not in");
    RawFile.write(
        folder.resolve("2.safetensors"),
        "{" + entry("b", "U8", "[1]", 0, 1) + "," + entry("c", "U8", "[1]", 1, 2) + "}",
        2);
    refused(
        "{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\"}",
        "tensor \"c\" of",
        "is not in the index");
  }

  @Test
  void tensorInTwoShards() throws IOException {
    RawFile.write(folder.resolve("2.safetensors"), "{" + entry("a", "U8", "[1]", 0, 1) + "}", 1);
    Refusal.expect(
        () -> Sources.open(folder),
        "tensor \"a\" lies in two files",
        "1.safetensors",
        "2.safetensors");
  }

  @Test
  void brokenShard() throws IOException {
    Files.write(folder.resolve("2.safetensors"), new byte[9]);
    Path index = index("{\"weight_map\":{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\"}}");
    Refusal.expect(
        () -> Sources.open(index),
        folder.resolve("2.safetensors") + ": byte 8: the header does not start with '{'");
  }

  @Test
  void indexWithoutWeightMap() throws IOException {
    Path index = index("{\"metadata\":{}}");
    Refusal.expect(() -> Sources.open(index), "the index has no \"weight_map\"");
  }

  @Test
  void nameTwiceInTheIndex() throws IOException {
    refused(
        "{\"a\":\"1.safetensors\",\"a\":\"2.safetensors\"}",
        "the name \"a\" stands twice in weight_map");
  }

  @Test
  void indexThatIsNotUtf8() throws IOException {
    Path index = folder.resolve("model.safetensors.index.json");
    Files.write(index, "{\"\u00e9\":1}".getBytes(StandardCharsets.ISO_8859_1));
    Refusal.expect(() -> Sources.open(index), "not valid UTF-8 at its byte 2");
  }

  @Test
  void severalIndexes() throws IOException {
    Files.writeString(folder.resolve("x.safetensors.index.json"), "{}");
    Files.writeString(folder.resolve("y.safetensors.index.json"), "{}");
    Refusal.expect(() -> Sources.open(folder), "holds several indexes", "Name the one");
  }

  @Test
  void folderWithoutTensors() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    Refusal.expect(() -> Sources.open(empty), empty.toString(), "holds neither");
  }

  @Test
  void fileBeyondTwoGibibytesOpensAtOnce() throws IOException {
    long bytes = 5L << 30;
    Path big = folder.resolve("big.safetensors");
    String header = "{" + entry("big", "U8", "[" + bytes + "]", 0, bytes) + "}";
    RawFile.write(big, header, 0);
    try (RandomAccessFile grown = new RandomAccessFile(big.toFile(), "rw")) {
      grown.setLength(8 + header.length() + bytes);
      grown.seek(8 + header.length() + bytes - 1);
      grown.write(77);
    }
    long start = System.nanoTime();
    try (TensorSource source = Sources.open(big)) {
      assertEquals(77, source.read("big").getLong(bytes - 1));
    }
    assertTrue(Duration.ofNanos(System.nanoTime() - start).toMillis() < 1000);
  }
}

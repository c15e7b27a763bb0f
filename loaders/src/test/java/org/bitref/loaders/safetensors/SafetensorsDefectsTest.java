package org.bitref.loaders.safetensors;

import static org.bitref.loaders.safetensors.RawFile.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bitref.loaders.Refusal;
import org.bitref.loaders.Sources;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One test for each thing that can be wrong with a safetensors file. */
class SafetensorsDefectsTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("a.safetensors");
  }

  private void refused(String header, int dataBytes, String... parts) throws IOException {
    RawFile.write(file, header, dataBytes);
    Refusal.expect(() -> SafetensorsFile.open(file), parts);
    Refusal.expect(() -> SafetensorsFile.open(file), file.toString());
  }

  @Test
  void theSmallestFileIsRead() throws IOException {
    RawFile.write(file, "{}", 0);
    try (var source = Sources.open(file)) {
      assertEquals(0, source.tensors().size());
    }
  }

  @Test
  void blanksMayFollowTheHeader() throws IOException {
    String header = "{" + entry("q", "F32", "[]", 0, 4) + "}    ";
    RawFile.write(file, header, 4);
    try (var source = Sources.open(file)) {
      assertEquals(8 + header.length(), source.tensors().get("q").offset());
    }
  }

  @Test
  void missingFile() {
    Refusal.expect(() -> SafetensorsFile.open(file), file.toString(), "does not exist");
  }

  @Test
  void emptyFile() throws IOException {
    Files.createFile(file);
    Refusal.expect(() -> SafetensorsFile.open(file), "a.safetensors: is empty");
  }

  @Test
  void fileShorterThanTheLengthField() throws IOException {
    Files.write(file, new byte[7]);
    Refusal.expect(() -> SafetensorsFile.open(file), "has 7 bytes");
  }

  @Test
  void headerLongerThanTheFile() throws IOException {
    RawFile.write(file, 20, "{}".getBytes(StandardCharsets.US_ASCII), 5);
    Refusal.expect(
        () -> SafetensorsFile.open(file),
        "byte 0: the header length 20 exceeds what follows it, 7 bytes");
  }

  @Test
  void headerLongerThanTheLimit() throws IOException {
    RawFile.write(file, 100_000_001, "{}".getBytes(StandardCharsets.US_ASCII), 0);
    // Sparse, so that the header would fit the file.
    try (RandomAccessFile grown = new RandomAccessFile(file.toFile(), "rw")) {
      grown.setLength(200_000_000);
    }
    Refusal.expect(
        () -> SafetensorsFile.open(file),
        "the header length 100000001 exceeds the limit of 100000000 bytes");
  }

  @Test
  void headerLengthWithTheSignBit() throws IOException {
    RawFile.write(file, -1, "{}".getBytes(StandardCharsets.US_ASCII), 0);
    Refusal.expect(() -> SafetensorsFile.open(file), "header length 18446744073709551615");
  }

  @Test
  void headerOfNoBytes() throws IOException {
    refused("", 3, "byte 8: the header does not start with '{'");
  }

  @Test
  void headerThatIsAnArray() throws IOException {
    refused("[1]", 0, "the header does not start with '{'");
  }

  @Test
  void headerBehindBlanks() throws IOException {
    refused(" {}", 0, "the header does not start with '{'");
  }

  @Test
  void headerThatIsNotJson() throws IOException {
    refused("{\"q\":}", 0, "a.safetensors: header: the text is not valid JSON at its character 5");
  }

  @Test
  void headerThatStopsEarly() throws IOException {
    refused("{\"q\":{\"dtype\":\"F32\"", 0, "not valid JSON");
  }

  @Test
  void somethingAfterTheHeader() throws IOException {
    refused("{} {}", 0, "goes on after its closing brace");
  }

  @Test
  void headerThatIsNotUtf8() throws IOException {
    RawFile.write(file, new byte[] {'{', '"', (byte) 0xC3, '"', '}'}, 0);
    Refusal.expect(
        () -> SafetensorsFile.open(file), "header: the text is not valid UTF-8 at its byte 2");
  }

  @Test
  void nestingBomb() throws IOException {
    refused("{\"q\":" + "[".repeat(1_000_000), 0, "tensor \"q\" is not a JSON object");
    refused("{\"q\":{\"x\":" + "[".repeat(1_000_000), 0, "not valid JSON", "nesting depth");
  }

  @Test
  void tensorBeyondTheEnd() throws IOException {
    refused(
        "{" + entry("q", "F32", "[2]", 0, 8) + "}",
        7,
        "tensor \"q\": its data ends at byte 70 of the file, which has only 69",
        "truncated");
  }

  @Test
  void offsetsNearTheEndOfLong() throws IOException {
    refused("{" + entry("q", "F32", "[2]", 0, Long.MAX_VALUE) + "}", 8, "its data ends at byte");
  }

  @Test
  void offsetsBackwards() throws IOException {
    refused("{" + entry("q", "F32", "[]", 8, 4) + "}", 8, "data_offsets run backwards, 8 to 4");
  }

  @Test
  void overlap() throws IOException {
    refused(
        "{" + entry("a", "F32", "[2]", 0, 8) + "," + entry("b", "F32", "[2]", 4, 12) + "}",
        12,
        "tensor \"b\": its data overlaps that of tensor \"a\", at byte");
  }

  @Test
  void sameBytesTwice() throws IOException {
    refused(
        "{" + entry("a", "F32", "[2]", 0, 8) + "," + entry("b", "F32", "[2]", 0, 8) + "}",
        8,
        "tensor \"b\": its data overlaps that of tensor \"a\"");
  }

  @Test
  void gap() throws IOException {
    refused(
        "{" + entry("a", "F32", "[]", 0, 4) + "," + entry("b", "F32", "[]", 8, 12) + "}",
        12,
        "tensor \"b\": 4 bytes between tensor \"a\" and this tensor belong to none");
  }

  @Test
  void gapAtTheStart() throws IOException {
    refused(
        "{" + entry("a", "F32", "[]", 4, 8) + "}",
        8,
        "4 bytes between the header and this tensor belong to none");
  }

  @Test
  void bytesAfterTheLastTensor() throws IOException {
    refused(
        "{" + entry("a", "F32", "[]", 0, 4) + "}",
        5,
        "1 bytes after tensor \"a\" belong to no tensor, at byte");
  }

  @Test
  void bytesWithoutTensors() throws IOException {
    refused("{}", 5, "5 bytes after the header belong to no tensor, at byte 10");
  }

  @Test
  void lengthThatIsNotThatOfTheShape() throws IOException {
    refused(
        "{" + entry("q", "BF16", "[2,3]", 0, 24) + "}",
        24,
        "tensor \"q\": BF16 [2, 3] needs 12 bytes, but data_offsets give it 24");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"[4294967296,4294967296]", "[2305843009213693952]", "[9223372036854775807,2]"})
  void shapeOverflow(String shape) throws IOException {
    refused("{" + entry("q", "F32", shape, 0, 4) + "}", 4, "needs more than 2^63-1 bytes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[-1] | shape is negative: -1",
        "[1.5] | shape is not a whole number: 1.5",
        "[1e0] | shape is not a whole number: 1e0",
        "[9223372036854775808] | shape exceeds 2^63-1",
        "[\"1\"] | shape is not a number",
        "[null] | shape is not a number",
        "[[1]] | shape is not a number",
        "1 | shape is not a JSON array",
        "{} | shape is not a JSON array",
      })
  void shapeThatIsNoList(String shape, String problem) throws IOException {
    refused("{" + entry("q", "U8", shape, 0, 1) + "}", 1, "tensor \"q\", " + problem);
  }

  @Test
  void numberOfManyDigits() throws IOException {
    refused("{" + entry("q", "U8", "[" + "9".repeat(5000) + "]", 0, 1) + "}", 1, "not valid JSON");
  }

  @Test
  void offsetsThatAreNotTwo() throws IOException {
    refused(
        "{\"q\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,1]}}",
        1,
        "data_offsets has 3 numbers instead of 2");
  }

  @ParameterizedTest
  @CsvSource({"dtype", "shape", "data_offsets"})
  void missingField(String field) throws IOException {
    String whole = "\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]";
    String without = whole.replaceFirst("\"" + field + "\":(\"U8\"|\\[[0-9,]*\\]),?", "");
    refused(
        "{\"q\":{" + without.replaceFirst(",$", "") + "}}",
        1,
        "tensor \"q\": its header entry has no " + field);
  }

  @Test
  void unknownDtype() throws IOException {
    refused("{" + entry("q", "F4", "[2]", 0, 1) + "}", 1, "unknown dtype \"F4\"", "BF16");
  }

  @Test
  void dtypeThatIsNoString() throws IOException {
    refused("{\"q\":{\"dtype\":1}}", 0, "tensor \"q\", dtype is not a string");
  }

  @Test
  void entryThatIsNoObject() throws IOException {
    refused("{\"q\":7}", 0, "tensor \"q\" is not a JSON object");
  }

  @Test
  void nameTwice() throws IOException {
    refused(
        "{" + entry("q", "U8", "[0]", 0, 0) + "," + entry("q", "U8", "[1]", 0, 1) + "}",
        1,
        "the name \"q\" stands twice");
  }

  @Test
  void fieldTwice() throws IOException {
    refused(
        "{\"q\":{\"dtype\":\"U8\",\"dtype\":\"I8\"}}",
        0,
        "the name \"dtype\" stands twice in tensor \"q\"");
  }

  @Test
  void metadataThatIsNoObject() throws IOException {
    refused("{\"__metadata__\":[]}", 0, "__metadata__ is not a JSON object");
  }

  @Test
  void metadataThatIsNoText() throws IOException {
    refused("{\"__metadata__\":{\"n\":1}}", 0, "__metadata__ entry \"n\" is not a string");
  }

  @Test
  void namesThatWouldWriteToATerminal() throws IOException {
    refused("{\"\\u001b[2J\\r\":7}", 0, "tensor \"\\u001b[2J\\u000d\" is not");
    refused("{\"" + "x".repeat(50_000) + "\":7}", 0, "x ... x");
  }

  @Test
  void manyNamesOfOneHash() throws IOException {
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i < 1 << 12; i++) {
      StringBuilder name = new StringBuilder();
      for (int bit = 0; bit < 12; bit++) {
        name.append((i >> bit & 1) == 0 ? "Aa" : "BB");
      }
      header.append(entry(name.toString(), "U8", "[0]", 0, 0)).append(',');
    }
    RawFile.write(file, header.append(entry("q", "U8", "[0]", 0, 0)).append('}').toString(), 0);
    try (var source = SafetensorsFile.open(file)) {
      assertEquals((1 << 12) + 1, source.tensors().size());
    }
  }

  @Test
  void readOfAnUnknownName() throws IOException {
    RawFile.write(file, "{}", 0);
    try (var source = SafetensorsFile.open(file)) {
      Refusal.expect(() -> source.read("q"), "no tensor \"q\"");
    }
  }

  @Test
  void tensorsComeInTheOrderOfTheData() throws IOException {
    RawFile.write(
        file, "{" + entry("b", "U8", "[1]", 1, 2) + "," + entry("a", "U8", "[1]", 0, 1) + "}", 2);
    try (var source = SafetensorsFile.open(file)) {
      assertEquals(List.of("a", "b"), List.copyOf(source.tensors().keySet()));
    }
  }
}

package org.bitref.loaders.safetensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bitref.loaders.Refusal;
import org.bitref.loaders.Samples;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
  @TempDir Path folder;

  private static final Tensor ONE = Tensor.ofFloats(Shape.of(1), 1f);

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void everyTypeAndRankComesBack() {
    Path file = folder.resolve("a.safetensors");
    List<TensorEntry> entries = Samples.all();
    SafetensorsWriter.write(file, Map.of(), entries, false);
    try (TensorSource source = Sources.open(file)) {
      assertEquals(entries.size(), source.tensors().size());
      for (TensorEntry entry : entries) {
        assertTrue(Samples.same(entry.tensor(), source.read(entry.name())), entry.name());
      }
    }
  }

  @Test
  void namesKeepTheirOrderAndDataIsAligned() {
    Path file = folder.resolve("a.safetensors");
    for (int length = 1; length <= 9; length++) {
      String first = "z".repeat(length);
      List<TensorEntry> entries = List.of(TensorEntry.of(first, ONE), TensorEntry.of("a", ONE));
      SafetensorsWriter.write(file, Map.of(), entries, true);
      try (TensorSource source = Sources.open(file)) {
        assertEquals(List.of(first, "a"), List.copyOf(source.tensors().keySet()));
        assertEquals(0, source.tensors().get(first).offset() % 8);
      }
    }
  }

  @Test
  void metadataIsAnyText() {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("", "\u0000\n\t\"\\/\u007f\u2028\uFEFF");
    metadata.put("\uD83D\uDE00 caf\u00e9", "x".repeat(1 << 20));
    Path file = folder.resolve("a.safetensors");
    SafetensorsWriter.write(file, metadata, List.of(), false);
    try (TensorSource source = Sources.open(file)) {
      assertEquals(metadata, source.metadata());
    }
  }

  @Test
  void oneTensorAtATime() {
    List<String> asked = new ArrayList<>();
    List<TensorEntry> entries =
        Stream.of("b", "a")
            .map(
                name ->
                    new TensorEntry(
                        name,
                        DType.F32,
                        Shape.of(1),
                        () -> {
                          asked.add(name);
                          return ONE;
                        }))
            .toList();
    SafetensorsWriter.write(folder.resolve("a.safetensors"), Map.of(), entries, false);
    assertEquals(List.of("b", "a"), asked);
  }

  @Test
  void existingTargetIsKept() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "old");
    Refusal.expect(
        () -> SafetensorsWriter.write(file, Map.of(), List.of(), false), "exists already");
    assertEquals("old", Files.readString(file));
    SafetensorsWriter.write(file, Map.of(), List.of(), true);
    assertEquals(List.of("a"), names());
  }

  @Test
  void supplierThatFailsLeavesNothing() throws IOException {
    TensorEntry failing =
        new TensorEntry(
            "b",
            DType.F32,
            Shape.of(1),
            () -> {
              throw new IllegalArgumentException("no b");
            });
    List<TensorEntry> entries = List.of(TensorEntry.of("a", ONE), failing);
    Path file = folder.resolve("a.safetensors");
    assertThrows(
        IllegalArgumentException.class,
        () -> SafetensorsWriter.write(file, Map.of(), entries, false));
    assertEquals(List.of(), names());
  }

  @Test
  void supplierThatGivesAnotherShape() throws IOException {
    List<TensorEntry> entries = List.of(new TensorEntry("a", DType.F32, Shape.of(2), () -> ONE));
    Path file = folder.resolve("a.safetensors");
    assertThrows(
        IllegalStateException.class, () -> SafetensorsWriter.write(file, Map.of(), entries, false));
    assertEquals(List.of(), names());
  }

  @Test
  void namesThatCannotBe() throws IOException {
    Path file = folder.resolve("a.safetensors");
    TensorEntry a = TensorEntry.of("a", ONE);
    Refusal.expect(
        () -> SafetensorsWriter.write(file, Map.of(), List.of(a, a), false),
        "two tensors are called \"a\"");
    Refusal.expect(
        () ->
            SafetensorsWriter.write(
                file, Map.of(), List.of(TensorEntry.of("__metadata__", ONE)), false),
        "a tensor cannot be called __metadata__");
    Refusal.expect(
        () ->
            SafetensorsWriter.write(file, Map.of(), List.of(TensorEntry.of("\uD800", ONE)), false),
        "not valid Unicode: \"\\ud800\"");
    Refusal.expect(
        () -> SafetensorsWriter.write(file, Map.of("k", "\uDC00"), List.of(), false),
        "not valid Unicode");
    assertEquals(List.of(), names());
  }
}

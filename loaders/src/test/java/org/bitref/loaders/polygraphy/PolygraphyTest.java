package org.bitref.loaders.polygraphy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.bitref.loaders.Refusal;
import org.bitref.loaders.Samples;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.npy.NpyWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolygraphyTest {
  @TempDir Path folder;

  private static Path capture(String name) {
    String captures = System.getProperty("bitref.captures", "");
    assumeTrue(!captures.isEmpty(), "the property bitref.captures is not set");
    Path file = Path.of(captures, "polygraphy", name);
    assumeTrue(Files.exists(file), () -> "no " + file);
    return file;
  }

  private static List<TensorEntry> entries(TensorSource source) {
    List<TensorEntry> entries = new ArrayList<>();
    source.tensors().keySet().forEach(name -> entries.add(TensorEntry.of(name, source.read(name))));
    return entries;
  }

  /** Equal in every byte to what Polygraphy saved, but for the time the run took. */
  @Test
  void writesResultsAsPolygraphyDoes() throws IOException {
    Path theirs = capture("outputs-ort.json");
    Path ours = folder.resolve("ours.json");
    try (TensorSource source = Sources.open(theirs)) {
      assertEquals(46, source.tensors().size());
      assertEquals(Shape.of(24, 4, 128), source.tensors().get("q_rope").shape());
      PolygraphyWriter.runResults(ours, source.metadata().get("runner"), entries(source), false);
    }
    Path expected = folder.resolve("theirs.json");
    String text = Files.readString(theirs);
    Files.writeString(expected, text.replaceFirst("\"runtime\": [0-9.e-]+", "\"runtime\": 0.0"));
    assertEquals(-1, Files.mismatch(expected, ours));
  }

  /** Equal in every byte to what Polygraphy saved. */
  @Test
  void writesInputsAsPolygraphyDoes() throws IOException {
    Path theirs = capture("inputs.json");
    Path ours = folder.resolve("ours.json");
    try (TensorSource source = Sources.open(theirs)) {
      assertEquals(List.of("hidden", "cos", "sin"), List.copyOf(source.tensors().keySet()));
      PolygraphyWriter.inputs(ours, entries(source), false);
    }
    assertEquals(-1, Files.mismatch(theirs, ours));
  }

  /** The graph's RMSNorm ends in one multiplication of halves, which the file must bear out. */
  @Test
  void numbersAreThoseOfTheGraph() {
    try (TensorSource outputs = Sources.open(capture("outputs-ort.json"));
        TensorSource weights = Sources.open(capture("initializers.safetensors"))) {
      Tensor scaled = outputs.read("Mul_10");
      Tensor weight = weights.read("c11");
      Tensor normed = outputs.read("input_ln");
      for (int i = 0; i < normed.elements(); i++) {
        // ONNX Runtime drops the rounding between the two: one rounding of the product of floats.
        float product = (float) (scaled.get(i) * weight.get(i % 256));
        assertEquals(Float.floatToFloat16(product) & 0xFFFF, normed.bits(i), "element " + i);
      }
    }
  }

  @Test
  void everyTypeAndRankComesBack() {
    List<TensorEntry> entries = Samples.all();
    Path results = folder.resolve("results.json");
    Path inputs = folder.resolve("inputs.json");
    PolygraphyWriter.runResults(results, "caf\u00e9 \uD83D\uDE00", entries, false);
    PolygraphyWriter.inputs(inputs, entries, false);
    for (Path file : List.of(results, inputs)) {
      try (TensorSource source = Sources.open(file)) {
        assertEquals(entries.size(), source.tensors().size());
        for (TensorEntry entry : entries) {
          Tensor tensor = entry.tensor();
          Tensor read = source.read(entry.name());
          boolean widened = read.dtype() != tensor.dtype();
          assertTrue(Samples.same(widened ? tensor.cast(DType.F32) : tensor, read), entry.name());
        }
      }
    }
    try (TensorSource source = Sources.open(results)) {
      assertEquals(Map.of("runner", "caf\u00e9 \uD83D\uDE00"), source.metadata());
    }
  }

  private String npy(Tensor tensor) throws IOException {
    Path file = folder.resolve("a.npy");
    NpyWriter.write(file, tensor, true);
    return Base64.getEncoder().encodeToString(Files.readAllBytes(file));
  }

  private static String array(String base64) {
    return "{\"array\": \"" + base64 + "\", \"polygraphy_class\": \"ndarray\"}";
  }

  private Path json(String text) throws IOException {
    return Files.writeString(folder.resolve("a.json"), text);
  }

  @Test
  void severalRunnersAndIterations() throws IOException {
    String one = npy(Tensor.ofFloats(Shape.of(1), 1));
    String two = npy(Tensor.ofFloats(Shape.of(1), 2));
    Path file =
        json(
            """
            {"lst": [["trt", [{"outputs": {"y": %s}}, {"outputs": {"y": %s}, "runtime": null}]],
                     ["ort", [{"outputs": {"y": {"values": %s}}}]]]}
            """
                .formatted(array(one), array(two), array(two)));
    try (TensorSource source = Sources.open(file)) {
      assertEquals(
          Set.of("trt/iteration.0/y", "trt/iteration.1/y", "ort/iteration.0/y"),
          source.tensors().keySet());
      assertEquals(2, source.read("trt/iteration.1/y").get(0));
    }
  }

  @Test
  void arraysOfOldVersions() throws IOException {
    Path npy = folder.resolve("a.npy");
    Tensor everyByte = Samples.tensor(DType.U8, Shape.of(4000), new Random(1));
    NpyWriter.write(npy, everyByte, true);
    String characters = new String(Files.readAllBytes(npy), StandardCharsets.ISO_8859_1);
    StringBuilder ascii = new StringBuilder();
    characters.chars().forEach(c -> ascii.append(String.format(Locale.ROOT, "\\u%04x", c)));
    StringBuilder shortest = new StringBuilder();
    characters
        .chars()
        .forEach(
            c ->
                shortest.append(
                    c < ' ' || c == '"' || c == '\\'
                        ? String.format(Locale.ROOT, "\\u%04x", c)
                        : (char) c + ""));
    for (StringBuilder text : List.of(ascii, shortest)) {
      String json = "[{\"x\": {\"type\": \"ndarray\", \"array\": \"" + text + "\"}}]";
      try (TensorSource source = Sources.open(json(json))) {
        assertTrue(Samples.same(everyByte, source.read("x")));
      }
    }
  }

  private void refused(String text, String... parts) throws IOException {
    Path file = json(text);
    Refusal.expect(
        () -> {
          try (TensorSource source = Sources.open(file)) {
            source.tensors().keySet().forEach(source::read);
          }
        },
        parts);
  }

  @Test
  void defectsOfArrays() throws IOException {
    String good = npy(Tensor.ofFloats(Shape.of(300), new float[300]));
    String start = "[{\"x\": ";
    refused(start + array(good.substring(1)) + "}]", "a.json: tensor \"x\"", "no multiple of 4");
    refused(start + array(good.substring(4)) + "}]", "does not start with the npy magic");
    refused(
        start + array(good.substring(0, good.length() - 8)) + "}]",
        "F32 [300] needs 1200 bytes of data, but 1195 follow");
    String hole = good.substring(0, 800) + " " + good.substring(801);
    refused(start + array(hole) + "}]", "its text is not base64 after character 0");
    String pad = good.substring(0, 800) + "====" + good.substring(804);
    refused(start + array(pad) + "}]", "not base64");
    refused(start + array("") + "}]", "does not start with the npy magic");
    refused(start + array("UEsDBAAA") + "}]", "is a torch tensor");
    refused(start + "{\"array\": [1, 2]}}]", "tensor \"x\" is not an array as text");
    refused(start + "{\"values\": {}}}]", "tensor \"x\" is not an array as text");
    refused(start + "3}]", "x is not a JSON object");
  }

  @Test
  void defectsOfTheText() throws IOException {
    refused("[{\"x\": {\"y\": " + "[".repeat(100_000), "not valid JSON", "depth");
    refused("{\"lst\": [[\"r\", [{\"x\":" + "[".repeat(100_000), "not valid JSON", "depth");
    refused("{\"a\":".repeat(100_000), "not valid JSON", "depth");
    refused("[".repeat(100_000), "the arrays of an iteration is not a JSON object");
    refused("{\"lst\": [[\"r\", [{\"outputs\": {}}", "a.json: the text is not valid JSON");
    refused("{\"lst\": [[3]]}", "a runner's name is not a string");
    refused("{\"lst\": [[\"" + "r".repeat(1001) + "\", []]]}", "more than 1000 characters");
    refused("{\"lst\": 3}", "lst is not a JSON array");
    refused("[{}] x", "not valid JSON");
    refused("[{}] []", "the text goes on after its closing brace or bracket");
    String one = array(npy(Tensor.ofFloats(Shape.of(1), 1)));
    refused("[{\"x\": " + one + ", \"x\": " + one + "}]", "the name \"x\" stands twice");
    refused(
        "{\"lst\": [[\"r\", [{\"outputs\": {\"x\": "
            + one
            + "}}]], [\"r\", [{\"outputs\": {\"x\": "
            + one
            + "}}]]]}",
        "two arrays are called \"x\"");
    byte[] wide = "[{\"x\": {\"array\": \"k05V\"}}]".getBytes(StandardCharsets.UTF_16LE);
    Path file = Files.write(folder.resolve("b.json"), wide);
    Refusal.expect(() -> PolygraphyFile.open(file), "b.json: the text is not valid JSON");
  }

  @Test
  void manyNames() throws IOException {
    String one = array(npy(Tensor.ofFloats(Shape.of(1), 1)));
    StringBuilder text = new StringBuilder("[{");
    for (int i = 0; i < 100_000; i++) {
      text.append(i == 0 ? "" : ",").append("\"tensor.").append(i).append("\":").append(one);
    }
    try (TensorSource source = Sources.open(json(text.append("}]").toString()))) {
      assertEquals(100_000, source.tensors().size());
      assertEquals(1, source.read("tensor.99999").get(0));
    }
  }

  @Test
  void namesThatCannotBe() {
    TensorEntry x = TensorEntry.of("x", new Tensor(DType.U8, Shape.of(0), MemorySegment.NULL));
    Path file = folder.resolve("a.json");
    Refusal.expect(() -> PolygraphyWriter.inputs(file, List.of(x, x), false), "two tensors");
    Refusal.expect(
        () -> PolygraphyWriter.runResults(file, "\ud800", List.of(x), false), "not valid Unicode");
    assertTrue(Files.notExists(file));
  }
}

package org.bitref.cli.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.cli.Cli;
import org.bitref.cli.console.Lines;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
  @TempDir Path temp;

  @Test
  void aCheckpointIsListedWholeWithin80Columns() {
    Cli run = Cli.run("inspect", Cli.MODEL).exits(0);
    assertEquals("", run.err());
    assertTrue(
        run.out().contains("model.language_model.layers.2.post_attention_layernorm.weight\n"));
    assertTrue(run.out().contains("47 tensors in 2 files"), run.out());
    run.out()
        .lines()
        .filter(line -> !line.startsWith(Cli.MODEL))
        .forEach(line -> assertTrue(line.length() <= 80, line));
  }

  @Test
  void jsonHoldsEveryTensor() {
    JsonNode json = Cli.run("inspect", Cli.MODEL, "--format", "json").exits(0).json();
    assertEquals("bitref.inspect/1", json.get("schema").asText());
    assertEquals(47, json.get("tensors").size());
    JsonNode first = json.get("tensors").get(0);
    assertEquals("[640,256]", first.get("shape").toString());
    assertEquals("BF16", first.get("dtype").asText());
    assertTrue(first.get("path").asText().endsWith("model-00001-of-00002.safetensors"));
    assertTrue(first.get("offset").asLong() > 0);
    assertFalse(first.has("stats"));
  }

  @Test
  void statisticsAreOfTheFiniteValues() {
    Path file = temp.resolve("x.safetensors");
    float[] values = {1, -3, Float.MIN_VALUE, Float.NaN, Float.NEGATIVE_INFINITY, 0};
    float[] none = {Float.NaN};
    SafetensorsWriter.write(
        file,
        Map.of(),
        List.of(
            TensorEntry.of("x", Tensor.ofFloats(Shape.of(2, 3), values)),
            TensorEntry.of("none", Tensor.ofFloats(Shape.of(1), none))),
        false);
    JsonNode tensors =
        Cli.run("inspect", "--stats", file, "--format", "json").exits(0).json().get("tensors");
    JsonNode stats = tensors.get(0).get("stats");
    assertEquals(-3, stats.get("min").asDouble());
    assertEquals(1, stats.get("max").asDouble());
    assertEquals((1.0 - 3 + Float.MIN_VALUE) / 4, stats.get("mean").asDouble());
    assertEquals(1, stats.get("nan").asLong());
    assertEquals(1, stats.get("infinite").asLong());
    assertEquals(1, stats.get("subnormal").asLong());
    assertEquals("NaN", tensors.get(1).get("stats").get("mean").asText());
    String text = Cli.run("inspect", "--stats", file).exits(0).out();
    assertTrue(text.contains("2 NaN, 1 infinite, 1 subnormal"), text);
  }

  @Test
  void theMeanSurvivesCancellation() {
    float[] values = new float[10_001];
    for (int i = 0; i < 10_000; i++) {
      values[i] = i % 2 == 0 ? 1e30f : -1e30f;
    }
    values[10_000] = 1;
    Statistics stats = Statistics.of(Tensor.ofFloats(Shape.of(values.length), values), _ -> {});
    assertEquals(1.0 / 10_001, stats.mean());
  }

  @Test
  void brokenFilesAreRefusedInOneLine() throws IOException {
    Path cut = temp.resolve("cut.safetensors");
    byte[] whole = Files.readAllBytes(Path.of(Cli.CAPTURE));
    Files.write(cut, Arrays.copyOf(whole, whole.length - 1));
    Path json =
        Files.writeString(temp.resolve("model.safetensors.index.json"), "{\"weight_map\": ");
    Path text = Files.writeString(temp.resolve("x.txt"), "hello");
    for (Path bad : List.of(cut, json, text, temp.resolve("nope"))) {
      Cli run = Cli.run("inspect", bad).exits(3);
      assertEquals("", run.out());
      assertEquals(1, run.err().lines().count(), run.err());
      assertTrue(run.err().contains(bad.getFileName().toString()), run.err());
    }
  }

  /** A list that counts how often an element is asked for. */
  private static final class Counted extends AbstractList<InspectReport.Entry> {
    private final List<InspectReport.Entry> entries;
    private long asked;

    Counted(List<InspectReport.Entry> entries) {
      this.entries = entries;
    }

    @Override
    public InspectReport.Entry get(int index) {
      asked++;
      return entries.get(index);
    }

    @Override
    public int size() {
      return entries.size();
    }
  }

  @Test
  void aTextAsksForEachTensorAFewTimesHoweverManyFilesThereAre() {
    List<InspectReport.Entry> entries = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      TensorInfo info = new TensorInfo("t" + i, DType.F32, Shape.of(1), i + ".bin", 0);
      entries.add(InspectReport.Entry.of(info, Optional.empty()));
    }
    Counted counted = new Counted(entries);
    Lines lines = new Lines();
    new InspectReport("all", counted, 200, 800, Map.of()).text(lines);
    String text = lines.toString();
    assertTrue(text.contains("200 tensors in 200 files"), text);
    assertTrue(counted.asked <= 3L * entries.size(), () -> counted.asked + " times");
  }

  @Test
  void aSmallTensorTakesLittleMemory() {
    Tensor one = Tensor.ofFloats(Shape.of(1), new float[] {1});
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    assertEquals(1, Statistics.of(one, _ -> {}).mean());
    long before = threads.getCurrentThreadAllocatedBytes();
    assertEquals(1, Statistics.of(one, _ -> {}).mean());
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated < 100_000, () -> allocated + " bytes");
  }
}

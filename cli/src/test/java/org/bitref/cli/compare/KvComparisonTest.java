package org.bitref.cli.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bitref.cli.Cli;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.kv.KvWriter;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Caches of six layers, [1, 2, 5, 4], whose difference doubles from layer to layer. */
class KvComparisonTest {
  private static final int LAYERS = 6;
  private static final Shape SHAPE = Shape.of(1, 2, 5, 4);
  private static final int SIZE = 40;

  /** The difference of K in layer 0; that of V is three times as large. */
  private static final float UNIT = 0x1p-10f;

  /** A cosine has six roundings: three of square roots, two products, a quotient. */
  private static final double ROUNDINGS = 6 * 0x1p-53;

  @TempDir Path temp;
  private final Map<String, Tensor> a = new LinkedHashMap<>();
  private final Map<String, Tensor> b = new LinkedHashMap<>();

  /** Whole numbers and small multiples of a power of two: sums of their products are exact. */
  @BeforeEach
  void caches() {
    for (int layer = 0; layer < LAYERS; layer++) {
      for (int kv = 0; kv < 2; kv++) {
        float[] left = new float[SIZE];
        float[] right = new float[SIZE];
        for (int i = 0; i < SIZE; i++) {
          left[i] = (i * 7 + layer * 3 + kv) % 11 - 5;
          right[i] = left[i] + (kv == 0 ? 1 : 3) * UNIT * (1 << layer) * (i % 2 == 0 ? 1 : -1);
        }
        String name = "kv." + layer + (kv == 0 ? ".k" : ".v");
        a.put(name, Tensor.ofFloats(SHAPE, left));
        b.put(name, Tensor.ofFloats(SHAPE, right));
      }
    }
  }

  private Path file(String name, Map<String, Tensor> tensors) {
    Path path = temp.resolve(name);
    SafetensorsWriter.write(
        path,
        Map.of(),
        tensors.entrySet().stream().map(e -> TensorEntry.of(e.getKey(), e.getValue())).toList(),
        false);
    return path;
  }

  private static JsonNode cache(int code, Object... words) {
    return Cli.run(words).exits(code).json().get("kv_cache");
  }

  @Test
  void everyLayerAndTheTrendOverThem() {
    JsonNode cache =
        cache(1, "compare", file("a.safetensors", a), file("b.safetensors", b), "--format", "json");
    assertEquals(LAYERS, cache.get("layers").size());
    for (int layer = 0; layer < LAYERS; layer++) {
      JsonNode of = cache.get("layers").get(layer);
      assertEquals(layer, of.get("layer").asInt());
      assertEquals(UNIT * (1 << layer), of.at("/k/mean_abs").asDouble());
      assertEquals(3 * UNIT * (1 << layer), of.at("/v/max_abs").asDouble());
      assertEquals(2 * UNIT * (1 << layer), of.at("/both/mean_abs").asDouble());
      assertEquals(0, of.at("/k/equal").asInt());
      assertEquals(SIZE, of.at("/k/total").asInt());
      assertFalse(of.has("heads"));
    }
    // 1 + 2 + .. + 32 units over six layers, for K one each and for V three.
    assertEquals(63 * UNIT / 6.0, cache.at("/k/mean_abs").asDouble(), 63 * UNIT * 0x1p-52);
    assertEquals(63 * UNIT * 3 / 6.0, cache.at("/v/mean_abs").asDouble(), 63 * UNIT * 0x1p-50);
    assertEquals(cosine(), cache.at("/all/cosine").asDouble(), 2 * LAYERS * 2 * ROUNDINGS);
    assertEquals(96 * UNIT, cache.at("/all/max_abs").asDouble());
    assertEquals(0, cache.get("first_unequal").asInt());
    assertEquals("[5,4,3]", cache.get("worst").toString());
    assertEquals(5, cache.get("rises").asInt());
    // A line through points on a line: the logarithms have an error of half an ULP of at most 8.
    assertEquals(2, cache.get("growth_per_layer").asDouble(), 64 * Math.ulp(8.0));
  }

  /** Over all elements at once; a cache of twelve parts has as many roundings on each side. */
  private double cosine() {
    double products = 0;
    double squaresA = 0;
    double squaresB = 0;
    for (String name : a.keySet()) {
      for (int i = 0; i < SIZE; i++) {
        products += a.get(name).get(i) * b.get(name).get(i);
        squaresA += a.get(name).get(i) * a.get(name).get(i);
        squaresB += b.get(name).get(i) * b.get(name).get(i);
      }
    }
    return products / (Math.sqrt(squaresA) * Math.sqrt(squaresB));
  }

  @Test
  void peopleReadTheTrendInASentence() {
    Cli run = Cli.run("compare", file("a.safetensors", a), file("b.safetensors", b)).exits(1);
    String text = run.out().replaceAll("\\s+", " ");
    assertTrue(
        text.contains("KV cache, 6 layers: mean |A-B| 2.05e-02, max 9.38e-02, cosine 0.99"),
        run.out());
    assertTrue(text.contains("K 1.03e-02, V 3.08e-02, 3.00 times K. First unequal: layer 0."));
    assertTrue(
        text.contains(
            "The mean grows by x2.00 a layer, from 1.95e-03 (L0) to 6.25e-02 (L5);"
                + " it rises at 5 of 5 steps. Worst: 6.25e-02 (L5), 3.13e-02 (L4)"),
        run.out());
    run.out()
        .lines()
        .filter(line -> !line.contains(temp.toString()))
        .forEach(line -> assertTrue(line.length() <= 80, line));
  }

  @Test
  void aHeadOfALayer() {
    Map<String, Tensor> one = new LinkedHashMap<>(a);
    float[] changed = a.get("kv.4.v").toFloats();
    changed[SIZE / 2 + 7] += 1;
    one.put("kv.4.v", Tensor.ofFloats(SHAPE, changed));
    Path left = file("a.safetensors", a);
    Path right = file("b.safetensors", one);
    JsonNode cache = cache(1, "compare", left, right, "--heads", "--format", "json");
    for (JsonNode layer : cache.get("layers")) {
      assertEquals(2, layer.get("heads").size());
      for (JsonNode head : layer.get("heads")) {
        boolean it = layer.get("layer").asInt() == 4 && head.get("head").asInt() == 1;
        assertEquals(head.at("/k/total"), head.at("/k/equal"));
        assertEquals(
            it ? 1 : 0,
            head.at("/v/total").asInt() - head.at("/v/equal").asInt(),
            layer.toString());
        assertEquals(it ? 1.0 / 20 : 0, head.at("/v/mean_abs").asDouble());
        assertEquals(SIZE / 2, head.at("/v/total").asInt());
      }
    }
    assertEquals(4, cache.get("first_unequal").asInt());
    assertTrue(cache.get("growth_per_layer").isNull(), "a single layer has no trend");
    Cli text = Cli.run("compare", left, right, "--heads").exits(1);
    assertTrue(text.out().contains("V, mean head 0   head 1\n"), text.out());
    assertTrue(text.out().contains("\n4            0 5.00e-02\n"), text.out());
  }

  @Test
  void equalCaches() {
    Path file = file("a.safetensors", a);
    Cli run = Cli.run("compare", file, file).exits(0);
    assertTrue(run.out().contains("KV cache: all 6 layers equal.\n"), run.out());
  }

  /** As Hugging Face keeps it against what the engine filled from 0, with room to spare. */
  @Test
  void huggingFaceAgainstTheEngine() throws IOException {
    Path golden = temp.resolve("golden.safetensors");
    Path engine = temp.resolve("engine.safetensors");
    KvWriter.huggingFace(golden, TensorSource.of("a", a), false);
    KvWriter.edgeLlmEngine(engine, TensorSource.of("b", b), 64, false);
    Path map = Files.writeString(temp.resolve("map.json"), "{\"include\": [\"hf\", \"edge-llm\"]}");
    JsonNode mapped = cache(1, "compare", "--map", map, golden, engine, "--format", "json");
    JsonNode plain =
        cache(1, "compare", file("a.safetensors", a), file("b.safetensors", b), "--format", "json");
    assertEquals(plain, mapped);
  }

  @Test
  void csv() throws IOException {
    Path csv = temp.resolve("x.csv");
    Path left = file("a.safetensors", a);
    Cli.run("compare", left, file("b.safetensors", b), "--heads", "--csv", csv).exits(1);
    String layers = Files.readString(temp.resolve("x.kv.csv"));
    assertTrue(layers.startsWith("layer,k.total,k.equal,k.mean_abs,"), layers);
    assertEquals(1 + LAYERS, layers.lines().count());
    String heads = Files.readString(temp.resolve("x.heads.csv"));
    assertTrue(heads.startsWith("layer,head,k.total,"), heads);
    assertEquals(1 + 2 * LAYERS, heads.lines().count());
  }

  @Test
  void headsNeedACacheWithAxes() {
    Path flat =
        file("flat.safetensors", Map.of("kv.0.k", a.get("kv.0.k").reshape(Shape.of(10, 4))));
    Cli run = Cli.run("compare", flat, flat, "--heads").exits(3);
    assertTrue(run.err().contains("[10, 4] and so no heads"), run.err());
    Path other = file("other.safetensors", Map.of("logits", a.get("kv.0.k")));
    Cli none = Cli.run("compare", other, other, "--heads").exits(3);
    assertTrue(none.err().contains("have no KV cache in common"), none.err());
  }
}

package org.bitref.cli.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.cli.Cli;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Caches of two layers, [1, 2, 40, 4], that differ by known amounts. */
class NearestTest {
  private static final int TOKENS = 40;
  private static final Shape SHAPE = Shape.of(1, 2, TOKENS, 4);
  private static final int SIZE = 8 * TOKENS;
  private static final Map<String, String> CHUNKED =
      Map.of("bitref", "0", "recipe", "hf-bf16-eager", "chunk", "16", "kv-dtype", "as computed");
  private static final Map<String, String> READ_BACK =
      Map.of("bitref", "0", "recipe", "r\u001b[2J", "chunk", "none", "kv-dtype", "E4M3");

  @TempDir Path temp;

  /** Element i of a tensor. */
  private interface Value {
    float at(int layer, int i);
  }

  private Path cache(String name, Map<String, String> metadata, Value value) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (int layer = 0; layer < 2; layer++) {
      float[] values = new float[SIZE];
      for (int i = 0; i < SIZE; i++) {
        values[i] = value.at(layer, i);
      }
      tensors.put("kv." + layer + ".k", Tensor.ofFloats(SHAPE, values));
      tensors.put("kv." + layer + ".v", Tensor.ofFloats(SHAPE, values.clone()));
    }
    Path path = temp.resolve(name);
    SafetensorsWriter.write(
        path,
        metadata,
        tensors.entrySet().stream().map(e -> TensorEntry.of(e.getKey(), e.getValue())).toList(),
        true);
    return path;
  }

  private static float own(int i) {
    return 1 + i % 7;
  }

  private static int token(int i) {
    return i / 4 % TOKENS;
  }

  private Path plain() {
    return cache("a.safetensors", Map.of(), (layer, i) -> own(i));
  }

  @Test
  void theNearestIsCalledByItsAttentionPath() {
    Path a = plain();
    Path far = cache("far.safetensors", READ_BACK, (layer, i) -> own(i) + 0.5f);
    Path near = cache("near.safetensors", CHUNKED, (layer, i) -> own(i) + 0.25f * (i % 2));
    Cli run = Cli.run("compare", a, far, "--nearest", near).exits(1);
    String text = run.out().replaceAll("\\s+", " ");
    assertTrue(
        text.contains(
            "Nearest: C (golden, recipe hf-bf16-eager, chunked attention path (16 queries at a"
                + " time)), mean |A-C| 1.25e-01; the next, B, has 5.00e-01,"),
        run.out());
    assertTrue(text.contains("read-back attention path (keys and values through E4M3)"), text);
    assertEquals(-1, run.out().indexOf(0x1b));
    run.out()
        .lines()
        .filter(line -> !line.contains(temp.toString()))
        .forEach(line -> assertTrue(line.length() <= 80, line));
    JsonNode json =
        Cli.run("compare", a, far, "--nearest", near, "--format", "json").exits(1).json();
    JsonNode nearest = json.get("kv_nearest");
    assertEquals("[\"C\"]", nearest.get("nearest").toString());
    assertEquals(TOKENS, nearest.get("tokens").asInt());
    JsonNode best = nearest.at("/references/0");
    assertEquals("C", best.get("ref").asText());
    assertEquals("16", best.get("chunk").asText());
    assertEquals(0.125, best.get("mean_abs").asDouble());
    assertEquals(Math.sqrt(0.03125), best.get("rms").asDouble());
    assertEquals(2 * SIZE, best.get("equal").asInt());
    assertEquals(4 * SIZE, best.get("total").asInt());
    assertEquals(0, best.get("excess").asDouble());
    assertEquals(0.375, nearest.at("/references/1/excess").asDouble());
    assertEquals("[0.5,0.125]", nearest.at("/layers/1/mean_abs").toString());
    assertEquals("[\"C\"]", nearest.at("/layers/1/nearest").toString());
  }

  @Test
  void layersMayBeNearestToOthers() {
    Path a = plain();
    Path b = cache("b.safetensors", Map.of(), (layer, i) -> own(i) + (layer == 0 ? 0 : 1));
    Path c = cache("c.safetensors", Map.of(), (layer, i) -> own(i) + (layer == 0 ? 0.25f : 0.5f));
    Path d = cache("d.safetensors", Map.of(), (layer, i) -> own(i) + (layer == 0 ? 0 : 2));
    JsonNode nearest =
        Cli.run("compare", a, b, "--nearest", c, d, "--format", "json")
            .exits(1)
            .json()
            .get("kv_nearest");
    assertEquals("[\"B\",\"D\"]", nearest.at("/layers/0/nearest").toString());
    assertEquals("[\"C\"]", nearest.at("/layers/1/nearest").toString());
    assertEquals("[\"C\"]", nearest.get("nearest").toString());
  }

  @Test
  void errorsThatTokensDoNotTellApartAreATie() {
    Path a = plain();
    // One is off at even tokens, the other at odd ones by a little more.
    Path even =
        cache("even.safetensors", Map.of(), (layer, i) -> own(i) + (token(i) % 2 == 0 ? 1 : 0));
    Path odd =
        cache("odd.safetensors", Map.of(), (layer, i) -> own(i) + (token(i) % 2 == 1 ? 1.25f : 0));
    Cli run = Cli.run("compare", a, odd, "--nearest", even).exits(1);
    String text = run.out().replaceAll("\\s+", " ");
    assertTrue(text.contains("Nearest: a tie of C ("), run.out());
    assertTrue(text.contains("within two standard errors over 40 tokens"), run.out());
    JsonNode nearest =
        Cli.run("compare", a, odd, "--nearest", even, "--format", "json")
            .exits(1)
            .json()
            .get("kv_nearest");
    assertEquals("[\"C\",\"B\"]", nearest.get("nearest").toString());
    // Differences are -1 and 1.25, twenty of each: 0.125 and 1.125 about it.
    JsonNode second = nearest.at("/references/1");
    assertEquals(0.125, second.get("excess").asDouble());
    assertEquals(
        Math.sqrt(40 * 1.125 * 1.125 / 39 / 40), second.get("standard_error").asDouble(), 0x1p-50);
  }

  @Test
  void whatIsNoCacheOrOfOtherTokensIsRefused() {
    Path a = plain();
    Path other = temp.resolve("other.safetensors");
    SafetensorsWriter.write(
        other, Map.of(), List.of(TensorEntry.of("x", Tensor.ofFloats(Shape.of(1), 1))), true);
    Cli none = Cli.run("compare", a, a, "--nearest", other).exits(3);
    assertTrue(none.err().contains("have no layer's K and V in common"), none.err());
    Path shape = temp.resolve("shape.safetensors");
    Tensor five = Tensor.ofFloats(Shape.of(1, 2, 5, 4), new float[40]);
    SafetensorsWriter.write(
        shape,
        Map.of(),
        List.of(TensorEntry.of("kv.0.k", five), TensorEntry.of("kv.0.v", five)),
        true);
    Cli wrong = Cli.run("compare", a, a, "--nearest", shape).exits(3);
    assertTrue(wrong.err().contains("tensor \"kv.0.k\""), wrong.err());
  }

  @Test
  void whereAlongTheTokensTheDifferenceStarts() throws IOException {
    Path a = plain();
    // From token 20 on in layer 0, from 36 on in head 1 of layer 1.
    Path b =
        cache(
            "b.safetensors",
            Map.of(),
            (layer, i) ->
                own(i)
                    + ((layer == 0 && token(i) >= 20) || (layer == 1 && i >= SIZE / 2 + 4 * 36)
                        ? 0.5f
                        : 0));
    Path csv = temp.resolve("x.csv");
    Cli run =
        Cli.run(
                "compare",
                a,
                b,
                "--token-block",
                "16",
                "--csv",
                csv,
                "--details",
                "--html",
                temp.resolve("x.html"),
                "--nearest",
                a)
            .exits(1);
    String page = Files.readString(temp.resolve("x.html"));
    assertTrue(page.contains("Tokens: the first that differs is 20"), page);
    assertTrue(page.contains("<h3>KV cache A against each reference</h3><p>Nearest: C"), page);
    assertTrue(run.out().contains("K, first token head 0 head 1\n"), run.out());
    assertTrue(run.out().contains("\n1                   -     36\n"), run.out());
    String text = run.out().replaceAll("\\s+", " ");
    assertTrue(
        text.contains(
            "Tokens: the first that differs is 20 (layer 0, K, head 0). Over all heads the mean"
                + " |A-B| goes from 1.88e-01 (tokens 16-31) to 3.13e-01 (tokens 32-39); largest"
                + " 3.13e-01 (tokens 32-39)."),
        run.out());
    List<String> rows = Files.readAllLines(temp.resolve("x.tokens.csv"));
    assertEquals("layer,side,head,from,to,unequal,mean_abs,max_abs", rows.getFirst());
    assertEquals(1 + 2 * 2 * 2 * 3, rows.size());
    assertTrue(rows.contains("0,k,1,16,31,48,0.375,0.5"), rows.toString());
    assertTrue(rows.contains("1,v,1,32,39,16,0.25,0.5"), rows.toString());
    assertTrue(rows.contains("1,v,0,32,39,0,0.0,0.0"), rows.toString());
    JsonNode tokens =
        Cli.run("compare", a, b, "--token-block", "16", "--format", "json")
            .exits(1)
            .json()
            .get("kv_tokens");
    assertEquals(20, tokens.get("first").asInt());
    assertEquals(16, tokens.get("block").asInt());
    assertTrue(tokens.at("/heads/4/first").isNull(), tokens.toString());
    assertEquals(36, tokens.at("/heads/5/first").asInt());
  }
}

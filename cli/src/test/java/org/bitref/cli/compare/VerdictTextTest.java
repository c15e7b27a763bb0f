package org.bitref.cli.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bitref.cli.Cli;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What compare says of the kind of a difference. */
class VerdictTextTest {
  private static final Shape CACHE = Shape.of(1, 2, 96, 16);

  @TempDir Path temp;

  private Path dump(String file, Map<String, Tensor> tensors) {
    List<TensorEntry> entries = new ArrayList<>();
    tensors.forEach((name, tensor) -> entries.add(TensorEntry.of(name, tensor)));
    Path path = temp.resolve(file);
    SafetensorsWriter.write(path, Map.of(), entries, false);
    return path;
  }

  private static float[] normal(int seed) {
    Random random = new Random(seed);
    float[] values = new float[(int) CACHE.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private Path cache(String file, float[] v) {
    Tensor k = Tensor.ofFloats(CACHE, normal(1));
    return dump(file, Map.of("kv.2.k", k, "kv.2.v", Tensor.ofFloats(CACHE, v)));
  }

  /** A block that an older prompt left: four tokens of one head. */
  @Test
  void aStaleBlockIsNamed() throws IOException {
    float[] v = normal(2);
    float[] other = normal(3);
    Path a = cache("a.safetensors", v.clone());
    int from = (96 + 50) * 16;
    System.arraycopy(other, from, v, from, 4 * 16);
    Path b = cache("b.safetensors", v);
    Path page = temp.resolve("page.html");
    Cli run = Cli.run("compare", a, b, "--html", page).exits(1);
    String place = "kv.2.v, head 1, tokens 50-53: B holds other values";
    assertTrue(run.out().contains("More than rounding:\n  " + place), run.out());
    assertTrue(run.out().contains("\nVerdict: structured: " + place), run.out());
    assertTrue(Files.readString(page).contains("Verdict: structured: " + place));
    JsonNode json = Cli.run("compare", a, b, "--format", "json").exits(1).json();
    JsonNode stage = json.get("stages").get(1);
    assertEquals("equal", json.get("stages").get(0).get("verdict").asText());
    assertEquals("structured", stage.get("verdict").asText());
    assertEquals(
        "{\"layer\":2,\"parts\":["
            + "{\"axis\":\"head\",\"runs\":[{\"first\":1,\"last\":1,\"step\":1}]},"
            + "{\"axis\":\"token\",\"runs\":[{\"first\":50,\"last\":53,\"step\":1}]}]}",
        stage.get("place").toString());
    assertEquals("{\"is\":\"other-values\"}", stage.get("form").toString());
    assertEquals("kv.2.v", json.get("judgement").get("tensor").asText());
    assertEquals(stage.get("place"), json.get("judgement").get("place"));
  }

  @Test
  void roundingIsCalledThat() {
    float[] v = normal(2);
    Path a = cache("a.safetensors", v.clone());
    for (int i = 0; i < v.length; i += 3) {
      v[i] = Math.nextUp(v[i]);
    }
    Cli run = Cli.run("compare", a, cache("b.safetensors", v)).exits(1);
    String verdict = "Verdict: rounding: no row, column, head or block of a tensor stands out.";
    assertTrue(run.out().contains("\n" + verdict + "\n"), run.out());
    assertFalse(run.out().contains("More than rounding"), run.out());
    assertTrue(run.out().contains("  Half of the elements differ by 0 ULP at most"), run.out());
    assertFalse(Cli.run("compare", a, a).exits(0).out().contains("Verdict"), "all is equal");
  }

  @Test
  void logitsSayWhatBecomesOfTheToken() {
    Shape shape = Shape.of(2, 3);
    Path a = dump("a.safetensors", Map.of("logits", Tensor.ofFloats(shape, 1, 2, 3, 4, 4, 1)));
    Path b = dump("b.safetensors", Map.of("logits", Tensor.ofFloats(shape, 1, 2, 3, 3, 4, 1)));
    Cli run = Cli.run("compare", a, b).exits(1);
    String flat = run.out().replace('\n', ' ');
    String flips =
        "Logits of 2 tokens: another one is the largest at 1 token: 1 (A has 0, B 1; ahead by 0"
            + " and";
    assertTrue(flat.contains(flips), run.out());
    assertTrue(flat.contains("Exact ties at the top: A 1, B 0."), run.out());
    JsonNode json = Cli.run("compare", a, b, "--format", "json").exits(1).json();
    JsonNode token = json.get("stages").get(0).get("next_token");
    assertEquals(1, token.get("argmax_flips").asLong());
    assertEquals(1, token.get("first_flips").get(0).get("token").asLong());
    assertEquals("undecided", json.get("stages").get(0).get("verdict").asText());
  }

  @Test
  void aLoneCrossingOfZeroIsSaid() {
    float[] v = normal(2);
    v[40] = 1e-30f;
    Path a = cache("a.safetensors", v.clone());
    v[40] = -1e-30f;
    v[50] = Math.nextUp(v[50]);
    Cli run = Cli.run("compare", a, cache("b.safetensors", v)).exits(1);
    String flat = run.out().replaceAll("\\s+", " ");
    String said = "The largest distance is a lone crossing of zero; without it: 1.";
    assertTrue(flat.contains(said), run.out());
    JsonNode json =
        Cli.run("compare", a, temp.resolve("b.safetensors"), "--format", "json").exits(1).json();
    JsonNode ulp = json.get("stages").get(1).get("ulp");
    assertTrue(ulp.get("lone_crossing").asBoolean());
    assertEquals(1, ulp.get("crossings").asLong());
  }
}

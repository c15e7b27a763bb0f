package org.bitref.cli.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.bitref.cli.Cli;
import org.bitref.loaders.Sources;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Layer 0 of an 8B model as four systems computed it, and one model by two attention paths. */
class ExplainCapturesTest {
  private static final Set<String> PRODUCTS =
      Set.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "mlp_down");

  private static JsonNode explain(String file) {
    return Cli.run("explain", Captures.path(file), "--format", "json").exits(0).json();
  }

  @Tag("long")
  @Test
  void beforeAttentionEveryStageIsReproduced() {
    JsonNode json = explain("layer0-preattention-h100.safetensors");
    for (JsonNode stage : json.get("stages")) {
      for (JsonNode system : stage.get("systems")) {
        boolean fused = system.get("system").asText().endsWith("fused");
        assertEquals(fused ? "input-not-captured" : "reproduced", system.get("status").asText());
        assertAccumulator(stage, system);
      }
    }
    assertEquals("layers.0.q_proj", json.get("chain").get("start").asText());
    assertEquals(2, json.get("equal_pairs").size());
    assertMeans(json, "layer0-preattention-h100.safetensors");
  }

  @Test
  void afterAttentionOnnxRuntimeIsBounded() {
    JsonNode json = explain("layer0-postattention-h100.safetensors");
    Set<String> bounded =
        Set.of("gate_proj", "up_proj", "mlp_act", "mlp_mul", "mlp_down", "hidden");
    for (JsonNode stage : json.get("stages")) {
      String name = last(stage);
      for (JsonNode system : stage.get("systems")) {
        String of = system.get("system").asText();
        boolean lacking = of.endsWith("fused") || name.equals("post_attn_ln");
        boolean inside = of.equals("ort_cpu") && bounded.contains(name);
        assertEquals(
            lacking ? "input-not-captured" : inside ? "bounded" : "reproduced",
            system.get("status").asText(),
            () -> name + " of " + of);
        if (inside) {
          assertTrue(system.get("reason").asText().contains("one dropped rounding"));
        } else {
          assertAccumulator(stage, system);
        }
      }
    }
    assertMeans(json, "layer0-postattention-h100.safetensors");
  }

  private static String last(JsonNode stage) {
    String name = stage.get("name").asText();
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** TensorRT's products have a float16 accumulator, the others' a float32 one. */
  private static void assertAccumulator(JsonNode stage, JsonNode system) {
    if (!PRODUCTS.contains(last(stage))
        || system.get("status").asText().equals("input-not-captured")) {
      return;
    }
    String of = system.get("system").asText();
    String recipe = system.get("recipe").asText();
    String expected =
        Map.of("pytorch_cuda", "acc=f32rz", "ort_cpu", "acc=f32rne").getOrDefault(of, "acc=f16rne");
    assertTrue(recipe.contains(expected), () -> stage.get("name") + " of " + of + ": " + recipe);
  }

  /**
   * The means over all 3006 tokens and all columns, which the capture's metadata has, lie within
   * four standard errors of those over the sampled 60 rows. A normal mean would leave that once in
   * 15,800 times; here are 171 means, of which many are of the same rows.
   */
  private static void assertMeans(JsonNode json, String file) {
    JsonNode full = metadata(Captures.path(file));
    int checked = 0;
    for (JsonNode stage : json.get("stages")) {
      String name = last(stage).equals("hidden") ? "hidden_out" : last(stage);
      for (JsonNode pair : stage.get("pairs")) {
        String a = pair.get("a").asText();
        String b = pair.get("b").asText();
        JsonNode mean = full.get(name).get(a.compareTo(b) < 0 ? a + "|" + b : b + "|" + a);
        mean = mean == null ? full.get(name).get(b + "|" + a) : mean;
        mean = mean == null ? full.get(name).get(a + "|" + b) : mean;
        double error = pair.get("mean_abs").asDouble() - mean.asDouble();
        double allowed = 4 * pair.get("mean_abs_standard_error").asDouble();
        assertTrue(Math.abs(error) <= allowed, () -> name + " " + a + " " + b + ": " + error);
        assertEquals(60, pair.get("rows").asInt());
        checked++;
      }
    }
    int expected = 0;
    for (JsonNode stage : full) {
      expected += stage.size();
    }
    assertEquals(expected, checked);
  }

  private static JsonNode metadata(Path file) {
    try (TensorSource source = Sources.open(file)) {
      return new ObjectMapper().readTree(source.metadata().get("mean_abs_diff_full_tensor"));
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void twoAttentionPathsDifferByRounding() {
    JsonNode json =
        Cli.run(
                "explain",
                Captures.path("hf-cpu-bf16-eager.safetensors"),
                Captures.path("hf-cpu-bf16-sdpa.safetensors"),
                "--model",
                Captures.path("tiny-qwen3-vl"),
                "--systems",
                "hf-cpu-bf16-eager,hf-cpu-bf16-sdpa",
                "--format",
                "json")
            .exits(0)
            .json();
    assertEquals("rounding", json.get("verdict").asText());
    assertEquals("layers.0.attn_out", json.get("chain").get("first_difference").asText());
    for (JsonNode stage : json.get("stages")) {
      for (JsonNode system : stage.get("systems")) {
        boolean table = stage.get("name").asText().startsWith("rope.");
        boolean sdpa =
            last(stage).equals("attn_out") && system.get("system").asText().endsWith("sdpa");
        assertEquals(
            table || sdpa ? "bounded" : "reproduced",
            system.get("status").asText(),
            () -> stage.get("name") + ": " + system);
      }
    }
  }
}

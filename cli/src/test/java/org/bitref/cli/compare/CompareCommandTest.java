package org.bitref.cli.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.cli.Cli;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareCommandTest {
  @TempDir Path temp;

  private Path dump(String file, Map<String, Tensor> tensors) {
    List<TensorEntry> entries = new ArrayList<>();
    tensors.forEach((name, tensor) -> entries.add(TensorEntry.of(name, tensor)));
    Path path = temp.resolve(file);
    SafetensorsWriter.write(path, Map.of(), entries, false);
    return path;
  }

  private static Tensor floats(float... values) {
    return Tensor.ofFloats(Shape.of(1, values.length), values);
  }

  @Test
  void aDumpEqualsItself() {
    Cli run = Cli.run("compare", Cli.CAPTURE, Cli.CAPTURE).exits(0);
    assertTrue(run.out().contains("Equal: all "), run.out());
    assertFalse(run.out().contains("First difference"), run.out());
    assertEquals("", run.err());
    JsonNode json = Cli.run("compare", Cli.CAPTURE, Cli.CAPTURE, "--format", "json").json();
    assertTrue(json.get("first_difference").isNull());
    assertEquals("equal", json.get("verdict").asText());
  }

  /** 20 layers of a model: equal up to one, unequal from there on. */
  @Test
  void aComparisonIsOneScreen() {
    Map<String, Tensor> a = new LinkedHashMap<>();
    Map<String, Tensor> b = new LinkedHashMap<>();
    for (int layer = 0; layer < 20; layer++) {
      for (String stage : List.of("input_ln", "q_proj", "attn_out", "mlp_down", "hidden")) {
        float value = layer < 7 ? 1 : Math.nextUp(1f);
        a.put("layers.%s.%s".formatted(layer, stage), floats(1, 2, 3));
        b.put("layers.%s.%s".formatted(layer, stage), floats(value, 2, 3));
      }
    }
    Path left = dump("a.safetensors", a);
    Path right = dump("b.safetensors", b);
    Cli run = Cli.run("compare", left, right).exits(1);
    assertTrue(run.out().lines().count() <= 40, run.out());
    assertTrue(run.out().contains("\n35 equal, to layers.6.hidden"), run.out());
    assertTrue(run.out().contains("\nlayers.7.input_ln "), run.out());
    assertTrue(run.out().contains("\nand 56 more rows: --details\n"), run.out());
    assertFalse(run.out().contains("worst at"), run.out());
    Cli full = Cli.run("compare", left, right, "--details").exits(1);
    assertTrue(full.out().contains("worst at"), full.out());
    assertTrue(full.out().contains("\nlayers.19.hidden "), full.out());
  }

  @Test
  void twoEqualTensorsAreTwoRows() {
    Map<String, Tensor> a = Map.of("x", floats(1), "y", floats(2), "z", floats(3));
    Map<String, Tensor> b = Map.of("x", floats(1), "y", floats(2), "z", floats(4));
    String out =
        Cli.run("compare", dump("a.safetensors", a), dump("b.safetensors", b)).exits(1).out();
    assertTrue(out.contains("\nx ") && out.contains("\ny ") && out.contains("\nz "), out);
  }

  @Test
  void everyFieldOfTheContractIsThere() {
    Path a = dump("a.safetensors", Map.of("logits", floats(1, 2, -0f)));
    Path b = dump("b.safetensors", Map.of("logits", floats(1, Math.nextUp(2f), 0)));
    JsonNode json = Cli.run("compare", a, b, "--format", "json").exits(1).json();
    assertEquals("bitref.compare/1", json.get("schema").asText());
    assertEquals("logits", json.get("first_difference").asText());
    JsonNode stage = json.get("stages").get(0);
    assertEquals("logits", stage.get("name").asText());
    assertEquals(3, stage.get("total").asLong());
    assertEquals(1, stage.get("equal").asLong());
    assertEquals(1, stage.get("max_ulp").asLong());
    assertEquals(Math.ulp(2f), stage.get("max_abs").asDouble());
    assertEquals(Math.ulp(2f) / 3.0, stage.get("mean_abs").asDouble());
    assertTrue(stage.get("cosine").isNumber());
    assertEquals(1, stage.get("signed_zero").asLong());
    assertTrue(stage.get("percentiles").has("p999"));
    JsonNode worst = stage.get("worst").get(0);
    assertEquals("[0,1]", worst.get("at").toString());
    assertEquals("40000000", worst.get("a_bits").asText());
    assertEquals("40000001", worst.get("b_bits").asText());
  }

  @Test
  void whatIsNotFiniteBecomesAString() {
    float inf = Float.POSITIVE_INFINITY;
    Path a = dump("a.safetensors", Map.of("logits", floats(1, Float.NaN, inf)));
    Path b = dump("b.safetensors", Map.of("logits", floats(1, 2, -inf)));
    JsonNode stage =
        Cli.run("compare", a, b, "--format", "json").exits(1).json().get("stages").get(0);
    assertEquals("Infinity", stage.get("max_ulp").asText());
    assertTrue(stage.get("mean_abs").isTextual(), stage.toString());
    assertEquals(1, stage.get("nan").get("a").asLong());
    assertEquals(1, stage.get("infinite").get("b").asLong());
    List<String> values = stage.get("worst").findValuesAsText("b");
    assertTrue(values.contains("-Infinity"), values.toString());
    assertTrue(Cli.run("compare", a, b).exits(1).out().contains("NaN A"));
  }

  @Test
  void theOrderIsThatOfTheComputation() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (String name :
        List.of(
            "other",
            "logits",
            "kv.0.v",
            "layers.10.q_proj",
            "layers.2.hidden",
            "rope.sin",
            "layers.2.q_proj",
            "inputs_embeds",
            "layers.0.o_proj",
            "deepstack.1")) {
      tensors.put(name, floats(1));
    }
    Path dump = dump("a.safetensors", tensors);
    JsonNode json = Cli.run("compare", dump, dump, "--format", "json").exits(0).json();
    assertEquals(
        List.of(
            "inputs_embeds",
            "deepstack.1",
            "rope.sin",
            "kv.0.v",
            "layers.0.o_proj",
            "layers.2.q_proj",
            "layers.2.hidden",
            "layers.10.q_proj",
            "logits",
            "other"),
        json.get("stages").findValuesAsText("name"));
  }

  @Test
  void otherToolsNamesAreUnderstood() {
    Path a =
        dump(
            "a.safetensors",
            Map.of("layers.0.attn_reshape", floats(1), "layers.0.mlp_gate", floats(2)));
    Path b =
        dump(
            "b.safetensors",
            Map.of("layers.0.attn_out", floats(1), "layers.0.gate_proj", floats(2)));
    Cli.run("compare", a, b).exits(0);
    Path both =
        dump(
            "c.safetensors",
            Map.of("layers.0.attn_reshape", floats(1), "layers.0.attn_out", floats(2)));
    Cli run = Cli.run("compare", both, b).exits(3);
    assertTrue(run.err().contains("are the same stage"), run.err());
  }

  @Test
  void aNameOnOneSideIsRefusedUnlessAllowed() {
    Path a = dump("a.safetensors", Map.of("logits", floats(1), "layers.0.q_proj", floats(1)));
    Path b = dump("b.safetensors", Map.of("logits", floats(1), "final_norm", floats(1)));
    Cli refused = Cli.run("compare", a, b).exits(3);
    assertEquals("", refused.out());
    assertTrue(refused.err().contains("only in A: layers.0.q_proj"), refused.err());
    assertTrue(refused.err().contains("only in B: final_norm"), refused.err());
    Cli.run("compare", a, b, "--allow-missing", "final_norm").exits(3);
    Cli.run("compare", a, b, "--allow-missing", "final").exits(3);
    JsonNode json =
        Cli.run("compare", a, b, "--allow-missing", "final_norm|layers.*", "--format", "json")
            .exits(0)
            .json();
    assertEquals("[\"layers.0.q_proj\"]", json.get("only_in_a").toString());
    assertEquals("[\"final_norm\"]", json.get("only_in_b").toString());
  }

  @Test
  void nothingInCommonIsBadInputEvenIfAllowed() {
    Path a = dump("a.safetensors", Map.of("x", floats(1)));
    Path b = dump("b.safetensors", Map.of("y", floats(1)));
    Cli run = Cli.run("compare", a, b, "--allow-missing", ".*").exits(3);
    assertTrue(run.err().contains("no tensor in common"), run.err());
  }

  @Test
  void shapesAgreeUpToAxesOfLengthOne() {
    float[] six = {1, 2, 3, 4, 5, 6};
    Path a = dump("a.safetensors", Map.of("x", Tensor.ofFloats(Shape.of(1, 2, 3), six.clone())));
    Path b = dump("b.safetensors", Map.of("x", Tensor.ofFloats(Shape.of(2, 3), six.clone())));
    Path c = dump("c.safetensors", Map.of("x", Tensor.ofFloats(Shape.of(3, 2), six.clone())));
    Cli.run("compare", a, b).exits(0);
    Cli run = Cli.run("compare", a, c).exits(3);
    assertTrue(run.err().contains("[1, 2, 3]") && run.err().contains("[3, 2]"), run.err());
    assertTrue(run.err().contains("a.safetensors") && run.err().contains("c.safetensors"));
  }

  @Test
  void aTypeThatLosesDigitsIsNeverEqual() {
    Path f32 = dump("a.safetensors", Map.of("x", floats(1.0009f)));
    Path bf16 =
        dump(
            "b.safetensors",
            Map.of("x", Tensor.ofShorts(DType.BF16, Shape.of(1, 1), (short) 0x3F80)));
    Cli run = Cli.run("compare", f32, bf16).exits(1);
    String verdict = "first x: equal after rounding to BF16; types differ.";
    assertTrue(run.out().contains("Unequal: 1 of 1 tensor; " + verdict), run.out());
    JsonNode json = Cli.run("compare", f32, bf16, "--format", "json").exits(1).json();
    assertNotEquals("equal", json.get("verdict").asText());
    JsonNode stage = json.get("stages").get(0);
    assertEquals("BF16", stage.get("dtype").asText());
    assertEquals(0, stage.get("equal").asLong());
    assertEquals(1, stage.get("equal_rounded").asLong());
    assertEquals(0, stage.get("max_ulp").asLong());
    assertEquals("{\"a\":\"F32\",\"b\":\"BF16\"}", stage.get("types").toString());
    Path ints = dump("c.safetensors", Map.of("x", Tensor.ofLongs(Shape.of(1, 1), 1)));
    assertTrue(Cli.run("compare", f32, ints).exits(3).err().contains("has dtype F32"));
  }

  private static Tensor cast(DType dtype, double... values) {
    return Tensor.ofDoubles(Shape.of(1, values.length), values).cast(dtype);
  }

  @Test
  void valuesThatEveryTypeHoldsAreEqualAcrossTypes() {
    Path f32 = dump("a.safetensors", Map.of("x", floats(1, -0f, 448)));
    Path e4m3 = dump("b.safetensors", Map.of("x", cast(DType.F8_E4M3, 1, -0.0, 448)));
    Cli run = Cli.run("compare", f32, e4m3).exits(0);
    assertTrue(run.out().contains("3 elements, value for value; types differ."), run.out());
  }

  @Test
  void fp8IsNotBfloat16() {
    Path bf16 = dump("a.safetensors", Map.of("x", cast(DType.BF16, 1, 1.0078125, 101, 3)));
    Path e4m3 = dump("b.safetensors", Map.of("x", cast(DType.F8_E4M3, 1, 1, 104, 3)));
    Cli run = Cli.run("compare", bf16, e4m3).exits(1);
    assertTrue(
        run.out().contains("first x: equal after rounding to E4M3; types differ."), run.out());
    String types =
        "Types differ in 1 tensor, x: BF16 in A and F8_E4M3 in B; rounded to F8_E4M3, 100";
    assertTrue(run.out().contains(types), run.out());
    Cli full = Cli.run("compare", bf16, e4m3, "--details").exits(1);
    assertTrue(full.out().contains("x            BF16 F8_E4M3    F8_E4M3    100"), full.out());
    Path rules = temp.resolve("rules.json");
    for (String require : List.of("equal", "max_ulp <= 0")) {
      write(rules, "{\"rules\": [{\"tensors\": \".*\", \"require\": \"%s\"}]}".formatted(require));
      int expected = require.equals("equal") ? 1 : 0;
      Cli.run("compare", "--rules", rules, bf16, e4m3).exits(expected);
    }
  }

  private static void write(Path path, String text) {
    try {
      Files.writeString(path, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** 1 + 2^-9 is a float16; rounded to bfloat16 it would be the 1 of the other side. */
  @Test
  void bfloat16AgainstFloat16IsNotRounded() {
    Path f16 = dump("a.safetensors", Map.of("x", cast(DType.F16, 1, 1 + 0x1p-9, 3)));
    Path bf16 = dump("b.safetensors", Map.of("x", cast(DType.BF16, 1, 1, 3)));
    Cli run = Cli.run("compare", f16, bf16).exits(1);
    assertTrue(run.out().contains("first x: 1 of 3, max 1 BF16 ULP."), run.out());
    assertTrue(run.out().contains("F16 against BF16 (1 tensor): neither type holds"), run.out());
    assertFalse(run.out().contains("equal after rounding"), run.out());
    Path same = dump("c.safetensors", Map.of("x", cast(DType.F16, 1, 1, 3)));
    Cli.run("compare", same, bf16).exits(0);
  }

  /** The narrower type's last bit is used; the other side is one step away. */
  @Test
  void widenedValuesAreMeasuredInTheirOwnType() {
    float next = 1 + 0x1p-7f;
    Path a = dump("a.safetensors", Map.of("x", floats(next, 2, 3), "y", floats(1.1f, 2, 3)));
    Path b = dump("b.safetensors", Map.of("x", floats(1 + 0x1p-6f, 2, 3), "y", floats(1.1f, 2, 3)));
    Cli run = Cli.run("compare", a, b).exits(1);
    String note = "In 1 of 2 tensors A stores values of BF16 as F32; ULP are those of BF16.";
    assertTrue(run.out().contains(note), run.out());
    assertEquals(run.out().indexOf(note), run.out().lastIndexOf(note));
    assertTrue(run.out().contains("first x: 1 of 3, max 1 BF16 ULP."), run.out());
    JsonNode stage =
        Cli.run("compare", a, b, "--format", "json").exits(1).json().get("stages").get(0);
    assertEquals("BF16", stage.get("widened").get("a").get("held").asText());
    assertTrue(stage.get("widened").get("b").isNull(), "1 + 2^-6 does not need the last bit");
    assertEquals("3f810000", stage.get("worst").get(0).get("a_bits").asText());
    Path f64 = dump("c.safetensors", Map.of("x", cast(DType.F64, next, 2, 3)));
    Path bf16 = dump("d.safetensors", Map.of("x", cast(DType.BF16, next, 2, 3)));
    Cli wide = Cli.run("compare", f64, bf16).exits(0);
    assertTrue(wide.out().contains("A stores values of BF16 as F64"), wide.out());
  }

  @Test
  void truthSaysWhoIsNearer() {
    Path golden = temp.resolve("g.safetensors");
    Cli.run(
            "golden",
            Cli.MODEL,
            "--inputs",
            Cli.CAPTURE,
            "--anchor",
            Cli.CAPTURE,
            "--stages",
            "layers.0.(post_attn_hidden|gate_proj)",
            "-o",
            golden)
        .exits(0);
    Cli run =
        Cli.run(
            "compare",
            Cli.CAPTURE,
            golden,
            "--truth",
            Cli.MODEL,
            "--allow-missing",
            ".*",
            "--format",
            "json");
    assertEquals(2, run.json().get("stages").size());
    for (JsonNode stage : run.json().get("stages")) {
      JsonNode error = stage.get("own_error");
      assertTrue(error.get("a").get("max_ulp").asDouble() > 0.4, stage.toString());
      assertTrue(error.get("b").get("rms_ulp").asDouble() < 0.4, stage.toString());
      assertTrue(List.of("A", "B", "same").contains(error.get("nearer").asText()));
    }
  }

  @Test
  void thePageStandsAlone() throws IOException {
    Path a = dump("a.safetensors", Map.of("x<y>", floats(1, 2)));
    Path b = dump("b.safetensors", Map.of("x<y>", floats(1, 3)));
    Path page = temp.resolve("report.html");
    Cli.run("compare", a, b, "--html", page).exits(1);
    String html = Files.readString(page);
    assertTrue(html.startsWith("<!DOCTYPE html>") && html.endsWith("</html>\n"));
    assertTrue(html.contains("x&lt;y&gt;") && !html.contains("x<y>"), html);
    assertFalse(html.contains("http"), "no other resource");
    assertTrue(html.indexOf("verdict unequal") < html.indexOf("<table"), "verdict first");
  }

  @Test
  void theTextFitsATerminal() {
    Cli run =
        Cli.run(
            "compare",
            Cli.CAPTURE,
            Cli.DEMO.resolve("hf-cpu-f16-eager.safetensors"),
            "--allow-missing",
            ".*");
    run.exits(1);
    run.out()
        .lines()
        .filter(line -> !line.contains(Cli.DEMO.toString()))
        .forEach(line -> assertTrue(line.length() <= 80, line));
  }
}

package org.bitref.cli.golden;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bitref.cli.Cli;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.recipe.Recipes;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoldenCommandTest {
  @TempDir Path temp;

  private Cli golden(Path out, Object... more) {
    Object[] first = {"golden", Cli.MODEL, "--inputs", Cli.CAPTURE, "-o", out};
    return Cli.run(Stream.concat(Stream.of(first), Stream.of(more)).toArray());
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(temp)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void everyStageIsWrittenInTheOrderOfThePlan() throws IOException {
    Path out = temp.resolve("g.safetensors");
    JsonNode json = golden(out, "--layers", "0-1", "--format", "json").exits(0).json();
    assertEquals("bitref.golden/1", json.get("schema").asText());
    assertTrue(json.get("seconds").asDouble() > 0);
    List<String> stages = json.get("stages").findValuesAsText("name");
    assertEquals("inputs_embeds", stages.getFirst());
    assertEquals("layers.1.hidden", stages.getLast());
    assertEquals(3 + 2 * 21, stages.size());
    assertEquals("BF16", json.get("stages").get(3).get("dtype").asText());
    assertEquals(List.of("g.safetensors"), left());
    try (TensorSource written = Sources.open(out)) {
      List<String> names = List.copyOf(written.tensors().keySet());
      assertEquals(stages, names.subList(names.size() - stages.size(), names.size()));
      assertTrue(written.has("position_ids") && written.has("deepstack.0"));
      Map<String, String> metadata = written.metadata();
      assertEquals(Recipes.model("hf-bf16-eager").text(), metadata.get("recipe.rules"));
      assertEquals("0-1", metadata.get("layers"));
      assertEquals("tiny-qwen3-vl", metadata.get("checkpoint"));
    }
  }

  @Test
  void theBytesDoNotDependOnThreads() throws IOException {
    Path one = temp.resolve("one.safetensors");
    Path two = temp.resolve("two.safetensors");
    golden(one, "--layers", "0", "--threads", 1).exits(0);
    golden(two, "--layers", "0", "--threads", 2).exits(0);
    assertArrayEquals(Files.readAllBytes(one), Files.readAllBytes(two));
  }

  @Test
  void anNpzHoldsTheSameWithItsMetadataBesideIt() {
    Path npz = temp.resolve("g.npz");
    golden(npz, "--stages", "rope.cos").exits(0);
    try (TensorSource written = Sources.open(npz)) {
      assertEquals(List.of("rope.cos"), List.copyOf(written.tensors().keySet()));
    }
    assertTrue(Files.exists(temp.resolve("g.npz.metadata.json")));
  }

  @Test
  void underAnAnchorMissingInputsAreNamed() {
    JsonNode json =
        golden(
                temp.resolve("g.safetensors"),
                "--anchor",
                Cli.CAPTURE,
                "--stages",
                "layers\\.[12]\\.input_ln",
                "--format",
                "json")
            .exits(0)
            .json();
    assertEquals(2, json.get("stages").size());
    assertEquals("[]", json.get("bridged").toString());
    json =
        golden(
                temp.resolve("h.safetensors"),
                "--anchor",
                Cli.CAPTURE,
                "--stages",
                "layers\\.2\\.(q_proj|mlp_act)",
                "--format",
                "json")
            .exits(0)
            .json();
    assertTrue(json.get("bridged").toString().contains("\"layers.2.gate_proj\""), json.toString());
  }

  @Test
  void anExistingFileIsKeptUnlessForced() throws IOException {
    Path out = temp.resolve("g.safetensors");
    Files.writeString(out, "mine");
    Cli refused = golden(out, "--stages", "rope.cos").exits(3);
    assertTrue(refused.err().contains("exists already"), refused.err());
    assertEquals("mine", Files.readString(out));
    golden(out, "--stages", "rope.cos", "--force").exits(0);
    assertTrue(Files.size(out) > 1000);
  }

  /** What is written for others is what compare reads from them. */
  @ParameterizedTest
  @CsvSource({"hf, hf", "engine, edge-llm", "golden, edge-llm"})
  void theCacheIsWrittenInTheLayoutsOfOthers(String layout, String map) {
    Path out = temp.resolve("g.safetensors");
    Path kv = temp.resolve("kv.safetensors");
    Object[] words = {"--layers", "0-1", "--kv", kv, "--kv-layout", layout, "--kv-tokens", "130"};
    Object[] stages = {"--stages", "kv\\..*"};
    golden(out, Stream.of(words, stages).flatMap(Stream::of).toArray()).exits(0);
    JsonNode compared =
        Cli.run(
                "compare",
                "--map",
                map,
                "--allow-missing",
                "attention_mask",
                out,
                kv,
                "--format",
                "json")
            .exits(0)
            .json();
    assertEquals(4, compared.get("stages").size());
    Cli none = golden(temp.resolve("o"), "--stages", "logits", "--kv", temp.resolve("k")).exits(3);
    assertTrue(none.err().contains("no stage kv"), none.err());
  }

  @Test
  void anyOtherNameIsSafetensors() {
    Path out = temp.resolve("golden");
    golden(out, "--stages", "rope.cos").exits(0);
    try (TensorSource written = Sources.open(out)) {
      assertTrue(written.has("rope.cos"));
    }
  }

  @Test
  void badInputLeavesNothing() throws IOException {
    Path out = temp.resolve("g.safetensors");
    assertBad(golden(out, "--layers", "2-4"), "has no layer 4", "0 to 3");
    assertBad(golden(out, "--stages", "q_proj"), "matches no stage", "whole name");
    assertBad(golden(temp.resolve("no/g.npz")), "there is no folder", "Create it");
    Path nope = temp.resolve("nope");
    assertBad(Cli.run("golden", Cli.MODEL, "--inputs", nope, "-o", out), "nope", "does not exist");
    assertBad(
        Cli.run("golden", nope, "--inputs", Cli.CAPTURE, "-o", out), "nope", "does not exist");
    Path recipe = Files.writeString(temp.resolve("r.recipe"), "rope.* = ropetabel(out=f32)\n");
    assertBad(golden(out, "--recipe", recipe), "r.recipe", "unknown kind \"ropetabel\"");
    Files.writeString(recipe, "rope\\..* = ropetable(calc=f32,inv=f32,out=f32)\n");
    assertBad(golden(out, "--recipe", recipe), "no rule for stage inputs_embeds", "Add a line");
    Files.delete(recipe);
    assertEquals(List.of(), left());
  }

  @Test
  void inputsMayLieInSeveralFiles() throws IOException {
    Path tables = temp.resolve("rope.safetensors");
    Tensor ones = Tensor.ofFloats(Shape.of(112, 128), floats(112 * 128, 1));
    List<TensorEntry> both = List.of(TensorEntry.of("cos", ones), TensorEntry.of("sin", ones));
    SafetensorsWriter.write(tables, Map.of(), both, false);
    Path out = temp.resolve("g.safetensors");
    golden(out, "--inputs", tables, "--stages", "rope.*").exits(0);
    try (TensorSource written = Sources.open(out)) {
      assertEquals(
          "hf-cpu-bf16-eager.safetensors rope.safetensors", written.metadata().get("inputs"));
      assertEquals(1, written.read("rope.sin").get(112 * 128 - 1));
    }
    Cli twice = golden(out, "--inputs", tables, "--inputs", tables, "--force");
    assertBad(twice, "has the tensor \"cos\"", "Give each tensor once");
  }

  @Test
  void anEnginesLayersGiveTheRecipeAndWhatIsDoubtful() throws IOException {
    String tactic = "sm90_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize64x64x64_beta0";
    Path engine =
        Files.writeString(
            temp.resolve("layers.json"),
            """
            [{"name": "__myl_CasMulMeaAddSqrDivMulCasMul_myl0_0", "type": "kgen", "tactic": "a"},
             {"name": "layers_0_q_proj_myl0_1", "type": "gemm", "tactic": "%s"},
             {"name": "__myl_TanMul_myl0_2", "type": "kgen", "tactic": "b"}]
            """
                .formatted(tactic));
    Path out = temp.resolve("g.safetensors");
    Object[] options = {"--engine", engine, "--stages", "layers.0.[qk]_proj", "--force"};
    String text = golden(out, options).exits(0).out().replaceAll("\\s+", " ");
    assertTrue(text.contains("3 kernels, 2 of them of kinds that were reproduced"), text);
    assertTrue(text.contains("__myl_TanMul_myl0_2: not known."), text);
    Object[] asJson = Stream.concat(Stream.of(options), Stream.of("--format", "json")).toArray();
    JsonNode kernels = golden(out, asJson).exits(0).json().get("engine");
    assertEquals("layers.0.q_proj", kernels.get(1).get("stages").get(0).asText());
    assertEquals("measured", kernels.get(1).get("basis").asText());
    assertEquals("kind", kernels.get(2).get("doubt").asText());
    try (TensorSource written = Sources.open(out)) {
      String rules = written.metadata().get("recipe.rules");
      assertEquals("layers.json", written.metadata().get("recipe"));
      assertTrue(rules.contains("layers\\.0\\.q_proj = in=f16 | fda(w=16,F=25,acc=f32rz)"), rules);
      assertTrue(rules.contains("hidden) = add(calc=f32,out=f16)"), rules);
    }
  }

  private static float[] floats(int n, float value) {
    float[] all = new float[n];
    Arrays.fill(all, value);
    return all;
  }

  @Test
  void inputsThatDoNotFitTheModelAreNamed() throws IOException {
    Path inputs = temp.resolve("in.safetensors");
    Tensor embeds = Tensor.ofFloats(Shape.of(1, 2, 3), new float[6]);
    SafetensorsWriter.write(
        inputs, Map.of(), List.of(TensorEntry.of("inputs_embeds", embeds)), false);
    Cli run = Cli.run("golden", Cli.MODEL, "--inputs", inputs, "-o", temp.resolve("g.npz"));
    assertBad(run, "in.safetensors: tensor \"inputs_embeds\"", "[1, 2, 256]");
    assertEquals(List.of("in.safetensors"), left());
  }

  @Test
  void weightsThatLoseBitsAreCounted() {
    Cli run =
        golden(
                temp.resolve("g.safetensors"),
                "--stages",
                "layers.0.q_proj",
                "--recipe",
                "hf-f16-eager",
                "--format",
                "json")
            .exits(0);
    JsonNode weight = run.json().get("weights").get(0);
    assertEquals("layers.0.self_attn.q_proj.weight", weight.get("name").asText());
    assertTrue(weight.get("inexact").asLong() > 0);
    assertTrue(run.err().contains("F16 cannot hold"), run.err());
  }

  /** Attention of four heads was not measured: that is said before the run and in the result. */
  @Test
  void sizesThatWereNotMeasuredAreNamed() {
    Object[] words = {"--stages", "layers.0.(q_proj|attn_out)", "--recipe", "hf-cuda-f16-eager"};
    Object[] json = {"--format", "json"};
    Path out = temp.resolve("g.safetensors");
    Cli run = golden(out, Stream.of(words, json).flatMap(Stream::of).toArray()).exits(0);
    JsonNode tables = run.json().get("by_size");
    assertEquals(List.of("cublas-f16", "torch-eager-f16"), tables.findValuesAsText("table"));
    JsonNode attention = tables.at("/1/sizes");
    assertEquals(List.of("layers.0.attn_out"), attention.findValuesAsText("stage"));
    assertEquals(List.of("batch=4 M=112 N=112 K=128"), attention.findValuesAsText("sizes"));
    assertEquals(List.of("false"), attention.findValuesAsText("measured"));
    assertEquals("M=112 N=512 K=256", tables.at("/0/sizes/0/sizes").asText());
    assertEquals(Set.of("true"), Set.copyOf(tables.at("/0/sizes").findValuesAsText("measured")));
    String said = "for this size it is predicted, not measured: layers.0.attn_out, batch=4 M=112";
    assertTrue(run.err().contains(said), run.err());
    Cli chunked =
        golden(
                out,
                Stream.of(words, new Object[] {"--chunk", 16, "--force"}, json)
                    .flatMap(Stream::of)
                    .toArray())
            .exits(0);
    assertEquals("M=16 N=512 K=256", chunked.json().at("/by_size/0/sizes/0/sizes").asText());
    Cli plain = golden(temp.resolve("p"), "--stages", "layers.0.q_proj", "--format", "json");
    assertEquals(0, plain.exits(0).json().get("by_size").size());
    assertFalse(plain.err().contains("predicted"), plain.err());
  }

  @Test
  void notANumberInAWeightIsAWarning() throws IOException {
    Path model = Files.createDirectory(temp.resolve("model"));
    try (Stream<Path> files = Files.list(Path.of(Cli.MODEL))) {
      for (Path file : files.toList()) {
        Files.copy(file, model.resolve(file.getFileName()));
      }
    }
    String name = "model.language_model.layers.0.input_layernorm.weight";
    JsonNode tensors = Cli.run("inspect", model, "--format", "json").exits(0).json().get("tensors");
    for (JsonNode tensor : tensors) {
      if (tensor.get("name").asText().equals(name)) {
        Path shard = Path.of(tensor.get("path").asText());
        byte[] bytes = Files.readAllBytes(shard);
        bytes[tensor.get("offset").asInt()] = (byte) 0xC0;
        bytes[tensor.get("offset").asInt() + 1] = 0x7F;
        Files.write(shard, bytes);
      }
    }
    Cli run =
        Cli.run(
                "golden",
                model,
                "--inputs",
                Cli.CAPTURE,
                "--stages",
                "layers.0.input_ln",
                "-o",
                temp.resolve("g.npz"))
            .exits(0);
    assertTrue(run.err().contains(name + " holds 1 NaN and 0 infinities"), run.err());
  }

  @Test
  void chunksGiveTheSameBitsWhereTheRecipeIsExact() throws IOException {
    Path whole = temp.resolve("whole.safetensors");
    Path chunked = temp.resolve("chunked.safetensors");
    String stages = "layers.0.attn_out";
    golden(whole, "--recipe", "exact", "--stages", stages).exits(0);
    golden(chunked, "--recipe", "exact", "--stages", stages, "--chunk", 32).exits(0);
    Cli.run("compare", whole, chunked).exits(0);
    Path eighth = temp.resolve("e4m3.safetensors");
    golden(eighth, "--recipe", "exact", "--stages", stages, "--kv-dtype", "e4m3").exits(0);
    Cli.run("compare", whole, eighth).exits(1);
    assertFalse(Files.exists(temp.resolve("e4m3.safetensors.partial")));
  }

  @Test
  void aCacheIsWrittenInItsFormat() {
    Path out = temp.resolve("cache.safetensors");
    golden(out, "--stages", "kv\\.0\\.v", "--kv-dtype", "e4m3").exits(0);
    try (TensorSource written = Sources.open(out)) {
      assertEquals(DType.F8_E4M3, written.tensors().get("kv.0.v").dtype());
    }
  }

  private static void assertBad(Cli run, String what, String why) {
    run.exits(3);
    assertEquals("", run.out());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains(what) && run.err().contains(why), run.err());
  }
}

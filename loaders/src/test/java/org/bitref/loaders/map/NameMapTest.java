package org.bitref.loaders.map;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.bitref.loaders.Refusal;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NameMapTest {
  @TempDir Path folder;

  /** The numbers 0, 1, 2 and so on. */
  private static Tensor counting(long... dims) {
    Shape shape = Shape.of(dims);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return Tensor.ofFloats(shape, values);
  }

  private static TensorSource named(String... names) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (String name : names) {
      tensors.put(name, counting(1, 2, 3));
    }
    return TensorSource.of("dump", tensors);
  }

  private NameMap map(String text) throws IOException {
    return NameMap.load(Files.writeString(folder.resolve("map.json"), text).toString());
  }

  @ParameterizedTest
  @CsvSource({
    "hf, model.language_model.layers.07.self_attn.q_proj, layers.7.q_proj",
    "hf, vlm.model.language_model.layers.7.mlp.act_fn.output, layers.7.mlp_act",
    "hf, layers.0.self_attn.o_proj.input.0, layers.0.attn_out",
    "hf, model.layers.3, layers.3.hidden",
    "hf, model.norm.output.0, final_norm",
    "hf, lm_head, logits",
    "hf, past_key_values.2.value, kv.2.v",
    "hf, key_cache.2, kv.2.k",
    "hf, layers.3.attn_reshape, layers.3.attn_out",
    "onnx, /model/layers.16/mlp/down_proj/MatMul_output_0, layers.16.mlp_down",
    "onnx, /model/layers.0/Add_output_0, layers.0.post_attn_hidden",
    "onnx, /model/layers.0/self_attn/k_norm/Mul_1_output_0, layers.0.k_norm",
    "onnx, present.4.key, kv.4.k",
    "onnx-dynamo, linear, layers.0.q_proj",
    "onnx-dynamo, linear_13, layers.1.mlp_down",
    "onnx-dynamo, linear_14, layers.2.q_proj",
    "polygraphy, q_proj, layers.0.q_proj",
    "polygraphy, /model/layers.1/mlp/Mul_output_0, layers.1.mlp_mul",
    "trtexec, /model/layers.1/input_layernorm/Mul_1_output_0, layers.1.input_ln",
    "edge-llm, debug_layer_16_mlp_down, layers.16.mlp_down",
    "edge-llm, debug_layer_00_attn_reshape, layers.0.attn_out",
    "edge-llm, round_0.logits, logits",
    "edge-llm, round_3.logits, round_3.logits"
  })
  void builtInNames(String map, String theirs, String ours) {
    TensorSource mapped = NameMap.load(map).apply(named(theirs));
    assertEquals(Set.of(ours), mapped.tensors().keySet());
    assertEquals(counting(1, 2, 3).elements(), mapped.read(ours).elements());
  }

  @Test
  void everyBuiltInKeepsTheNamesOfStages() {
    for (String map : NameMap.builtIn()) {
      TensorSource mapped = NameMap.load(map).apply(named("layers.1.q_rope", "kv.0.v", "logits"));
      assertEquals(Set.of("layers.1.q_rope", "kv.0.v", "logits"), mapped.tensors().keySet(), map);
    }
  }

  @Test
  void tensorsOfAGraphThatAreNoStage() {
    TensorSource mapped =
        NameMap.load("polygraphy")
            .apply(named("Cast_1", "input_ln", "/model/layers.0/Cast_output_0"));
    assertEquals(Set.of("layers.0.input_ln"), mapped.tensors().keySet());
    Refusal.expect(
        () -> NameMap.load("polygraphy").apply(named("Cast_1")), "has no rule for \"Cast_1\"");
  }

  @Test
  void namesLeftOver() throws IOException {
    Refusal.expect(
        () -> NameMap.load("hf").apply(named("model.layers.0.self_attn.q_porj", "layers.0.q_proj")),
        "dump: the map hf has no rule for \"model.layers.0.self_attn.q_porj\"",
        "nearest",
        "self_attn");
    String rule = "{\"rules\": [{\"from\": \"a{i}\", \"to\": \"b{i}\"}], \"others\": \"%s\"}";
    assertEquals(
        Set.of("b1"), map(rule.formatted("drop")).apply(named("a1", "c")).tensors().keySet());
    assertEquals(
        Set.of("b1", "c"), map(rule.formatted("keep")).apply(named("a1", "c")).tensors().keySet());
    Refusal.expect(() -> map(rule.formatted("error")).apply(named("a1", "c")), "no rule for \"c\"");
    Refusal.expect(
        () -> map(rule.formatted("error")).apply(named("a1", "ax")), "no rule for \"ax\"");
    TensorSource mapped = map(rule.formatted("error")).apply(named("a1", "a2"));
    Refusal.expect(() -> mapped.read("b3"), "nothing is mapped to \"b3\"", "\"b1\", \"b2\"");
  }

  @Test
  void twoTensorsOfOneName() {
    Refusal.expect(
        () -> NameMap.load("hf").apply(named("model.layers.0.mlp.up_proj", "layers.0.up_proj")),
        "\"model.layers.0.mlp.up_proj\" and \"layers.0.up_proj\" would both be called");
  }

  @Test
  void ownRulesComeBeforeIncludedOnes() throws IOException {
    Files.writeString(
        folder.resolve("inner.json"),
        "{\"rules\": [{\"from\": \"{p|a|b}\", \"to\": \"inner.{p}\"}]}");
    NameMap outer =
        map(
            "{\"include\": [\"inner.json\"], \"rules\": [{\"from\": \"a\", \"to\": \"mine\"},"
                + " {\"from\": \"c\", \"to\": []}]}");
    assertEquals(Set.of("mine", "inner.b"), outer.apply(named("a", "b", "c")).tensors().keySet());
    Files.writeString(folder.resolve("self.json"), "{\"include\": [\"self.json\"]}");
    Refusal.expect(
        () -> NameMap.load(folder.resolve("self.json")), "include one another more than 8 deep");
    Refusal.expect(() -> map("{\"include\": [\"../x.json\"]}"), "outside the folder");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{\"to\": \"y\"}; a rule has no \"from\"",
        "{\"from\": \"x\"}; a rule has no \"to\"",
        "{\"from\": \"x\", \"to\": \"{i}\"}; uses {i}, which is not in the pattern",
        "{\"from\": \"{I}\", \"to\": \"y\"}; {I} is no place",
        "{\"from\": \"x\", \"to\": [\"a\", \"b\"]}; 2 new names for 1 tensors",
        "{\"from\": \"x\", \"to\": \"y\", \"do\": [{\"turn\": 1}]}; there is no step \"turn\"",
        "{\"from\": \"x\", \"to\": \"y\", \"do\": [{\"cast\": \"i8\"}]}; \"i8\" is no float type",
        "{\"from\": \"x\", \"to\": \"y\", \"do\": [{\"squeeze\": 0.5}]}; squeeze is not a whole"
            + " number",
        "{\"from\": \"x\", \"to\": \"y\", \"do\": [{\"crop\": {\"to\": 0}}]}; crop has no \"axis\"",
        "{\"from\": \"x\", \"to\": \"y\", \"do\": [{\"crop\": {\"size\": 0}}]}; crop has no"
            + " \"size\"",
        "{\"from\": \"x\", \"to\": \"y\", \"do\": [{\"strip\": {\"axis\": 0, \"lengths\": \"a\","
            + " \"side\": \"top\"}}]}; neither left nor right",
        "{\"from\": \"x\", \"to\": \"y\", \"when\": 1}; a rule has no \"when\"",
      })
  void rulesThatAreNone(String rule, String problem) {
    Refusal.expect(() -> map("{\"rules\": [" + rule + "]}"), "map.json: ", problem);
  }

  @Test
  void mapsThatAreNone() {
    Refusal.expect(
        () -> NameMap.load("hff"), "map \"hff\": is not one that comes with", "edge-llm");
    Refusal.expect(() -> NameMap.load("none.json"), "none.json: does not exist");
    Refusal.expect(() -> map("{\"others\": \"skip\"}"), "not error, keep or drop");
    Refusal.expect(() -> map("{\"rulez\": []}"), "a map has no \"rulez\"");
    Refusal.expect(() -> map("[]"), "the text is not a JSON object");
    Refusal.expect(() -> map("{\"rules\":" + "[".repeat(100_000)), "a rule is not a JSON object");
  }
}

package org.bitref.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.BadInputException;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.Recipes;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a run takes from elsewhere, what it computes then, and what it refuses. */
final class ExecutorSourcesTest {
  private static final int TOKENS = 9;
  private static final Map<String, Tensor> PROMPT = TinyModel.prompt(21, TOKENS, 1);

  private static Executor executor(ModelRecipe recipe, CacheOptions cache, Workers workers) {
    PrefillInputs inputs = PrefillInputs.read(TinyModel.source(PROMPT), TinyModel.CONFIG);
    return new Executor(inputs, TinyModel.weights(1), recipe, cache, workers);
  }

  /** Ids under which the plan knows these names. */
  private static Set<StageId> ids(String... names) {
    Set<StageId> ids = new LinkedHashSet<>();
    for (Stage stage : TinyModel.CONFIG.plan(1).stages()) {
      if (List.of(names).contains(stage.id().name())) {
        ids.add(stage.id());
      }
    }
    assertEquals(names.length, ids.size());
    return ids;
  }

  private static List<String> names(Set<StageId> ids) {
    return ids.stream().map(StageId::name).toList();
  }

  private static TensorSource source(Map<String, Tensor> all, String... names) {
    Map<String, Tensor> some = new LinkedHashMap<>();
    for (String name : names) {
      some.put(name, all.get(name));
    }
    return TensorSource.of("capture", some);
  }

  private static Executor.Sources known(TensorSource source) {
    return new Executor.Sources(Optional.of(source), Optional.empty());
  }

  /** What one run says and gives. */
  private record Outcome(List<String> bridged, Map<String, Tensor> results) {}

  private static Outcome run(Set<StageId> wanted, Executor.Sources sources, CacheOptions cache) {
    Map<String, Tensor> results = new LinkedHashMap<>();
    try (Workers workers = new Workers(1)) {
      Set<StageId> bridged =
          executor(Recipes.model("hf-bf16-eager"), cache, workers)
              .run(wanted, sources, (stage, result) -> results.put(stage.id().name(), result));
      return new Outcome(names(bridged), results);
    }
  }

  private static List<String> needed(Set<StageId> wanted, Executor.Sources sources) {
    try (Workers workers = new Workers(1)) {
      return names(
          executor(Recipes.model("exact"), CacheOptions.FRESH, workers).needed(wanted, sources));
    }
  }

  @Test
  void givenRotaryTablesAreRoundedAndNotComputed() {
    int d = TinyModel.CONFIG.headDim();
    Map<String, Tensor> prompt = new LinkedHashMap<>(PROMPT);
    prompt.put("cos", TinyModel.random(31, TOKENS, d));
    prompt.put("sin", TinyModel.random(32, TOKENS, d));
    PrefillInputs inputs = PrefillInputs.read(TinyModel.source(prompt), TinyModel.CONFIG);
    Map<String, Tensor> results = new LinkedHashMap<>();
    try (Workers workers = new Workers(1)) {
      new Executor(
              inputs,
              TinyModel.weights(1),
              Recipes.model("hf-bf16-eager"),
              CacheOptions.FRESH,
              workers)
          .run(
              ids("rope.cos", "rope.sin"),
              Executor.Sources.NONE,
              (stage, result) -> results.put(stage.id().name(), result));
    }
    for (String name : List.of("cos", "sin")) {
      Tensor rounded = prompt.get(name).cast(DType.BF16);
      Tensor expected = rounded.reshape(Shape.of(1, TOKENS, d));
      assertTrue(expected.isSame(results.get("rope." + name)), name);
    }
  }

  @Test
  void whatIsWantedBringsItsInputsInOrderOfExecution() {
    assertEquals(List.of("inputs_embeds"), needed(ids("inputs_embeds"), Executor.Sources.NONE));
    assertEquals(
        List.of(
            "inputs_embeds",
            "rope.cos",
            "rope.sin",
            "layers.0.input_hidden",
            "layers.0.input_ln",
            "layers.0.k_proj",
            "layers.0.v_proj",
            "layers.0.k_norm",
            "layers.0.k_rope",
            "kv.0.k"),
        needed(ids("kv.0.k", "layers.0.v_proj"), Executor.Sources.NONE));
    assertEquals(List.of(), needed(Set.of(), Executor.Sources.NONE));
  }

  @Test
  void whatIsKnownIsNeitherComputedNorWhatItHangsOn() {
    Map<String, Tensor> all = TinyModel.run(Casts.BF16, PROMPT);
    Executor.Sources known = known(source(all, "layers.0.hidden", "rope.cos", "logits"));
    assertEquals(
        List.of(
            "rope.sin",
            "layers.1.input_hidden",
            "layers.1.input_ln",
            "layers.1.q_proj",
            "layers.1.q_norm",
            "layers.1.q_rope"),
        needed(ids("layers.1.q_rope", "logits", "rope.cos"), known));
    assertEquals(List.of(), needed(ids("layers.0.hidden"), known));
    Outcome outcome = run(ids("layers.1.q_rope", "logits"), known, CacheOptions.FRESH);
    assertEquals(List.of("layers.1.q_rope"), List.copyOf(outcome.results().keySet()));
    assertEquals(List.of(), outcome.bridged());
    TinyModel.assertSame(
        all.get("layers.1.q_rope"), outcome.results().get("layers.1.q_rope"), "q_rope");
  }

  /** A changed known result shows that it is read and not computed again. */
  @Test
  void knownResultsAreReadAsTheyAre() {
    Map<String, Tensor> all = new LinkedHashMap<>(TinyModel.run(Casts.BF16, PROMPT));
    Tensor other = TinyModel.random(22, 1, TOKENS, 24).cast(DType.BF16);
    all.put("layers.0.mlp_act", other);
    Outcome outcome =
        run(
            ids("layers.0.mlp_mul"),
            known(source(all, "layers.0.mlp_act", "layers.0.up_proj")),
            CacheOptions.FRESH);
    Tensor up = all.get("layers.0.up_proj");
    Tensor product = outcome.results().get("layers.0.mlp_mul");
    for (int i = 0; i < product.elements(); i++) {
      assertEquals(Casts.BF16.store(other.get(i) * up.get(i)), product.get(i));
    }
  }

  @Test
  void anAnchorCutsEveryStageOffFromTheOneBefore() {
    Map<String, Tensor> all = TinyModel.run(Casts.BF16, PROMPT);
    Executor.Sources anchored =
        Executor.Sources.anchoredOn(source(all, all.keySet().toArray(String[]::new)));
    assertEquals(List.of("layers.1.o_proj"), needed(ids("layers.1.o_proj"), anchored));
    Outcome outcome = run(StageFilter.ALL.select(plan()), anchored, CacheOptions.FRESH);
    TinyModel.assertSame(all, outcome.results(), "anchored");
    assertEquals(List.of(), outcome.bridged());
  }

  private static Plan plan() {
    return TinyModel.CONFIG.plan(1);
  }

  @Test
  void whatTheAnchorLacksIsComputedAndReported() {
    Map<String, Tensor> all = TinyModel.run(Casts.BF16, PROMPT);
    Executor.Sources anchored =
        Executor.Sources.anchoredOn(source(all, "layers.0.gate_proj", "layers.0.post_attn_ln"));
    Set<StageId> wanted = ids("layers.0.mlp_mul", "layers.0.gate_proj");
    assertEquals(
        List.of("layers.0.gate_proj", "layers.0.up_proj", "layers.0.mlp_act", "layers.0.mlp_mul"),
        needed(wanted, anchored));
    Outcome outcome = run(wanted, anchored, CacheOptions.FRESH);
    assertEquals(List.of("layers.0.mlp_act", "layers.0.up_proj"), outcome.bridged());
    assertEquals(
        List.of("layers.0.gate_proj", "layers.0.mlp_mul"), List.copyOf(outcome.results().keySet()));
  }

  @Test
  void anAnchorMayDropOrAddAxesOfLengthOne() {
    Map<String, Tensor> all = TinyModel.run(Casts.BF16, PROMPT);
    Map<String, Tensor> squeezed = new LinkedHashMap<>();
    squeezed.put("layers.1.k_norm", all.get("layers.1.k_norm").reshape(Shape.of(TOKENS, 2, 8)));
    squeezed.put("rope.cos", all.get("rope.cos").reshape(Shape.of(1, 1, TOKENS, 8)));
    squeezed.put("rope.sin", all.get("rope.sin"));
    Outcome outcome =
        run(
            ids("layers.1.k_rope"),
            Executor.Sources.anchoredOn(TensorSource.of("capture", squeezed)),
            CacheOptions.FRESH);
    TinyModel.assertSame(
        all.get("layers.1.k_rope"), outcome.results().get("layers.1.k_rope"), "k_rope");
  }

  @Test
  void anAnchorOfAnotherShapeOrOfIntegersIsRefused() {
    Map<String, Tensor> anchor =
        new LinkedHashMap<>(Map.of("layers.0.q_proj", TinyModel.random(1, 1, 8, 32)));
    Executor.Sources sources = Executor.Sources.anchoredOn(TensorSource.of("dump.npz", anchor));
    assertEquals(
        "dump.npz: tensor \"layers.0.q_proj\": has shape [1, 8, 32] where [1, 9, 32] is expected."
            + " Check that the capture belongs to this model and prompt.",
        refusal(ids("layers.0.q_norm"), sources));
    anchor.put("layers.0.q_proj", Tensor.ofLongs(Shape.of(1, 9, 32), new long[288]));
    sources = Executor.Sources.anchoredOn(TensorSource.of("dump.npz", anchor));
    assertEquals(
        "dump.npz: tensor \"layers.0.q_proj\": has dtype I64."
            + " A stage holds floating-point numbers.",
        refusal(ids("layers.0.q_norm"), sources));
  }

  private static String refusal(Set<StageId> wanted, Executor.Sources sources) {
    return assertThrows(BadInputException.class, () -> run(wanted, sources, CacheOptions.FRESH))
        .getMessage();
  }

  /** The cache holds what the format keeps of k_rope and v_proj, and attention reads that. */
  @ParameterizedTest
  @CsvSource({"E4M3,F8_E4M3", "F16,F16", "BF16,BF16"})
  void keysAndValuesPassThroughTheFormatOfTheCache(Format format, DType dtype) {
    CacheOptions options = new CacheOptions(Optional.empty(), Optional.of(format));
    Map<String, Tensor> results = TinyModel.run(Casts.F32, PROMPT, options);
    for (int layer = 0; layer < 2; layer++) {
      Tensor k = results.get("layers." + layer + ".k_rope").cast(dtype);
      TinyModel.assertSame(k, results.get("kv." + layer + ".k"), "keys");
      double[] v = results.get("layers." + layer + ".v_proj").cast(dtype).toDoubles();
      Tensor values = results.get("kv." + layer + ".v");
      assertEquals(dtype, values.dtype());
      for (int i = 0; i < v.length; i++) {
        int at = ((i / 8 % 2) * TOKENS + i / 16) * 8 + i % 8;
        assertEquals(v[i], values.get(at));
      }
    }
    Map<String, Tensor> captured = new LinkedHashMap<>(results);
    Map<String, Tensor> fresh = TinyModel.run(Casts.F32, PROMPT);
    for (String which : List.of("k", "v")) {
      captured.put("kv.0." + which, fresh.get("kv.0." + which));
    }
    ModelRecipe f32 = Casts.F32.recipe();
    List<Tensor> attended = new ArrayList<>();
    try (Workers workers = new Workers(1)) {
      executor(f32, options, workers)
          .run(
              ids("layers.0.attn_out"),
              Executor.Sources.anchoredOn(TensorSource.of("capture", captured)),
              (stage, result) -> attended.add(result));
    }
    TinyModel.assertSame(
        results.get("layers.0.attn_out"), attended.getFirst(), "a captured cache is read back too");
    assertEquals(1, attended.size());
  }
}

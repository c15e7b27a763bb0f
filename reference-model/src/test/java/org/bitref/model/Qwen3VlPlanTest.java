package org.bitref.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.bitref.kernel.row.Frequencies;
import org.bitref.operation.OperationKind;
import org.bitref.recipe.Recipes;
import org.bitref.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names, order, inputs and shapes of the stages, as the command line promises them. */
final class Qwen3VlPlanTest {
  private static final int B = 2;
  private static final int S = 5;
  private static final int PAST = 3;

  private static final Extent EXTENT = new Extent(B, S, PAST);

  private static Plan plan(ModelConfig config, int deepstack) {
    return config.plan(deepstack);
  }

  /** Name, shape and inputs of a stage, written like {@code logits [2, 5, 50] final_norm}. */
  private static String line(Stage stage, ModelConfig config) {
    StringBuilder line = new StringBuilder(stage.id() + " " + stage.shape(config, EXTENT));
    stage.inputs().forEach(input -> line.append(' ').append(input));
    return line.toString();
  }

  /** The same by hand; {@code before} is what the layer's input_hidden is made of. */
  private static List<String> layer(int i, String before, ModelConfig c) {
    String h = Shape.of(B, S, c.hiddenSize()) + " ";
    String q = Shape.of(B, S, (long) c.heads() * c.headDim()) + " ";
    String kv = Shape.of(B, S, (long) c.kvHeads() * c.headDim()) + " ";
    String wide = Shape.of(B, S, c.intermediateSize()) + " ";
    String cache = Shape.of(B, c.kvHeads(), PAST + S, c.headDim()) + " ";
    String text =
        """
        L.input_hidden %1$sBEFORE
        L.input_ln %1$sL.input_hidden
        L.q_proj %2$sL.input_ln
        L.k_proj %3$sL.input_ln
        L.v_proj %3$sL.input_ln
        L.q_norm %4$s L.q_proj
        L.k_norm %5$s L.k_proj
        L.q_rope %6$s L.q_norm rope.cos rope.sin
        L.k_rope %7$s L.k_norm rope.cos rope.sin
        KV.k %8$sL.k_rope
        KV.v %8$sL.v_proj
        L.attn_out %2$sL.q_rope KV.k KV.v
        L.o_proj %1$sL.attn_out
        L.post_attn_hidden %1$sL.input_hidden L.o_proj
        L.post_attn_ln %1$sL.post_attn_hidden
        L.gate_proj %9$sL.post_attn_ln
        L.up_proj %9$sL.post_attn_ln
        L.mlp_act %9$sL.gate_proj
        L.mlp_mul %9$sL.mlp_act L.up_proj
        L.mlp_down %1$sL.mlp_mul
        L.hidden %1$sL.post_attn_hidden L.mlp_down
        """
            .formatted(
                h,
                q,
                kv,
                Shape.of(B, S, c.heads(), c.headDim()),
                Shape.of(B, S, c.kvHeads(), c.headDim()),
                Shape.of(B, c.heads(), S, c.headDim()),
                Shape.of(B, c.kvHeads(), S, c.headDim()),
                cache,
                wide);
    return text.replace("BEFORE", before)
        .replace("L.", "layers." + i + ".")
        .replace("KV.", "kv." + i + ".")
        .lines()
        .toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void stagesFollowEachOtherAsTheInterfaceSays(int deepstack) {
    ModelConfig c = TinyModel.CONFIG;
    String h = Shape.of(B, S, c.hiddenSize()).toString();
    List<String> expected = new ArrayList<>();
    expected.add("inputs_embeds " + h);
    expected.add("rope.cos " + Shape.of(B, S, c.headDim()));
    expected.add("rope.sin " + Shape.of(B, S, c.headDim()));
    expected.addAll(layer(0, "inputs_embeds", c));
    expected.addAll(layer(1, "layers.0.hidden", c));
    boolean overflow = deepstack >= 2;
    if (overflow) {
      expected.add("layers.2.input_hidden " + h + " layers.1.hidden");
    }
    expected.add("final_norm " + h + (overflow ? " layers.2.input_hidden" : " layers.1.hidden"));
    expected.add("logits " + Shape.of(B, S, c.vocabSize()) + " final_norm");
    assertEquals(
        expected, plan(c, deepstack).stages().stream().map(stage -> line(stage, c)).toList());
  }

  @Test
  void featuresFollowTheLayersTheyAreNumberedBy() {
    Plan none = plan(TinyModel.CONFIG.withLayers(5), 0);
    Plan three = plan(TinyModel.CONFIG.withLayers(5), 3);
    List<Optional<String>> expected =
        List.of(
            Optional.empty(),
            Optional.of("deepstack.0"),
            Optional.of("deepstack.1"),
            Optional.of("deepstack.2"),
            Optional.empty());
    for (int i = 0; i < 5; i++) {
      StageId id = StageId.layer(i, "input_hidden");
      assertEquals(OperationKind.ADD_ROWS, none.stage(id).kind());
      assertEquals(Optional.empty(), none.stage(id).given());
      assertEquals(expected.get(i), three.stage(id).given());
    }
    StageId last = StageId.layer(2, "input_hidden");
    assertEquals(Optional.empty(), plan(TinyModel.CONFIG, 1).find(last.name()));
    assertEquals(Optional.of("deepstack.1"), plan(TinyModel.CONFIG, 3).stage(last).given());
  }

  @Test
  void weightsHaveTheNamesAndShapesOfTheCheckpoint() {
    Plan plan = plan(TinyModel.CONFIG, 0);
    Map<String, String> expected =
        Map.ofEntries(
            Map.entry("input_ln", "input_layernorm [32]"),
            Map.entry("q_proj", "self_attn.q_proj [32, 32]"),
            Map.entry("k_proj", "self_attn.k_proj [16, 32]"),
            Map.entry("v_proj", "self_attn.v_proj [16, 32]"),
            Map.entry("q_norm", "self_attn.q_norm [8]"),
            Map.entry("k_norm", "self_attn.k_norm [8]"),
            Map.entry("o_proj", "self_attn.o_proj [32, 32]"),
            Map.entry("post_attn_ln", "post_attention_layernorm [32]"),
            Map.entry("gate_proj", "mlp.gate_proj [24, 32]"),
            Map.entry("up_proj", "mlp.up_proj [24, 32]"),
            Map.entry("mlp_down", "mlp.down_proj [32, 24]"));
    Map<String, String> found = new HashMap<>();
    for (Stage stage : plan.stages()) {
      boolean norm = stage.id().name().matches(".*(_ln|_norm)");
      if (stage.id().layer() == 1 && stage.weight().isPresent()) {
        assertEquals(norm ? OperationKind.NORM : OperationKind.PRODUCT, stage.kind());
        String weight = weight(stage).replace("layers.1.", "").replace(".weight", "");
        found.put(stage.id().name().replace("layers.1.", ""), weight);
      }
    }
    assertEquals(expected, found);
    assertEquals("norm.weight [32]", weight(plan.stage(StageId.of("final_norm"))));
    assertEquals("lm_head.weight [50, 32]", weight(plan.stage(StageId.of("logits"))));
    assertEquals("embed_tokens.weight [50, 32]", weight(plan.stage(StageId.of("inputs_embeds"))));
    assertEquals(OperationKind.COSINES, plan.stage(StageId.of("rope.cos")).kind());
    assertEquals(OperationKind.SINES, plan.stage(StageId.of("rope.sin")).kind());
    assertEquals(Optional.of("past.1.v"), plan.stage(StageId.cache(1, "v")).given());
  }

  private static String weight(Stage stage) {
    Stage.Parameter weight = stage.weight().orElseThrow();
    return weight.name() + " " + weight.shape(TinyModel.CONFIG);
  }

  @ParameterizedTest
  @CsvSource({
    "2b, 2048, 28, 2048, 6144, true",
    "4b, 2560, 36, 4096, 9728, true",
    "8b, 4096, 36, 4096, 12288, false"
  })
  void releasedModelsHaveTheGeometryOfTheirCheckpoints(
      String size, int hidden, int layers, int queries, int wide, boolean tied) {
    ModelConfig config = Released.of(size);
    assertEquals(tied, config.tieWordEmbeddings());
    assertEquals(List.of(24, 20, 20), config.rope().section());
    assertEquals(5e6, config.rope().theta());
    assertEquals(1e-6, config.rmsNormEps());
    Plan plan = config.plan(3);
    assertEquals(3 + 21 * layers + 2, plan.stages().size());
    int last = layers - 1;
    assertEquals(Shape.of(1, 7, hidden), shape(plan, StageId.layer(last, "hidden"), config));
    assertEquals(Shape.of(1, 7, queries), shape(plan, StageId.layer(last, "q_proj"), config));
    assertEquals(Shape.of(1, 7, queries), shape(plan, StageId.layer(0, "attn_out"), config));
    assertEquals(Shape.of(1, 7, hidden), shape(plan, StageId.layer(0, "o_proj"), config));
    assertEquals(Shape.of(1, 7, 1024), shape(plan, StageId.layer(0, "k_proj"), config));
    assertEquals(Shape.of(1, 8, 7, 128), shape(plan, StageId.cache(0, "v"), config));
    assertEquals(
        Shape.of(1, 7, queries / 128, 128), shape(plan, StageId.layer(0, "q_norm"), config));
    assertEquals(Shape.of(1, 7, wide), shape(plan, StageId.layer(0, "mlp_mul"), config));
    assertEquals(Shape.of(1, 7, 151936), shape(plan, StageId.of("logits"), config));
  }

  private static Shape shape(Plan plan, StageId stage, ModelConfig config) {
    return plan.stage(stage).shape(config, new Extent(1, 7, 0));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3})
  void everyPresetHasARecipeForEveryStage(int deepstack) {
    for (String name : Recipes.models()) {
      for (Stage stage : plan(TinyModel.CONFIG, deepstack).stages()) {
        assertTrue(
            Recipes.model(name).rules().stream()
                .anyMatch(rule -> Pattern.matches(rule.pattern(), stage.id().name())),
            name + " " + stage.id());
      }
    }
  }

  private static Set<String> selected(StageFilter filter) {
    Set<String> names = new LinkedHashSet<>();
    filter.select(plan(TinyModel.CONFIG, 3)).forEach(id -> names.add(id.name()));
    return names;
  }

  @Test
  void filtersSelectByLayerAndByWholeName() {
    assertEquals(plan(TinyModel.CONFIG, 3).stages().size(), selected(StageFilter.ALL).size());
    Set<String> first = selected(new StageFilter(i -> i == 0, false, Pattern.compile(".*")));
    assertEquals(24, first.size());
    assertTrue(first.containsAll(Set.of("inputs_embeds", "rope.cos", "rope.sin", "kv.0.v")));
    assertEquals(
        Set.of("layers.0.q_rope", "layers.1.q_rope"),
        selected(new StageFilter(i -> true, true, Pattern.compile(".*q_rope"))));
    assertEquals(Set.of(), selected(new StageFilter(i -> true, true, Pattern.compile("q_rope"))));
    assertEquals(
        Set.of("layers.2.input_hidden"),
        selected(new StageFilter(i -> i == 2, false, Pattern.compile("layers.*"))));
  }

  @Test
  void geometryThatContradictsItselfIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Released.of("32b"));
    assertMessage("sizes must be positive", () -> TinyModel.CONFIG.withLayers(0));
    assertMessage("kvHeads must divide heads", () -> geometry(4, 3, 8, List.of(2, 1, 1)));
    assertMessage("headDim must be even", () -> geometry(4, 2, 7, List.of(2, 1, 1)));
    String sections = "the sections of rope must hold three lengths that add up to headDim / 2";
    assertMessage(sections, () -> geometry(4, 2, 8, List.of(2, 1, 2)));
    assertMessage(sections, () -> geometry(4, 2, 8, List.of(2, 2)));
  }

  private static void geometry(int heads, int kvHeads, int headDim, List<Integer> section) {
    ModelConfig config =
        new ModelConfig(
            new Qwen3Vl(),
            9,
            9,
            1,
            heads,
            kvHeads,
            headDim,
            9,
            1e-6,
            Frequencies.interleaved(5e6, section),
            false,
            TinyModel.TOKENS);
    throw new AssertionError(config);
  }

  private static void assertMessage(String expected, Runnable action) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, action::run);
    assertEquals(expected, e.getMessage());
  }
}

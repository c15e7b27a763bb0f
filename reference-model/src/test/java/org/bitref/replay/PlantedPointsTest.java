package org.bitref.replay;

import static org.bitref.replay.Plain.each;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.InputClamped;
import org.bitref.diagnose.OtherFunction.InputOf;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.diagnose.OtherFunction.Scaled;
import org.bitref.diagnose.OtherFunction.Swish;
import org.bitref.diagnose.OtherFunction.TermScaled;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Another activation, gate, sum, feature or embedding, with numbers that no list has. */
final class PlantedPointsTest {
  private static final RecordedModel RIGHT = new RecordedModel("hf-f16-eager", 0.3);
  private static final double FACTOR = 1.37;
  private static final double LIMIT = 1.7;
  private static final int WIDTH = RecordedModel.HIDDEN;

  private static Set<OtherFunction> others(RecordedModel model, String stage) {
    return assertInstanceOf(Replayed.Follows.class, model.replay(stage), stage).others();
  }

  private static double silu(double x) {
    return x / (1 + Math.exp(-x));
  }

  static Stream<Arguments> activations() {
    Map<OtherFunction, DoubleUnaryOperator> all =
        Map.ofEntries(
            Map.entry(Known.HARD_SWISH, x -> x <= -3 ? 0 : x >= 3 ? x : x * (x + 3) / 6),
            Map.entry(Known.MISH, x -> x * Math.tanh(Math.log(1 + Math.exp(x)))),
            Map.entry(Known.ELU, x -> x > 0 ? x : Math.exp(x) - 1),
            Map.entry(Known.STEEP_SILU, x -> x / (1 + Math.exp(-2 * x))),
            Map.entry(Known.SOFTSIGN, x -> x / (1 + Math.abs(x))),
            Map.entry(new OtherFunction.LeakyRelu(0.01), x -> x < 0 ? 0.01 * x : x),
            Map.entry(new OtherFunction.LeakyRelu(0.23), x -> x < 0 ? 0.23 * x : x),
            Map.entry(Known.SILU_TWICE, x -> silu(silu(x))),
            Map.entry(Known.RELU_SQUARED, x -> x < 0 ? 0 : x * x),
            Map.entry(Known.SIGMOID, x -> 1 / (1 + Math.exp(-x))),
            Map.entry(Known.TANH, x -> 1 - 2 / (Math.exp(2 * x) + 1)),
            Map.entry(Known.SOFTPLUS, x -> Math.log(1 + Math.exp(x))),
            Map.entry(new Swish(0.41), x -> x / (1 + Math.exp(-0.41 * x))),
            Map.entry(new Swish(2.9), x -> x / (1 + Math.exp(-2.9 * x))),
            Map.entry(new InputClamped(LIMIT), x -> silu(Math.max(-LIMIT, Math.min(LIMIT, x)))),
            Map.entry(new OtherFunction.InputCapped(LIMIT), x -> silu(Math.min(LIMIT, x))),
            // Three quarters are a number of float16.
            Map.entry(
                new OtherFunction.Clamped(0.75), x -> Math.max(-0.75, Math.min(0.75, silu(x)))));
    return all.entrySet().stream().map(one -> Arguments.of(one.getKey(), one.getValue()));
  }

  @ParameterizedTest
  @MethodSource("activations")
  void anActivationIsNamed(OtherFunction due, DoubleUnaryOperator function) {
    RecordedModel model = RIGHT.copy();
    double[] x = model.values("layers.0.gate_proj");
    model.put("layers.0.mlp_act", each(x.length, i -> function.applyAsDouble(x[i])));
    Set<OtherFunction> others = others(model, "layers.0.mlp_act");
    assertEquals(
        Set.of(due), others.stream().map(PlantedPointsTest::told).collect(Collectors.toSet()));
  }

  /** Half a unit of float16 in a result, where silu has a slope near 1, tells no limits apart. */
  private static OtherFunction told(OtherFunction one) {
    return one instanceof InputClamped(double at) && Math.abs(at - LIMIT) <= LIMIT * 0x1p-11
        ? new InputClamped(LIMIT)
        : one;
  }

  /** A factor is fitted: it is off by no more than the values are, half a unit of float16 each. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "inputs_embeds",
        "layers.0.mlp_act",
        "layers.0.mlp_mul",
        "layers.0.post_attn_hidden",
        "layers.0.attn_out",
        "layers.1.q_norm",
        "kv.1.v",
        "layers.1.v_proj",
        "logits"
      })
  void aResultTimesAFactorIsNamed(String stage) {
    RecordedModel model = RIGHT.copy();
    double[] y = model.values(stage);
    model.put(stage, each(y.length, i -> FACTOR * y[i]));
    Set<OtherFunction> others = others(model, stage);
    Scaled scaled = assertInstanceOf(Scaled.class, others.iterator().next());
    // The right values are rounded too.
    assertEquals(FACTOR, scaled.factor(), 2 * FACTOR * 0x1p-11);
    assertEquals(1, others.size());
  }

  static Stream<Arguments> gates() {
    Map<OtherFunction, DoubleBinaryOperator> all =
        Map.of(
            Known.ONE_PLUS_FACTOR,
            (a, b) -> a * (1 + b),
            Known.SUM_OF_FACTORS,
            Double::sum,
            new InputOf("mlp_act"),
            (a, b) -> a,
            new InputOf("up_proj"),
            (a, b) -> b,
            new InputClamped(LIMIT),
            (a, b) -> a * Math.max(-LIMIT, Math.min(LIMIT, b)));
    return all.entrySet().stream().map(one -> Arguments.of(one.getKey(), one.getValue()));
  }

  private static void assertNamed(
      OtherFunction due, String stage, String left, String right, DoubleBinaryOperator function) {
    RecordedModel model = RIGHT.copy();
    double[] a = model.values(left);
    double[] b = model.values(right);
    model.put(stage, each(a.length, i -> function.applyAsDouble(a[i], b[i])));
    assertEquals(Set.of(due), others(model, stage));
  }

  @ParameterizedTest
  @MethodSource("gates")
  void aGateIsNamed(OtherFunction due, DoubleBinaryOperator function) {
    assertNamed(due, "layers.0.mlp_mul", "layers.0.mlp_act", "layers.0.up_proj", function);
  }

  @Test
  void aGateBeforeItsActivationIsNamed() {
    assertNamed(
        new InputOf("gate_proj"),
        "layers.0.mlp_mul",
        "layers.0.gate_proj",
        "layers.0.up_proj",
        (a, b) -> a * b);
  }

  static Stream<Arguments> sums() {
    Map<OtherFunction, DoubleBinaryOperator> all =
        Map.of(
            Known.NOT_ADDED,
            (a, b) -> a,
            Known.NO_RESIDUAL,
            (a, b) -> b,
            Known.ADDED_TWICE,
            (a, b) -> a + 2 * b,
            Known.RESIDUAL_TWICE,
            (a, b) -> 2 * a + b,
            Known.SUBTRACTED,
            (a, b) -> a - b,
            new TermScaled(2.7),
            (a, b) -> a + 2.7 * b,
            new TermScaled(0.41),
            (a, b) -> a + 0.41 * b);
    return all.entrySet().stream().map(one -> Arguments.of(one.getKey(), one.getValue()));
  }

  @ParameterizedTest
  @MethodSource("sums")
  void aSumIsNamed(OtherFunction due, DoubleBinaryOperator function) {
    String first = "layers.0.post_attn_hidden";
    assertNamed(due, first, "layers.0.input_hidden", "layers.0.o_proj", function);
    assertNamed(due, "layers.0.hidden", first, "layers.0.mlp_down", function);
  }

  @Test
  void anotherTermOfASumIsNamed() {
    String hidden = "layers.0.hidden";
    String mlp = "layers.0.mlp_down";
    DoubleBinaryOperator sum = Double::sum;
    assertNamed(new InputOf("input_hidden"), hidden, "layers.0.input_hidden", mlp, sum);
    assertNamed(new InputOf("input_ln"), hidden, "layers.0.input_ln", mlp, sum);
    assertNamed(new InputOf("post_attn_ln"), hidden, "layers.0.post_attn_ln", mlp, sum);
    assertNamed(Known.LAYER_SKIPPED, hidden, "layers.0.input_hidden", mlp, (a, _) -> a);
    // A stage that no list has: any other of the layer and as wide.
    assertNamed(
        new InputOf("attn_out"),
        "layers.0.post_attn_hidden",
        "layers.0.input_hidden",
        "layers.0.attn_out",
        sum);
  }

  /** The state with features added, by the row of the visual token. */
  private static RecordedModel featured(
      String stage, String before, UnaryOperator<double[]> features) {
    RecordedModel model = RIGHT.copy();
    double[] x = model.values(before);
    double[] added = features.apply(model.given.get("deepstack.0").cast(DType.F16).toDoubles());
    model.put(stage, each(x.length, i -> x[i] + added[i]));
    return model;
  }

  /** Row r of the features on token {@code first + r}, times a factor; others are left out. */
  private static double[] placed(double[] features, int first, double factor) {
    int from = first * WIDTH;
    return each(
        RecordedModel.TOKENS * WIDTH,
        i -> i < from || i >= from + features.length ? 0 : factor * features[i - from]);
  }

  private static double[] rows(double[] features, int by, boolean reversed) {
    int rows = RecordedModel.VISUALS;
    return each(
        features.length,
        i -> {
          int row = i / WIDTH;
          int from = reversed ? rows - 1 - row : Math.floorMod(row - by, rows);
          return features[from * WIDTH + i % WIDTH];
        });
  }

  @Test
  void featuresAreNamed() {
    int at = RecordedModel.FIRST_VISUAL;
    Map<OtherFunction, UnaryOperator<double[]>> all =
        Map.of(
            new TermScaled(2.7),
            f -> placed(f, at, 2.7),
            new TermScaled(0.41),
            f -> placed(f, at, 0.41),
            Known.ADDED_TWICE,
            f -> placed(f, at, 2),
            Known.SUBTRACTED,
            f -> placed(f, at, -1),
            Known.NOT_ADDED,
            f -> placed(f, at, 0),
            Known.FIRST_FEATURE_FOR_ALL,
            f -> placed(each(f.length, i -> f[i % WIDTH]), at, 1),
            Known.FEATURES_REVERSED,
            f -> placed(rows(f, 0, true), at, 1));
    String stage = "layers.1.input_hidden";
    all.forEach(
        (due, change) ->
            assertEquals(Set.of(due), others(featured(stage, "layers.0.hidden", change), stage)));
    for (UnaryOperator<double[]> change :
        Set.<UnaryOperator<double[]>>of(
            f -> placed(f, at + 1, 1),
            f -> placed(f, at - 1, 1),
            f -> placed(rows(f, 1, false), at, 1),
            f -> placed(rows(f, -1, false), at, 1))) {
      assertEquals(
          Set.of(Known.FEATURES_ON_OTHER_ROWS),
          others(featured(stage, "layers.0.hidden", change), stage));
    }
  }

  @Test
  void featuresThatAreAddedTogetherAreNamed() {
    String stage = "layers.1.input_hidden";
    RecordedModel model =
        featured(stage, "layers.0.hidden", f -> placed(f, RecordedModel.FIRST_VISUAL, 1));
    Tensor other = model.random(0, 0.3, model.given.get("deepstack.0").shape());
    model.given.put("deepstack.1", other);
    double[] more = placed(other.toDoubles(), RecordedModel.FIRST_VISUAL, 1);
    double[] one = model.values(stage);
    model.put(stage, each(one.length, i -> one[i] + more[i]));
    assertEquals(
        Set.of(new OtherFunction.FeaturesTogether(List.of("deepstack.0", "deepstack.1"))),
        others(model, stage));
  }

  @Test
  void aFeatureWhereTheModelHasNoneIsNamed() {
    String stage = "layers.0.input_hidden";
    RecordedModel model =
        featured(stage, "inputs_embeds", f -> placed(f, RecordedModel.FIRST_VISUAL, 1));
    assertEquals(Set.of(new OtherFunction.Feature("deepstack.0")), others(model, stage));
  }

  /** The rows of visual tokens, and those of the table. */
  private static RecordedModel embedded(long[] ids, boolean visual, int later, double factor) {
    RecordedModel model = RIGHT.copy();
    Tensor table = model.weights.get("inputs_embeds");
    Tensor images = model.given.get("visual_embeds");
    int rows = RecordedModel.VISUALS;
    double[] y =
        each(
            RecordedModel.TOKENS * WIDTH,
            i -> {
              int row = i / WIDTH - RecordedModel.FIRST_VISUAL;
              boolean image = visual && row >= 0 && row < rows;
              return factor
                  * (image
                      ? images.get((long) Math.floorMod(row - later, rows) * WIDTH + i % WIDTH)
                      : table.get(ids[i / WIDTH] * WIDTH + i % WIDTH));
            });
    model.put("inputs_embeds", y);
    return model;
  }

  private static long[] ids() {
    Tensor given = RIGHT.given.get("input_ids");
    long[] ids = new long[RecordedModel.TOKENS];
    for (int t = 0; t < ids.length; t++) {
      ids[t] = given.getLong(t);
    }
    return ids;
  }

  private static void assertEmbedding(Set<OtherFunction> due, RecordedModel model) {
    assertEquals(due, others(model, "inputs_embeds"));
  }

  @Test
  void embeddingsAreNamed() {
    assertEmbedding(Set.of(), embedded(ids(), true, 0, 1));
    assertEmbedding(Set.of(Known.NO_VISUAL_EMBEDDINGS), embedded(ids(), false, 0, 1));
    assertEmbedding(Set.of(Known.VISUAL_EMBEDDINGS_ON_OTHER_ROWS), embedded(ids(), true, 1, 1));
    assertEmbedding(Set.of(Known.VISUAL_EMBEDDINGS_ON_OTHER_ROWS), embedded(ids(), true, -1, 1));
    assertEmbedding(Set.of(Known.EMBEDDING_SCALED), embedded(ids(), true, 0, Math.sqrt(WIDTH)));
  }

  @Test
  void embeddingsThatAreNormedOrScaledInPartAreNamed() {
    double[] y = embedded(ids(), true, 0, 1).values("inputs_embeds");
    RecordedModel scaled = RIGHT.copy();
    double[] visual = placed(each(RecordedModel.VISUALS * WIDTH, _ -> 1), 2, 1);
    scaled.put("inputs_embeds", each(y.length, i -> visual[i] == 1 ? 0.7 * y[i] : y[i]));
    assertEmbedding(Set.of(new OtherFunction.VisualScaled(0.7)), scaled);
    RecordedModel normed = RIGHT.copy();
    Tensor ones = Tensor.ofDoubles(Shape.of(WIDTH), each(WIDTH, _ -> 1));
    normed.put("inputs_embeds", Plain.norm(y, ones, RecordedModel.EPS));
    assertEmbedding(Set.of(Known.EMBEDDING_NORMED), normed);
  }

  @Test
  void otherTokenIdsAreNamedByTheFirstOfThem() {
    long[] ids = ids();
    ids[11] = 47;
    assertEmbedding(Set.of(new OtherFunction.TokenIds(11, 47, 11, 1)), embedded(ids, true, 0, 1));
    ids[17] = 5;
    ids[9] = 31;
    assertEmbedding(Set.of(new OtherFunction.TokenIds(9, 31, 9, 3)), embedded(ids, true, 0, 1));
  }

  /** A row that stands nowhere in the table beside one that does. */
  @Test
  void idsThatTheTableDoesNotHaveAreNotNamed() {
    long[] ids = ids();
    ids[11] = 47;
    RecordedModel model = embedded(ids, true, 0, 1);
    model.set("inputs_embeds", 15 * WIDTH + 3, 0.9);
    assertInstanceOf(Replayed.Open.class, model.replay("inputs_embeds"));
  }
}

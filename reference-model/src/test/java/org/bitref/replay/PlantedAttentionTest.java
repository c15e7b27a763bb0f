package org.bitref.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.Grid;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.diagnose.OtherFunction.Operand;
import org.bitref.replay.Plain.KeyHead;
import org.bitref.replay.Plain.Score;
import org.bitref.search.SimpleNumber;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Other attention of four heads with two key heads, with numbers that no list has. */
final class PlantedAttentionTest {
  private static final String Y = "layers.0.attn_out";
  private static final String Q = "layers.0.q_rope";
  private static final String K = "kv.0.k";
  private static final String V = "kv.0.v";
  private static final int TOKENS = RecordedModel.TOKENS;
  private static final int D = RecordedModel.HEAD;
  private static final int HEADS = 4;
  private static final int KEY_HEADS = 2;
  private static final double MODEL = 1 / Math.sqrt(D);
  private static final int TEXT = RecordedModel.FIRST_VISUAL + RecordedModel.VISUALS;
  private static final double UNSEEN = Double.NEGATIVE_INFINITY;
  private static final KeyHead GROUPS = head -> head / 2;
  private static final RecordedModel HALVES = heads(DType.F16);
  private static final RecordedModel BFLOATS = heads(DType.BF16);

  /** Scores are up to ten, so that a softcap of 37 is seen. */
  private static RecordedModel heads(DType dtype) {
    RecordedModel model = new RecordedModel("hf-f16-eager", 0.3).keeping(name -> name.equals(Y));
    model.captured.put(Y, zeros(dtype, Shape.of(1, TOKENS, HEADS * D)));
    model.captured.put(Q, model.random(0, 3, Shape.of(1, HEADS, TOKENS, D)).cast(dtype));
    model.captured.put(K, model.random(0, 1, Shape.of(1, KEY_HEADS, TOKENS, D)).cast(dtype));
    model.captured.put(V, model.random(0, 1, Shape.of(1, KEY_HEADS, TOKENS, D)).cast(dtype));
    model.weights.put("layers.0.q_proj", model.random(0, 1, Shape.of(HEADS * D, 64)));
    // Tells how tokens lie.
    model.captured.put("inputs_embeds", zeros(dtype, Shape.of(1, TOKENS, 64)));
    return model;
  }

  private static Tensor zeros(DType dtype, Shape shape) {
    return new TensorBuilder(dtype, shape).build();
  }

  private static double[] attend(RecordedModel model, KeyHead keyHead, Score score, double sink) {
    return Plain.attend(model.values(Q), model.values(K), model.values(V), keyHead, score, sink);
  }

  private static void assertNamed(Set<OtherFunction> due, RecordedModel run, double[] y) {
    RecordedModel model = run.copy();
    model.put(Y, y);
    assertEquals(due, assertInstanceOf(Replayed.Follows.class, model.replay(Y)).others());
  }

  private static double seen(boolean sees, double dot) {
    return sees ? dot * MODEL : UNSEEN;
  }

  private static boolean isVisual(int token) {
    int row = token - RecordedModel.FIRST_VISUAL;
    return row >= 0 && row < RecordedModel.VISUALS;
  }

  static Stream<Arguments> scores() {
    return Stream.of(
        Arguments.of(
            new OtherFunction.LessByDistance(0.11),
            (Score) (q, k, dot) -> seen(k <= q, dot) - 0.11 * (q - k)),
        Arguments.of(
            new OtherFunction.Scale(0.11, MODEL),
            (Score) (q, k, dot) -> k <= q ? 0.11 * dot : UNSEEN),
        Arguments.of(
            new OtherFunction.Scale(0.31, MODEL),
            (Score) (q, k, dot) -> k <= q ? 0.31 * dot : UNSEEN),
        Arguments.of(
            new OtherFunction.Softcap(37),
            (Score) (q, k, dot) -> k <= q ? 37 * Math.tanh(dot * MODEL / 37) : UNSEEN),
        Arguments.of(
            new OtherFunction.Softcap(11),
            (Score) (q, k, dot) -> k <= q ? 11 * Math.tanh(dot * MODEL / 11) : UNSEEN),
        Arguments.of(
            new OtherFunction.Window(14), (Score) (q, k, dot) -> seen(k <= q && q - k < 14, dot)),
        Arguments.of(
            new OtherFunction.Window(19), (Score) (q, k, dot) -> seen(k <= q && q - k < 19, dot)),
        Arguments.of(
            new OtherFunction.Chunks(7),
            (Score) (q, k, dot) -> seen(k <= q && k / 7 == q / 7, dot)),
        Arguments.of(Known.NOT_CAUSAL, (Score) (q, k, dot) -> seen(true, dot)),
        Arguments.of(Known.SEES_THE_NEXT_KEY, (Score) (q, k, dot) -> seen(k <= q + 1, dot)),
        Arguments.of(
            Known.BLIND_TO_ITSELF, (Score) (q, k, dot) -> seen(k < q || (k == 0 && q == 0), dot)),
        Arguments.of(
            Known.BLIND_TO_THE_FIRST,
            (Score) (q, k, dot) -> seen(k <= q && (k > 0 || q == 0), dot)),
        Arguments.of(
            new OtherFunction.BlindToTheFirst(5),
            (Score) (q, k, dot) -> seen(k <= q && (k >= 5 || q < 5), dot)),
        Arguments.of(
            new OtherFunction.WindowBesideTheFirst(9, 4),
            (Score) (q, k, dot) -> seen(k <= q && (q - k < 9 || k < 4), dot)),
        Arguments.of(
            new OtherFunction.ScoresClamped(4),
            (Score) (q, k, dot) -> k <= q ? Math.clamp(dot * MODEL, -4, 4) : UNSEEN),
        Arguments.of(
            Known.BLIND_TO_THE_IMAGE,
            (Score) (q, k, dot) -> seen(k <= q && !(q >= TEXT && isVisual(k)), dot)),
        Arguments.of(
            Known.PREFIX_SEES_ITSELF,
            (Score) (q, k, dot) -> seen(k <= q || (q < TEXT && k < TEXT), dot)),
        Arguments.of(
            Known.VISUAL_TOKENS_SEE_EACH_OTHER,
            (Score) (q, k, dot) -> seen(k <= q || (isVisual(q) && isVisual(k)), dot)));
  }

  @ParameterizedTest
  @MethodSource("scores")
  void aScoreOrMaskIsNamed(OtherFunction due, Score score) {
    assertNamed(Set.of(due), HALVES, attend(HALVES, GROUPS, score, 0));
    assertNamed(Set.of(due), BFLOATS, attend(BFLOATS, GROUPS, score, 0));
  }

  /**
   * Three digits are printed. A fourth is noise here: errors are counted in units of each result,
   * so that a few results near zero, whose roundings are large in these units, move the number.
   */
  @ParameterizedTest
  @ValueSource(doubles = {1, 4, 10})
  void aMaskThatAddsANumberIsNamed(double less) {
    RecordedModel model = HALVES.copy();
    model.put(Y, attend(HALVES, GROUPS, (q, k, dot) -> dot * MODEL - (k <= q ? 0 : less), 0));
    Replayed.Follows follows = assertInstanceOf(Replayed.Follows.class, model.replay(Y));
    List<OtherFunction> others = List.copyOf(follows.others());
    assertEquals(1, others.size());
    double added = assertInstanceOf(OtherFunction.WeakMask.class, others.getFirst()).added();
    assertEquals(-less, SimpleNumber.rounded(added, 3));
  }

  /** Slopes of 1/4, 1/16, 1/64 and 1/256. */
  @Test
  void slopesOfHeadsAreNamed() {
    double[] y = new double[TOKENS * HEADS * D];
    for (int head = 0; head < HEADS; head++) {
      double slope = Math.pow(4, -1 - head);
      double[] one = attend(HALVES, GROUPS, (q, k, dot) -> seen(k <= q, dot) - slope * (q - k), 0);
      for (int i = 0; i < y.length; i++) {
        y[i] = i / D % HEADS == head ? one[i] : y[i];
      }
    }
    assertNamed(Set.of(Known.ALIBI), HALVES, y);
  }

  /** Values that are 1 in the element of their token show the probabilities. */
  @Test
  void probabilitiesInFloat8AreNamed() {
    double[] units = Plain.each(TOKENS * KEY_HEADS * D, i -> i % D == i / (KEY_HEADS * D) ? 1 : 0);
    double[] p = Plain.attend(HALVES.values(Q), HALVES.values(K), units, GROUPS, Score::causal, 0);
    double[] kept = Tensor.ofDoubles(Shape.of(p.length), p).cast(DType.F8_E4M3).toDoubles();
    double[] v = HALVES.values(V);
    double[] y = new double[p.length];
    for (int i = 0; i < y.length; i++) {
      for (int key = 0; key < TOKENS; key++) {
        int head = GROUPS.of(i / D % HEADS);
        y[i] += kept[i - i % D + key] * v[(key * KEY_HEADS + head) * D + i % D];
      }
    }
    assertNamed(Set.of(new OtherFunction.Narrowed(Operand.PROBABILITIES, Grid.E4M3)), HALVES, y);
  }

  @Test
  void theModelsAttentionIsNoOther() {
    assertNamed(Set.of(), HALVES, attend(HALVES, GROUPS, Score::causal, 0));
    assertNamed(Set.of(), BFLOATS, attend(BFLOATS, GROUPS, Score::causal, 0));
  }

  @Test
  void keysOrValuesOfOtherHeadsAreNamed() {
    double[] q = HALVES.values(Q);
    double[] k = HALVES.values(K);
    double[] v = HALVES.values(V);
    assertNamed(
        Set.of(Known.KEYS_OF_OTHER_HEADS),
        HALVES,
        Plain.attend(q, exchanged(k), v, GROUPS, Score::causal, 0));
    assertNamed(
        Set.of(Known.VALUES_OF_OTHER_HEADS),
        HALVES,
        Plain.attend(q, k, exchanged(v), GROUPS, Score::causal, 0));
    double[] first = Plain.each(v.length, i -> v[i - i % (KEY_HEADS * D) + i % D]);
    assertNamed(
        Set.of(Known.FIRST_VALUE_HEAD_FOR_ALL),
        HALVES,
        Plain.attend(q, k, first, GROUPS, Score::causal, 0));
  }

  /** Both heads of each token. */
  private static double[] exchanged(double[] heads) {
    int width = KEY_HEADS * D;
    return Plain.each(heads.length, i -> heads[i / width * width + (i % width + D) % width]);
  }

  @Test
  void aSinkIsNamed() {
    assertNamed(
        Set.of(new OtherFunction.Sink(7.4)), HALVES, attend(HALVES, GROUPS, Score::causal, 7.4));
    assertNamed(
        Set.of(new OtherFunction.Sink(1)), HALVES, attend(HALVES, GROUPS, Score::causal, 1));
  }

  @Test
  void paddingThatIsSeenIsNamed() {
    RecordedModel model = HALVES.copy();
    long[] mask = new long[TOKENS];
    for (int t = 3; t < TOKENS; t++) {
      mask[t] = 1;
    }
    model.given.put("attention_mask", Tensor.ofLongs(Shape.of(1, TOKENS), mask));
    assertNamed(Set.of(Known.PADDING_SEEN), model, attend(model, GROUPS, Score::causal, 0));
    // A query that sees no key has no result.
    assertNamed(
        Set.of(), model, attend(model, GROUPS, (q, k, dot) -> seen(k <= q && k >= 3, dot), 0));
  }

  @Test
  void keyHeadsAreNamed() {
    assertHeads(Known.KEY_HEADS_ALTERNATE, head -> head % 2);
    assertHeads(Known.FIRST_KEY_HEAD_FOR_ALL, _ -> 0);
    assertHeads(Known.KEY_HEADS_REVERSED, head -> 1 - head / 2);
  }

  private static void assertHeads(OtherFunction due, KeyHead keyHead) {
    assertNamed(Set.of(due), HALVES, attend(HALVES, keyHead, Score::causal, 0));
  }

  /** Heads of {@code heads} in another order. */
  private static double[] ordered(double[] x, int heads, List<Integer> order) {
    return Plain.each(
        x.length, i -> x[(i / D / heads * heads + order.get(i / D % heads)) * D + i % D]);
  }

  @Test
  void ordersOfResultsAreNamed() {
    double[] y = attend(HALVES, GROUPS, Score::causal, 0);
    assertNamed(Set.of(Known.HEADS_REVERSED), HALVES, ordered(y, HEADS, List.of(3, 2, 1, 0)));
    assertNamed(Set.of(Known.HEADS_TURNED), HALVES, ordered(y, HEADS, List.of(3, 0, 1, 2)));
    assertNamed(Set.of(Known.HEADS_SWAPPED), HALVES, ordered(y, HEADS, List.of(1, 0, 3, 2)));
    // [tokens][heads] holds what [heads][tokens] should.
    assertNamed(
        Set.of(Known.HEADS_NOT_TRANSPOSED),
        HALVES,
        Plain.each(y.length, i -> y[(i / D % TOKENS * HEADS + i / D / TOKENS) * D + i % D]));
  }

  @Test
  void queryHeadsByTheKeysOfTheirPlaceAreNamed() {
    List<Integer> order = List.of(1, 2, 3, 0);
    double[] q = ordered(HALVES.values(Q), HEADS, order);
    double[] y = Plain.attend(q, HALVES.values(K), HALVES.values(V), GROUPS, Score::causal, 0);
    assertNamed(Set.of(new OtherFunction.QueryHeads(order)), HALVES, y);
  }

  /** No order that has a name. */
  @ParameterizedTest
  @ValueSource(strings = {"2031 0110", "0123 0001", "1203 1010"})
  void anyHeadsAreNamed(String heads) {
    List<Integer> queries = digits(heads.substring(0, 4));
    List<Integer> keys = digits(heads.substring(5));
    for (RecordedModel run : List.of(HALVES, BFLOATS)) {
      double[] q = ordered(run.values(Q), HEADS, queries);
      double[] y = Plain.attend(q, run.values(K), run.values(V), keys::get, Score::causal, 0);
      assertNamed(Set.of(new OtherFunction.Heads(queries, keys)), run, y);
    }
  }

  private static List<Integer> digits(String digits) {
    return digits.chars().mapToObj(digit -> digit - '0').toList();
  }

  /** What a cache holds: of the token before, the first of zeros or its own. */
  private static double[] late(double[] x) {
    int width = x.length / TOKENS;
    return Plain.each(x.length, i -> i < width ? 0 : x[i - width]);
  }

  @Test
  void operandsAreNamed() {
    double[] q = HALVES.values(Q);
    double[] k = HALVES.values(K);
    double[] v = HALVES.values(V);
    assertOperands(Known.KEYS_AND_VALUES_SWAPPED, q, v, k);
    assertOperands(Known.KEYS_LATE, q, late(k), v);
    assertOperands(Known.VALUES_LATE, q, k, late(v));
  }

  private static void assertOperands(OtherFunction due, double[] q, double[] k, double[] v) {
    assertNamed(Set.of(due), HALVES, Plain.attend(q, k, v, GROUPS, Score::causal, 0));
  }
}

package org.bitref.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.diagnose.OtherFunction.PartlyRotated;
import org.bitref.diagnose.OtherFunction.Rotary;
import org.bitref.diagnose.OtherFunction.Sections;
import org.bitref.kernel.row.Frequencies.Axes;
import org.bitref.replay.Plain.Angle;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Another rotation, with numbers that no list has. No rotary table is left of the runs. */
final class PlantedRotationsTest {
  private static final double THETA = RecordedModel.THETA;
  private static final int D = RecordedModel.HEAD;
  private static final int HALF = D / 2;
  private static final int TOKENS = RecordedModel.TOKENS;
  private static final int TEXT = RecordedModel.FIRST_VISUAL + RecordedModel.VISUALS;
  private static final String Q = "layers.0.q_rope";
  private static final String K = "layers.1.k_rope";
  private static final RecordedModel HALVES = run("hf-f16-eager");
  private static final RecordedModel BFLOATS = run("hf-bf16-eager");

  /** T H W T H W … up to 15 for H and W. */
  private static final int[] AXES = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0};

  private static RecordedModel run(String recipe) {
    return new RecordedModel(recipe, 0.3).keeping(name -> !name.startsWith("rope."));
  }

  private static double position(int axis, int token) {
    return HALVES.given.get("position_ids").getLong((long) axis * TOKENS + token);
  }

  private static double frequency(int pair) {
    return Math.pow(THETA, -pair / (double) HALF);
  }

  private static double model(int token, int pair) {
    return position(AXES[pair], token) * frequency(pair);
  }

  private static Arguments of(OtherFunction due, Angle angle) {
    return of(due, HALF, angle);
  }

  private static Arguments of(OtherFunction due, int half, Angle angle) {
    return Arguments.of(due, half, angle);
  }

  /** Another position. */
  private static Angle at(Angle position) {
    return (token, pair) -> position.of(token, pair) * frequency(pair);
  }

  private static double usual(int token, int pair) {
    return position(AXES[pair], token);
  }

  private static Angle behindTheImage(Angle position) {
    return at((token, pair) -> token < TEXT ? usual(token, pair) : position.of(token, pair));
  }

  static Stream<Arguments> positions() {
    return Stream.of(
        of(Known.NOT_ROTATED, at((_, _) -> 0)),
        of(new Rotary(THETA, THETA, Axes.TEMPORAL, 0), at((token, _) -> position(0, token))),
        of(
            new Rotary(THETA, THETA, Axes.INTERLEAVED, 1),
            at((token, pair) -> usual(token, pair) + 1)),
        of(
            new Rotary(THETA, THETA, Axes.INTERLEAVED, -1),
            at((token, pair) -> usual(token, pair) - 1)),
        of(
            Known.HEIGHT_AND_WIDTH_SWAPPED,
            at((token, pair) -> position(AXES[pair] == 0 ? 0 : 3 - AXES[pair], token))),
        of(Known.POSITIONS_COUNTED, at((token, _) -> token)),
        of(
            Known.POSITIONS_OF_THE_TOKEN_BEFORE,
            at((token, pair) -> usual(Math.max(0, token - 1), pair))),
        of(
            Known.POSITIONS_OF_THE_TOKEN_BEHIND,
            at((token, pair) -> usual(Math.min(TOKENS - 1, token + 1), pair))),
        of(Known.TEXT_ONE_LATE, behindTheImage((token, pair) -> usual(token, pair) + 1)),
        of(Known.TEXT_ONE_EARLY, behindTheImage((token, pair) -> usual(token, pair) - 1)),
        of(Known.TEXT_RESTARTS, behindTheImage((token, _) -> token - TEXT)),
        of(Known.TEXT_COUNTS_TOKENS, behindTheImage((token, _) -> token)),
        of(new OtherFunction.PositionsScaled(2.7), at((token, pair) -> 2.7 * usual(token, pair))),
        of(
            new OtherFunction.PositionsScaled(0.41),
            at((token, pair) -> 0.41 * usual(token, pair))));
  }

  static Stream<Arguments> frequencies() {
    int[] blocks = each(6, 5, 5);
    int[] other = each(4, 6, 6);
    return Stream.of(
        of(new Rotary(123000, THETA, Axes.INTERLEAVED, 0), based(123000)),
        of(new Rotary(730000, THETA, Axes.INTERLEAVED, 0), based(730000)),
        of(new Rotary(2.3e7, THETA, Axes.INTERLEAVED, 0), based(2.3e7)),
        of(
            new Rotary(THETA, THETA, Axes.BLOCKS, 0),
            (token, pair) -> position(blocks[pair], token) * frequency(pair)),
        of(
            new Sections(List.of(4, 6, 6), Axes.BLOCKS),
            (token, pair) -> position(other[pair], token) * frequency(pair)));
  }

  private static int[] each(int t, int h, int w) {
    int[] axes = new int[t + h + w];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i < t ? 0 : i < t + h ? 1 : 2;
    }
    return axes;
  }

  private static Angle based(double base) {
    return (token, pair) -> usual(token, pair) * Math.pow(base, -pair / (double) HALF);
  }

  /** To nearest: half of what the 16 bits below hold is added. */
  private static double bfloat(double x) {
    int bits = Float.floatToIntBits((float) x);
    return Float.intBitsToFloat((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000);
  }

  static Stream<Arguments> parts() {
    return Stream.of(0.25, 0.5, 0.75)
        .flatMap(
            share -> {
              int half = (int) (share * HALF);
              PartlyRotated due = new PartlyRotated(share);
              return Stream.of(
                  of(
                      due,
                      half,
                      (token, pair) -> usual(token, pair) * Math.pow(THETA, -pair / (double) half)),
                  of(due, half, PlantedRotationsTest::model),
                  of(
                      due,
                      half,
                      (token, pair) ->
                          position(AXES[(int) (pair / share)], token)
                              * Math.pow(THETA, -pair / (double) half)));
            });
  }

  private static void assertNamed(
      Set<OtherFunction> due, RecordedModel run, String stage, int half, Angle angle) {
    RecordedModel model = run.copy();
    double[] x = model.values(stage.replace("_rope", "_norm"));
    model.put(stage, Plain.rotate(x, half, angle));
    assertEquals(
        due, assertInstanceOf(Replayed.Follows.class, model.replay(stage), stage).others());
  }

  @ParameterizedTest
  @MethodSource({"positions", "frequencies", "parts"})
  void aRotationIsNamed(OtherFunction due, int half, Angle angle) {
    assertNamed(Set.of(due), HALVES, Q, half, angle);
  }

  @ParameterizedTest
  @MethodSource({"positions", "frequencies", "parts"})
  void aRotationInBfloatsIsNamed(OtherFunction due, int half, Angle angle) {
    assertNamed(Set.of(due), BFLOATS, K, half, angle);
  }

  @Test
  void theModelsRotationIsNoOther() {
    assertNamed(Set.of(), HALVES, Q, HALF, PlantedRotationsTest::model);
    assertNamed(Set.of(), BFLOATS, K, HALF, PlantedRotationsTest::model);
  }

  /** In bfloat16 that is as small as rounding. */
  @Test
  void frequenciesInBfloatsAreNamed() {
    Angle angle = (token, pair) -> usual(token, pair) * bfloat(frequency(pair));
    assertNamed(Set.of(Known.FREQUENCIES_IN_BF16), HALVES, Q, HALF, angle);
    assertNamed(Set.of(), BFLOATS, K, HALF, angle);
    RecordedModel model = BFLOATS.copy();
    model.put(K, Plain.rotate(model.values("layers.1.k_norm"), HALF, angle));
    assertEquals(
        Set.of(Known.FREQUENCIES_IN_BF16),
        assertInstanceOf(Replayed.Follows.class, model.replay(K, true)).others());
  }

  /** Pairs as in GPT-J, backwards and twice: by the model's angles, and by the run's tables. */
  @Test
  void formsAreNamed() {
    assertForms(
        HALVES,
        (token, pair) -> Math.cos(model(token, pair)),
        (token, pair) -> Math.sin(model(token, pair)));
    RecordedModel run = new RecordedModel("hf-f16-eager", 0.3);
    double[] cos = run.values("rope.cos");
    double[] sin = run.values("rope.sin");
    assertForms(
        run, (token, pair) -> cos[token * D + pair], (token, pair) -> sin[token * D + pair]);
  }

  private static void assertForms(RecordedModel run, Angle cos, Angle sin) {
    double[] x = run.values("layers.0.q_norm");
    double[] once = Plain.rotate(x, HALF, cos, sin);
    assertForm(Optional.empty(), run, once);
    assertForm(Optional.of(Known.ROTATED_TWICE), run, Plain.rotate(once, HALF, cos, sin));
    assertForm(
        Optional.of(Known.ROTATED_BACKWARDS),
        run,
        Plain.rotate(x, HALF, cos, (token, pair) -> -sin.of(token, pair)));
    assertForm(Optional.of(Known.COSINE_AND_SINE_EXCHANGED), run, Plain.rotate(x, HALF, sin, cos));
    assertForm(Optional.of(Known.PAIRS), run, unpaired(Plain.rotate(paired(x), HALF, cos, sin)));
  }

  private static void assertForm(Optional<OtherFunction> due, RecordedModel run, double[] y) {
    RecordedModel model = run.copy();
    model.put(Q, y);
    assertEquals(
        due.stream().collect(Collectors.toSet()),
        assertInstanceOf(Replayed.Follows.class, model.replay(Q)).others());
  }

  /** Elements 2i and 2i + 1 in the places of i and i + half. */
  private static double[] paired(double[] x) {
    return Plain.each(x.length, i -> x[i / D * D + i % D % HALF * 2 + i % D / HALF]);
  }

  private static double[] unpaired(double[] x) {
    return Plain.each(x.length, i -> x[i / D * D + i % 2 * HALF + i % D / 2]);
  }

  /** Without a text token behind the image nothing can be behind it. */
  @Test
  void withoutAnImageItsVariantsAreLeftOut() {
    RecordedModel model = HALVES.copy();
    model.given.put(
        "visual_mask", Tensor.ofLongs(model.given.get("visual_mask").shape(), new long[TOKENS]));
    double[] x = model.values("layers.0.q_norm");
    model.put(Q, Plain.rotate(x, HALF, behindTheImage((token, _) -> token - TEXT)));
    assertInstanceOf(Replayed.Open.class, model.replay(Q));
  }
}

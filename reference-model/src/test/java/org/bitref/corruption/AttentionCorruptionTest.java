package org.bitref.corruption;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.bitref.kernel.Workers;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Attention: a wrong scale, mask or operand is named, and rounding is not called corruption. */
class AttentionCorruptionTest {
  private static final Workers WORKERS = new Workers(2);
  private static final int[][] GEOMETRIES = {
    {2, 1, 9, 9, 16}, {4, 2, 24, 24, 64}, {2, 2, 20, 77, 80}, {3, 1, 7, 130, 128}
  };

  @AfterAll
  static void close() {
    WORKERS.close();
  }

  /** What is done to the scale s = 1/sqrt(D). */
  enum Scale {
    RIGHT("", s -> s, _ -> 1),
    MISSING("the scale is missing", _ -> 1, _ -> 1),
    TWICE("applied twice", s -> s * s, _ -> 1),
    ROOT("root of the scale", Math::sqrt, _ -> 1),
    DIVIDED("divided by the scale", s -> 1 / s, _ -> 1),
    MOVED("not to the scores", _ -> 1, s -> s),
    ALSO_ON_V("to v or the output too", s -> s, s -> s);

    private final String text;
    private final ToDoubleFunction<Double> onScores;
    private final ToDoubleFunction<Double> onOutput;

    Scale(String text, ToDoubleFunction<Double> onScores, ToDoubleFunction<Double> onOutput) {
      this.text = text;
      this.onScores = onScores;
      this.onOutput = onOutput;
    }
  }

  private interface Check {
    void of(PlainAttention attention, int[] last);
  }

  /** Three types, four geometries, with and without a causal mask. */
  private static void forAll(Check check) {
    Random random = new Random(5);
    for (DType type : List.of(DType.F16, DType.BF16, DType.F32)) {
      for (int[] g : GEOMETRIES) {
        PlainAttention attention =
            PlainAttention.random(random, type, g[0], g[1], g[2], g[3], g[4]);
        check.of(attention, IntStream.range(0, g[2]).map(_ -> g[3] - 1).toArray());
        check.of(attention, IntStream.range(0, g[2]).map(i -> i + g[3] - g[2]).toArray());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Scale.class)
  void scales(Scale scale) {
    forAll(
        (attention, last) -> {
          double s = 1 / Math.sqrt(attention.d());
          Tensor out =
              attention.out(
                  scale.onScores.applyAsDouble(s),
                  scale.onOutput.applyAsDouble(s),
                  last,
                  attention.k(),
                  attention.v());
          String expected = scale.text;
          check(attention.with(out, last), Pattern.SCALE_MISPLACED, expected);
        });
  }

  private static void check(AttentionCase attention, Pattern pattern, String text) {
    Optional<Corruption> found = Corruption.find(attention, WORKERS);
    String what = attention.q().dtype() + " " + attention.q().shape() + attention.k().shape();
    assertEquals(
        !text.isEmpty(),
        found.isPresent(),
        () -> what + " " + found + AttentionBound.all(attention, WORKERS));
    found.ifPresent(
        corruption -> {
          assertEquals(pattern, corruption.pattern(), what + corruption);
          assertTrue(corruption.text().contains(text), what + corruption);
          assertEquals(corruption.total(), corruption.explained());
        });
  }

  /** What is done to the rest. */
  enum Wrong {
    MASK_LATE(Pattern.MASK_WRONG, "1 keys too many"),
    MASK_MISSING(Pattern.MASK_WRONG, "the mask is missing"),
    SWAPPED(Pattern.KEYS_AND_VALUES_SWAPPED, "exchanged"),
    HEADS(Pattern.HEADS_PERMUTED, "heads of the output are permuted"),
    TRANSPOSED(Pattern.TRANSPOSED, "transposed");

    private final Pattern pattern;
    private final String text;

    Wrong(Pattern pattern, String text) {
      this.pattern = pattern;
      this.text = text;
    }
  }

  @ParameterizedTest
  @EnumSource(Wrong.class)
  void others(Wrong wrong) {
    forAll(
        (attention, last) -> {
          int n = attention.queries() * attention.d();
          int d = attention.d();
          int heads = attention.heads();
          double s = 1 / Math.sqrt(d);
          boolean masked = last[0] < attention.keys() - 1;
          int[] more =
              Arrays.stream(last).map(i -> Math.min(i + 1, attention.keys() - 1)).toArray();
          int[] all = Arrays.stream(last).map(_ -> attention.keys() - 1).toArray();
          Tensor right = attention.out(s, 1, last, attention.k(), attention.v());
          Tensor out =
              switch (wrong) {
                case MASK_LATE -> attention.out(s, 1, more, attention.k(), attention.v());
                case MASK_MISSING -> attention.out(s, 1, all, attention.k(), attention.v());
                case SWAPPED -> attention.out(s, 1, last, attention.v(), attention.k());
                case HEADS -> Damaged.moved(right, i -> (i / n + 1) % heads * n + i % n);
                case TRANSPOSED ->
                    Damaged.moved(
                        right,
                        i -> (i / d % heads * attention.queries() + i / d / heads) * d + i % d);
              };
          boolean damaged = masked || !wrong.name().startsWith("MASK");
          check(attention.with(out, last), wrong.pattern, damaged ? wrong.text : "");
        });
  }
}

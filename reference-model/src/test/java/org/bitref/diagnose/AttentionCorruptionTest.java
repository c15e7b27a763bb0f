package org.bitref.diagnose;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.bitref.bound.AttentionBounds;
import org.bitref.bound.AttentionCase;
import org.bitref.bound.Bounded;
import org.bitref.kernel.Workers;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.kernel.attention.AttentionKernel;
import org.bitref.kernel.attention.TiledAttentionKernel;
import org.bitref.operation.Attention;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Presets.Preset;
import org.bitref.recipe.StageRecipe;
import org.bitref.recipe.TiledAttentionRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

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

  /**
   * What is done to the scale s = 1/sqrt(D).
   *
   * @param text of the figures; empty if there is none
   */
  record Scale(String text, DoubleUnaryOperator onScores, DoubleUnaryOperator onOutput) {
    @Override
    public String toString() {
      return text;
    }
  }

  static List<Scale> scales() {
    return List.of(
        new Scale("", s -> s, _ -> 1),
        new Scale("SCALE_MISSING", _ -> 1, _ -> 1),
        new Scale("SCALE_SQUARED", s -> s * s, _ -> 1),
        new Scale("SCALE_ROOT", Math::sqrt, _ -> 1),
        new Scale("SCALE_INVERTED", s -> 1 / s, _ -> 1),
        new Scale("SCALE_ON_OUTPUT_ONLY", _ -> 1, s -> s),
        new Scale("SCALE_ON_OUTPUT_TOO", s -> s, s -> s));
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

  /** Causal attention as each library does it: all inside a bound, and some near one. */
  @Test
  void librariesRound() {
    double nearest = 0;
    for (Preset<StageRecipe> preset : Presets.ATTENTION.all()) {
      DType type = DType.of(preset.recipe().output());
      for (int seed = 0; seed < 3; seed++) {
        int d = seed % 2 == 0 ? 128 : 64;
        int tokens = 20 + 47 * seed;
        PlainAttention in = PlainAttention.random(new Random(seed), type, 2, 1, tokens, tokens, d);
        Tensor out = heads(run(preset, in), 2, tokens, d);
        int[] last = IntStream.range(0, tokens).toArray();
        AttentionCase attention = in.with(out, last);
        assertEquals(Optional.empty(), Corruption.find(attention, WORKERS), preset.name());
        List<Bounded> bounds = AttentionBounds.of(attention, WORKERS).all();
        assertEquals(0, bounds.getLast().outside(), preset.name());
        nearest = Math.max(nearest, bounds.get(1).worst());
      }
    }
    assertTrue(nearest > 0.1, "" + nearest);
  }

  private static Tensor run(Preset<StageRecipe> preset, PlainAttention in) {
    Tensor q = in.q().reshape(Shape.of(1, in.heads(), in.queries(), in.d()));
    Tensor k = in.k().reshape(Shape.of(1, in.kvHeads(), in.keys(), in.d()));
    Tensor v = in.v().reshape(Shape.of(1, in.kvHeads(), in.keys(), in.d()));
    AttentionFunction function = AttentionFunction.of(in.d());
    return switch (preset.recipe()) {
      case AttentionRecipe rows ->
          new AttentionKernel(rows).run(q, k, v, function, Optional.empty(), in.queries(), WORKERS);
      case TiledAttentionRecipe tiles ->
          new TiledAttentionKernel(tiles)
              .run(q, k, v, function, Optional.empty(), in.queries(), WORKERS);
      default -> throw new AssertionError(preset.name());
    };
  }

  /** What is damage under one function is none under another. */
  @Test
  void theModelsFunctionIsNoDamage() {
    PlainAttention in = PlainAttention.random(new Random(8), DType.F16, 2, 1, 40, 40, 64);
    Attention full =
        new Attention(
            in.q().reshape(Shape.of(1, 2, 40, 64)),
            in.k().reshape(Shape.of(1, 1, 40, 64)),
            in.v().reshape(Shape.of(1, 1, 40, 64)),
            Optional.empty());
    AttentionFunction base = full.function();
    StageRecipe recipe = Presets.ATTENTION.all().getFirst().recipe();
    for (AttentionFunction function :
        List.of(
            base.withWindow(7),
            base.withSoftcap(3),
            base.withSinks(List.of(4., 2.)),
            base.withWindow(20).withSoftcap(9).withSinks(List.of(4., 2.)))) {
      Attention other = full.withFunction(function);
      Tensor y = other.run(recipe, WORKERS);
      assertEquals(Optional.empty(), Corruption.find(AttentionCase.of(other, y), WORKERS));
      Corruption found = Corruption.find(AttentionCase.of(full, y), WORKERS).orElseThrow();
      boolean window = function.equals(base.withWindow(7));
      assertEquals(window, found.damage().equals(new Damage.Window(7)), found::toString);
      Tensor plain = full.run(recipe, WORKERS);
      assertTrue(Corruption.find(AttentionCase.of(other, plain), WORKERS).isPresent());
    }
  }

  /** [1, tokens, heads * d] to [heads, tokens, d]. */
  private static Tensor heads(Tensor rows, int heads, int tokens, int d) {
    Tensor shaped = rows.reshape(Shape.of(heads, tokens, d));
    return Damaged.moved(shaped, i -> (i / d % tokens * heads + i / d / tokens) * d + i % d);
  }

  @Test
  void notANumber() {
    PlainAttention in = PlainAttention.random(new Random(1), DType.BF16, 2, 1, 8, 16, 32);
    int[] last = IntStream.range(8, 16).toArray();
    Tensor right = in.out(1 / Math.sqrt(32), 1, last, in.k(), in.v());
    TensorBuilder out = new TensorBuilder(DType.BF16, right.shape());
    for (long i = 0; i < right.elements(); i++) {
      out.set(i, i / 32 == 3 ? Double.NaN : right.get(i));
    }
    Corruption found = Corruption.find(in.with(out.build(), last), WORKERS).orElseThrow();
    assertEquals(Pattern.NOT_A_NUMBER, found.pattern());
    assertEquals(new Damage.Special(32, Optional.empty(), Optional.empty()), found.damage());
  }

  @ParameterizedTest
  @MethodSource("scales")
  void aWrongScaleIsNamed(Scale scale) {
    forAll(
        (attention, last) -> {
          double s = 1 / Math.sqrt(attention.d());
          Tensor out =
              attention.out(
                  scale.onScores().applyAsDouble(s),
                  scale.onOutput().applyAsDouble(s),
                  last,
                  attention.k(),
                  attention.v());
          String expected = scale.text();
          check(attention.with(out, last), Pattern.SCALE_MISPLACED, expected);
        });
  }

  private static void check(AttentionCase attention, Pattern pattern, String text) {
    Optional<Corruption> found = Corruption.find(attention, WORKERS);
    String what = attention.q().dtype() + " " + attention.q().shape() + attention.k().shape();
    assertEquals(!text.isEmpty(), found.isPresent(), what);
    found.ifPresent(
        corruption -> {
          assertEquals(pattern, corruption.pattern(), what + corruption);
          assertTrue(corruption.damage().toString().contains(text), what + corruption);
          assertEquals(corruption.total(), corruption.explained());
        });
  }

  /** What is done to the rest. */
  enum Wrong {
    MASK_LATE(Pattern.MASK_WRONG, "MaskShifted[keys=1]"),
    MASK_MISSING(Pattern.MASK_WRONG, "MASK_MISSING"),
    SWAPPED(Pattern.KEYS_AND_VALUES_SWAPPED, "KEYS_AND_VALUES_EXCHANGED"),
    HEADS(Pattern.HEADS_PERMUTED, "Held["),
    TRANSPOSED(Pattern.TRANSPOSED, "HEADS_AND_TOKENS_TRANSPOSED");

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

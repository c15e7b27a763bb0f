package org.bitref.compare.verdict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.IntPredicate;
import org.bitref.compare.Comparer;
import org.bitref.compare.verdict.Form.Known;
import org.bitref.compare.verdict.Place.Part;
import org.bitref.compare.verdict.Place.Run;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What is not planted in the generated pairs of the command line's tests. */
class PairJudgeTest {
  private static final int TOKENS = 40;
  private static final int CHANNELS = 64;
  private static final KnownLengths HEADS_OF_16 =
      new KnownLengths(OptionalInt.empty(), OptionalInt.of(16));

  private static TensorVerdict judge(String name, Shape shape, float[] a, float[] b) {
    Tensor x = Tensor.ofFloats(shape, a);
    Tensor y = Tensor.ofFloats(shape, b);
    return PairJudge.judge(name, x, y, HEADS_OF_16, Comparer.compare(x, y));
  }

  private static float[] normal(int seed, int n) {
    Random random = new Random(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** Values whose index fits, times 1 + error · a normal number. */
  private static float[] noisy(float[] a, double error, IntPredicate where) {
    Random random = new Random(7);
    float[] b = a.clone();
    for (int i = 0; i < b.length; i++) {
      b[i] *= where.test(i) ? (float) (1 + error * random.nextGaussian()) : 1;
    }
    return b;
  }

  private static TensorVerdict hidden(float[] a, float[] b) {
    return judge("layers.1.hidden", Shape.of(1, TOKENS, CHANNELS), a, b);
  }

  private static Place tokens(int first, int last) {
    Part part = new Part(Axis.TOKEN, List.of(new Run(first, last, 1)));
    return new Place(OptionalInt.of(1), List.of(part));
  }

  /** Zeros in the tokens from 30 to 39 of the first of two heads. */
  private static TensorVerdict zeros(Shape shape, KnownLengths known) {
    float[] a = normal(3, (int) shape.elements());
    float[] b = a.clone();
    long[] dims = shape.dims();
    for (int i = 0; i < b.length; i++) {
      long second = i / dims[3] % dims[2];
      long first = i / dims[3] / dims[2];
      boolean tokensFirst = dims[1] > dims[2];
      long token = tokensFirst ? first : second;
      if ((tokensFirst ? second : first) == 0 && token >= 30 && token < 40) {
        b[i] = 0;
      }
    }
    Tensor x = Tensor.ofFloats(shape, a);
    Tensor y = Tensor.ofFloats(shape, b);
    return PairJudge.judge("kv.1.k", x, y, known, Comparer.compare(x, y));
  }

  @Test
  void aCacheWhoseTokensStandBeforeHeadsIsReadSo() {
    Part head = new Part(Axis.HEAD, List.of(new Run(0, 0, 1)));
    Part tokens = new Part(Axis.TOKEN, List.of(new Run(30, 39, 1)));
    KnownLengths of60 = new KnownLengths(OptionalInt.of(60), OptionalInt.empty());
    KnownLengths none = KnownLengths.NONE;
    List<Part> plan = List.of(head, tokens);
    List<Part> other = List.of(tokens, head);
    assertEquals(plan, zeros(Shape.of(1, 2, 60, 16), none).place().orElseThrow().parts());
    assertEquals(plan, zeros(Shape.of(1, 2, 60, 16), of60).place().orElseThrow().parts());
    assertEquals(other, zeros(Shape.of(1, 60, 2, 16), of60).place().orElseThrow().parts());
    assertEquals(other, zeros(Shape.of(1, 160, 2, 16), none).place().orElseThrow().parts());
  }

  /** Eight bits and one scale for each token of a head: one value of a small channel is lost. */
  @Test
  void fewBitsWithAScaleForEachTokenAreRounding() {
    Shape shape = Shape.of(1, 8, 96, 128);
    int channels = 128;
    Random random = new Random(5);
    double[] sizes = new double[channels];
    Arrays.setAll(sizes, _ -> Math.exp(0.6 * random.nextGaussian()));
    Random values = new Random(55);
    float[] a = new float[(int) shape.elements()];
    float[] b = new float[a.length];
    for (int row = 0; row < a.length; row += channels) {
      double size = Math.exp(0.4 * new Random(row / channels).nextGaussian());
      float largest = 0;
      for (int i = row; i < row + channels; i++) {
        a[i] = (float) (values.nextGaussian() * (sizes[i - row] * size));
        largest = Math.max(largest, Math.abs(a[i]));
      }
      for (int i = row; i < row + channels; i++) {
        b[i] = Math.round(a[i] / (largest / 127)) * (largest / 127);
      }
    }
    TensorVerdict verdict = judge("kv.1.k", shape, a, b);
    assertEquals(Verdict.ROUNDING, verdict.verdict(), verdict.toString());
  }

  @Test
  void fewValuesAreNotJudged() {
    TensorVerdict far = judge("x", Shape.of(1, 2), new float[] {1, 2}, new float[] {1, 3});
    assertEquals(Verdict.UNDECIDED, far.verdict());
    assertEquals(Optional.of(Known.FEW_VALUES), far.form());
    float[] near = {1, Math.nextUp(2f)};
    assertEquals(Verdict.ROUNDING, judge("x", Shape.of(1, 2), new float[] {1, 2}, near).verdict());
    assertEquals(Verdict.EQUAL, judge("x", Shape.of(1, 2), near, near.clone()).verdict());
  }

  @Test
  void attentionHandsARoundingOnToLaterTokens() {
    float[] a = normal(1, TOKENS * CHANNELS);
    TensorVerdict late = hidden(a, noisy(a, 0.01, i -> i / CHANNELS >= 9));
    assertEquals(Verdict.ROUNDING, late.verdict());
    assertEquals(Optional.of(tokens(9, TOKENS - 1)), late.place());
    TensorVerdict amid = hidden(a, noisy(a, 0.01, i -> i / CHANNELS >= 9 && i / CHANNELS < 14));
    assertEquals(Verdict.STRUCTURED, amid.verdict());
    assertEquals(Optional.of(tokens(9, 13)), amid.place());
    assertEquals(Optional.of(Known.CONFINED), amid.form());
  }

  /** A row's scale rounded otherwise moves all of it by an ULP or two. */
  @Test
  void aRowThatAloneIsRoundedOtherwiseIsRounding() {
    float[] a = normal(2, TOKENS * CHANNELS);
    float[] b = a.clone();
    for (int i = 5 * CHANNELS; i < 6 * CHANNELS; i++) {
      b[i] = Math.nextUp(b[i]);
    }
    TensorVerdict row = hidden(a, b);
    assertEquals(Verdict.ROUNDING, row.verdict());
    assertEquals(Optional.of(tokens(5, 5)), row.place());
  }

  /** Truncating 8 bits of both factors of a product makes it smaller by 2^-7 on average. */
  @Test
  void truncationIsNoFactor() {
    float[] a = normal(3, TOKENS * CHANNELS);
    float[] b = a.clone();
    for (int i = 0; i < b.length; i++) {
      b[i] *= 1 - 0x1p-7f;
    }
    assertEquals(Verdict.ROUNDING, hidden(a, b).verdict());
    for (int i = 0; i < b.length; i++) {
      b[i] = a[i] * (1 - 0x1p-5f);
    }
    Form form = hidden(a, b).form().orElseThrow();
    assertTrue(form instanceof Form.Factor, form.toString());
  }

  @Test
  void aCrossingOfZeroIsNoDamage() {
    float[] a = normal(4, TOKENS * CHANNELS);
    float[] b = noisy(a, 0.001, _ -> true);
    a[77] = 1e-6f;
    b[77] = -1e-3f;
    assertEquals(TensorVerdict.of(Verdict.ROUNDING, hidden(a, b).level()), hidden(a, b));
    b[77] = -2;
    TensorVerdict flipped = hidden(a, b);
    assertEquals(Verdict.CORRUPT, flipped.verdict());
    Place place =
        new Place(
            OptionalInt.of(1),
            List.of(
                new Part(Axis.TOKEN, List.of(new Run(1, 1, 1))),
                new Part(Axis.CHANNEL, List.of(new Run(13, 13, 1)))));
    assertEquals(Optional.of(place), flipped.place());
  }

  @Test
  void headsOfProjectionsAreNamedWhereTheirLengthIsKnown() {
    float[] a = normal(5, TOKENS * CHANNELS);
    float[] b = a.clone();
    for (int i = 0; i < b.length; i++) {
      b[i] = i % CHANNELS / 16 == 2 ? 0 : b[i];
    }
    TensorVerdict zeros = judge("layers.1.q_proj", Shape.of(1, TOKENS, CHANNELS), a, b);
    assertEquals(Optional.of(Known.ZEROS_IN_B), zeros.form());
    Part head = new Part(Axis.HEAD, List.of(new Run(2, 2, 1)));
    assertEquals(List.of(head), zeros.place().orElseThrow().parts());
    Part channels = new Part(Axis.CHANNEL, List.of(new Run(32, 47, 1)));
    assertEquals(List.of(channels), hidden(a, b).place().orElseThrow().parts());
  }

  /** Three heads do not tell how far a fourth may be off. */
  @Test
  void oneOfFewLinesDoesNotStandOut() {
    float[] a = normal(6, TOKENS * CHANNELS);
    float[] b = noisy(noisy(a, 0.001, _ -> true), 0.02, i -> i % CHANNELS / 16 == 2);
    Shape shape = Shape.of(1, TOKENS, CHANNELS);
    assertEquals(Verdict.ROUNDING, judge("layers.1.q_proj", shape, a, b).verdict());
    TensorVerdict channels = judge("layers.1.hidden", shape, a, b);
    assertEquals(Verdict.STRUCTURED, channels.verdict());
    assertEquals(Optional.of(Known.LARGER), channels.form());
  }

  @Test
  void wholeNumbersAreUndecidedUnlessAPlaceIsFull() {
    long[] a = new Random(8).longs(400, 0, 1000).toArray();
    long[] b = a.clone();
    b[3] = 5000;
    Tensor x = Tensor.ofLongs(Shape.of(1, 400), a);
    Tensor one = Tensor.ofLongs(Shape.of(1, 400), b);
    TensorVerdict single =
        PairJudge.judge("ids", x, one, KnownLengths.NONE, Comparer.compare(x, one));
    assertEquals(Verdict.UNDECIDED, single.verdict());
    assertEquals(Optional.of(Known.OTHER_NUMBERS), single.form());
    long[] c = a.clone();
    Arrays.setAll(c, i -> i >= 100 && i < 160 ? 2000 + (i * 7919) % 1000 : c[i]);
    Tensor many = Tensor.ofLongs(Shape.of(1, 400), c);
    TensorVerdict block =
        PairJudge.judge("ids", x, many, KnownLengths.NONE, Comparer.compare(x, many));
    assertEquals(Verdict.STRUCTURED, block.verdict());
    Part columns = new Part(Axis.COLUMN, List.of(new Run(100, 159, 1)));
    assertEquals(List.of(columns), block.place().orElseThrow().parts());
  }
}

package org.bitref.compare;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bitref.compare.TokenDistance.Nearer;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;

class TokenDistanceTest {
  /** [2 sequences, 3 heads, 5 tokens, 4 channels]. */
  private static final Shape SHAPE = Shape.of(2, 3, 5, 4);

  private static final int SIZE = 120;

  private static float[] zeros() {
    return new float[SIZE];
  }

  private static int at(int batch, int head, int token, int channel) {
    return ((batch * 3 + head) * 5 + token) * 4 + channel;
  }

  private static TokenDistance distance(float[] a, float[] b) {
    return TokenDistance.of(Tensor.ofFloats(SHAPE, a), Tensor.ofFloats(SHAPE, b));
  }

  @Test
  void tokensOfEverySequenceGatherHeadsAndChannels() {
    float[] b = zeros();
    b[at(0, 0, 1, 0)] = 1;
    b[at(0, 2, 1, 3)] = -2;
    b[at(1, 1, 4, 2)] = 4;
    TokenDistance d = distance(zeros(), b);
    assertArrayEquals(new double[] {0, 3, 0, 0, 0, 0, 0, 0, 0, 4}, d.absolute());
    assertEquals(SIZE - 3, d.equal());
    assertEquals(7.0 / SIZE, d.meanAbs());
    assertEquals(Math.sqrt(21.0 / SIZE), d.rms());
    assertEquals(Double.NaN, d.cosine());
    TokenDistance twice = TokenDistance.sum(List.of(d, d));
    assertEquals(d.meanAbs(), twice.meanAbs());
    assertEquals(2 * SIZE, twice.total());
    assertArrayEquals(new double[] {0, 6, 0, 0, 0, 0, 0, 0, 0, 8}, twice.absolute());
  }

  @Test
  void theStandardErrorIsThatOfTheDifferencesBetweenTokens() {
    float[] near = zeros();
    float[] far = zeros();
    for (int token = 0; token < 5; token++) {
      for (int batch = 0; batch < 2; batch++) {
        near[at(batch, 0, token, 0)] = 12;
        far[at(batch, 0, token, 0)] = 12 + 12 * token;
      }
    }
    TokenDistance n = distance(zeros(), near);
    TokenDistance f = distance(zeros(), far);
    // Twelve values a token: differences 0, 1, 2, 3, 4, twice. Squares about 2 add up to 20.
    assertEquals(2, f.excess(n));
    assertEquals(Math.sqrt(20.0 / 9 / 10), f.standardError(n));
    assertEquals(Nearer.FIRST, TokenDistance.nearer(n, f));
    assertEquals(Nearer.SECOND, TokenDistance.nearer(f, n));
  }

  @Test
  void whatTokensDoNotTellApartIsATie() {
    // Errors of one distribution: 200 draws, of which two standard errors miss about one in 20.
    Random random = new Random(1);
    int ties = 0;
    for (int draw = 0; draw < 200; draw++) {
      float[] b = zeros();
      float[] c = zeros();
      for (int i = 0; i < SIZE; i++) {
        b[i] = (float) random.nextGaussian();
        c[i] = (float) random.nextGaussian();
      }
      ties +=
          TokenDistance.nearer(distance(zeros(), b), distance(zeros(), c)) == Nearer.SAME ? 1 : 0;
    }
    // Student's t with 9 degrees of freedom exceeds 2 in 7.7 of 100: 15.3 of 200, and four
    // standard deviations of that binomial are 15.
    assertTrue(ties >= 200 - 31 && ties < 200, "ties " + ties);
  }

  @Test
  void whatIsEqualIsNearerThanWhatDiffersAtOneToken() {
    float[] one = zeros();
    one[at(0, 0, 3, 0)] = 1;
    TokenDistance equal = distance(zeros(), zeros());
    TokenDistance almost = distance(zeros(), one);
    assertEquals(almost.excess(equal), almost.standardError(equal), 0x1p-54);
    assertEquals(Nearer.FIRST, TokenDistance.nearer(equal, almost));
    assertEquals(Nearer.SECOND, TokenDistance.nearer(almost, equal));
    assertEquals(Nearer.SAME, TokenDistance.nearer(almost, almost));
  }

  @Test
  void notANumberIsInfinitelyFarFromOne() {
    float[] nan = zeros();
    Arrays.fill(nan, Float.NaN);
    float[] ones = zeros();
    Arrays.fill(ones, 1);
    TokenDistance far = distance(zeros(), nan);
    assertEquals(Double.POSITIVE_INFINITY, far.meanAbs());
    assertEquals(Nearer.FIRST, TokenDistance.nearer(distance(zeros(), ones), far));
    assertEquals(Nearer.SAME, TokenDistance.nearer(far, far));
    assertEquals(0, distance(nan, nan).meanAbs());
    assertTrue(distance(nan, nan).isZero());
  }

  @Test
  void zerosOfTwoSignsAreNoDistanceButUnequal() {
    float[] negative = zeros();
    Arrays.fill(negative, -0f);
    TokenDistance d = distance(zeros(), negative);
    assertEquals(0, d.meanAbs());
    assertEquals(0, d.equal());
    assertEquals(Nearer.FIRST, TokenDistance.nearer(distance(zeros(), zeros()), d));
  }

  @Test
  void aSingleTokenShowsNoSpread() {
    Shape one = Shape.of(3, 1, 4);
    Tensor a = Tensor.ofFloats(one, new float[12]);
    float[] values = new float[12];
    values[0] = 1;
    TokenDistance near = TokenDistance.of(a, Tensor.ofFloats(one, values.clone()));
    values[1] = 1;
    TokenDistance far = TokenDistance.of(a, Tensor.ofFloats(one, values));
    assertEquals(Nearer.SAME, TokenDistance.nearer(near, far));
  }

  @Test
  void otherTokensAreRefused() {
    TokenDistance five = distance(zeros(), zeros());
    Tensor four = Tensor.ofFloats(Shape.of(1, 4, 4), new float[16]);
    TokenDistance other = TokenDistance.of(four, four);
    assertThrows(IllegalArgumentException.class, () -> TokenDistance.sum(List.of(five, other)));
    assertThrows(IllegalArgumentException.class, () -> TokenDistance.sum(List.of()));
    Tensor flat = Tensor.ofFloats(Shape.of(4, 4), new float[16]);
    assertThrows(IllegalArgumentException.class, () -> TokenDistance.of(flat, flat));
  }
}

package org.bitref.replay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.IntStream;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tokens, heads and their elements keep their places. */
final class RowsTest {
  private static final int BATCH = 2;
  private static final int HEADS = 3;
  private static final int TOKENS = 4;
  private static final int D = 5;
  private static final Shape OUTER = Shape.of(BATCH, HEADS, TOKENS, D);

  /** Element i is i. */
  private static Tensor counted(Shape shape) {
    return Tensor.ofDoubles(
        shape, IntStream.range(0, (int) shape.elements()).asDoubleStream().toArray());
  }

  /** Channel c of token t is 100 t + c. */
  private static Rows numbered(int tokens, int width) {
    double[] values = new double[tokens * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = 100 * (i / width) + i % width;
    }
    return new Rows(tokens, width, values);
  }

  @Test
  void headsBeforeTokensAreJoinedTokenByToken() {
    Rows rows = Rows.of(counted(OUTER), BATCH * TOKENS, BATCH * TOKENS, true);
    assertEquals(BATCH * TOKENS, rows.tokens());
    assertEquals(HEADS * D, rows.width());
    int next = 0;
    for (int b = 0; b < BATCH; b++) {
      for (int head = 0; head < HEADS; head++) {
        for (int s = 0; s < TOKENS; s++) {
          for (int i = 0; i < D; i++) {
            assertEquals(next++, rows.get(b * TOKENS + s, head * D + i));
          }
        }
      }
    }
  }

  @Test
  void theWayBackIsTheInverse() {
    Tensor tensor = counted(OUTER);
    Tensor back = Rows.of(tensor, BATCH * TOKENS, BATCH * TOKENS, true).tensor(OUTER, true);
    assertEquals(OUTER, back.shape());
    assertArrayEquals(tensor.toDoubles(), back.toDoubles());
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void tokensBeforeHeadsStayAsTheyAre(boolean outer) {
    Shape shape = outer ? Shape.of(BATCH, TOKENS, HEADS * D) : Shape.of(BATCH, TOKENS, HEADS, D);
    Tensor tensor = counted(shape);
    Rows rows = Rows.of(tensor, BATCH * TOKENS, BATCH * TOKENS, outer);
    assertArrayEquals(tensor.toDoubles(), rows.values());
    assertArrayEquals(tensor.toDoubles(), rows.tensor(shape, outer).toDoubles());
  }

  @Test
  void theFirstTokensAreTheFirstOfEveryHead() {
    Shape shape = Shape.of(1, HEADS, TOKENS, D);
    Rows all = Rows.of(counted(shape), TOKENS, TOKENS, true);
    Rows first = Rows.of(counted(shape), TOKENS, 2, true);
    assertEquals(2, first.tokens());
    for (int t = 0; t < 2; t++) {
      for (int i = 0; i < HEADS * D; i++) {
        assertEquals(all.get(t, i), first.get(t, i));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "-1", "2", "0", "-3", "4"})
  void everySequenceMovesByItself(int by) {
    Rows rows = numbered(BATCH * TOKENS, 2);
    Rows moved = rows.later(by, TOKENS);
    for (int b = 0; b < BATCH; b++) {
      for (int s = 0; s < TOKENS; s++) {
        boolean inside = s - by >= 0 && s - by < TOKENS;
        for (int i = 0; i < 2; i++) {
          double expected = inside ? rows.get(b * TOKENS + s - by, i) : 0;
          assertEquals(expected, moved.get(b * TOKENS + s, i), "token " + s + " by " + by);
        }
      }
    }
  }

  @Test
  void blocksComeFromWhereTheOrderSays() {
    Rows turned = numbered(2, 6).blocks(2, block -> (block + 1) % 3);
    assertArrayEquals(
        new double[] {2, 3, 4, 5, 0, 1, 102, 103, 104, 105, 100, 101}, turned.values());
  }

  @ParameterizedTest
  @CsvSource({"REVERSED,'2,1,0'", "TURNED,'2,0,1'", "SWAPPED,'1,0,2'"})
  void headsTurnAsTheirNamesSay(Turn turn, String order) {
    double[] heads = numbered(1, HEADS).blocks(1, turn.order(HEADS)).values();
    double[] expected =
        java.util.Arrays.stream(order.split(",")).mapToDouble(Double::parseDouble).toArray();
    assertArrayEquals(expected, heads);
  }

  /** A file may hold a sample of columns of one term. */
  @Test
  void termsOfOtherSizesCannotBeAdded() {
    Rows whole = Rows.zeros(2, 6);
    for (Rows part : List.of(Rows.zeros(2, 4), Rows.zeros(1, 6))) {
      assertThrows(NotReplayable.class, () -> whole.plus(1, 1, part));
      assertThrows(NotReplayable.class, () -> whole.times(part));
    }
  }
}

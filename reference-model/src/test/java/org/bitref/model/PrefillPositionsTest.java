package org.bitref.model;

import static org.bitref.model.PrefillInputsTest.CHECK;
import static org.bitref.model.PrefillInputsTest.assertRefused;
import static org.bitref.model.PrefillInputsTest.cached;
import static org.bitref.model.PrefillInputsTest.counting;
import static org.bitref.model.PrefillInputsTest.prompt;
import static org.bitref.model.PrefillInputsTest.read;
import static org.bitref.model.PrefillInputsTest.with;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The layouts of position_ids, and what happens without them. */
final class PrefillPositionsTest {
  /** Shape of position_ids for B and S; where T starts in it, and by how much H lies after T. */
  @ParameterizedTest
  @CsvSource({
    "3x2x5, 2, 5, 0, 10",
    "4x2x5, 2, 5, 10, 10",
    "2x5, 2, 5, 0, 0",
    "1x5, 1, 5, 0, 0",
    "3x5, 1, 5, 0, 5",
    "3x1x5, 1, 5, 0, 5",
    "4x1x5, 1, 5, 5, 5",
    "3x5, 3, 5, 0, 0",
    "4x5, 4, 5, 0, 0",
    "3x3x5, 3, 5, 0, 15",
    "4x4x5, 4, 5, 20, 20",
    "3x1, 1, 1, 0, 1",
    "3x3, 3, 3, 0, 0",
    "3x3, 1, 3, 0, 3"
  })
  void layoutsOfPositions(String shape, int batch, int tokens, int first, int step) {
    Map<String, Tensor> prompt = prompt(batch, tokens);
    prompt.put("position_ids", counting(dims(shape)));
    PrefillInputs inputs = read(prompt);
    assertEquals(3, inputs.positions().length);
    for (int axis = 0; axis < 3; axis++) {
      long[] expected = new long[batch * tokens];
      for (int i = 0; i < expected.length; i++) {
        expected[i] = first + (long) axis * step + i;
      }
      assertArrayEquals(expected, inputs.positions()[axis]);
    }
  }

  private static long[] dims(String shape) {
    return java.util.Arrays.stream(shape.split("x")).mapToLong(Long::parseLong).toArray();
  }

  @ParameterizedTest
  @CsvSource({
    "5, 1, 5",
    "4x5, 1, 5",
    "3x5, 2, 5",
    "4x5, 2, 5",
    "2x2x5, 2, 5",
    "3x5x2, 2, 5",
    "5x2x5, 2, 5",
    "1x5, 2, 5",
    "3x4, 1, 5",
    "1x3x2x5, 2, 5",
    "2x5, 1, 5",
    "0x5, 1, 5"
  })
  void otherLayoutsAreRefused(String shape, int batch, int tokens) {
    Map<String, Tensor> prompt = prompt(batch, tokens);
    prompt.put("position_ids", counting(dims(shape)));
    assertRefused(
        "position_ids",
        "has shape "
            + Shape.of(dims(shape))
            + (" for B = " + batch + ", S = " + tokens + ". It must be [3, B, S] or [4, B, S], or")
            + " [B, S], or [3, S] where B = 1.",
        prompt);
  }

  @Test
  void positionsAreWholeNumbers() {
    assertRefused(
        "position_ids",
        "has dtype F32. It must have an integer type such as I64.",
        with(prompt(1, 5), "position_ids", TinyModel.random(1, 3, 1, 5)));
    Tensor bytes = Tensor.ofBytes(DType.U8, Shape.of(1, 2), new byte[] {(byte) 200, 3});
    assertArrayEquals(
        new long[] {200, 3}, read(with(prompt(1, 2), "position_ids", bytes)).positions()[2]);
  }

  @ParameterizedTest
  @CsvSource({"-1, 5", "-5, 0", "4611686018427387904, 3", "16777217, 4", "-9223372036854775808, 5"})
  void noPositionIsNegativeOrBeyondFloat32(long position, int at) {
    Map<String, Tensor> prompt = prompt(2, 3);
    long[] ids = {0, 1, 2, 0, 1, 1 << 24};
    prompt.put("position_ids", Tensor.ofLongs(Shape.of(2, 3), ids));
    assertEquals(1 << 24, read(prompt).positions()[0][5]);
    ids[at] = position;
    prompt.put("position_ids", Tensor.ofLongs(Shape.of(2, 3), ids));
    assertRefused(
        "position_ids",
        "holds %s for token %s of sequence %s, which is no position from 0 to 2^24"
                .formatted(position, at % 3, at / 3)
            + ". Check the tensor's type and layout, or leave it out where input_ids are given.",
        prompt);
    long[] mask = {1, 1, 1, 1, 1, 1};
    mask[at] = 0;
    prompt.put("attention_mask", Tensor.ofLongs(Shape.of(2, 3), mask));
    assertEquals(position, read(prompt).positions()[0][at]);
  }

  /** The mask counts the tokens of the cache, too. */
  @Test
  void positionsOfPaddingAfterACache() {
    Map<String, Tensor> prompt = cached(prompt(2, 3), 2, 2, 4, 8);
    prompt.put("position_ids", Tensor.ofLongs(Shape.of(2, 3), 4, 5, 6, -1, 0, 1));
    prompt.put("attention_mask", Tensor.ofLongs(Shape.of(2, 3), 1, 1, 1, 0, 1, 1));
    assertEquals(-1, read(prompt).positions()[0][3]);
    prompt.put("attention_mask", Tensor.ofLongs(Shape.of(2, 3), 1, 1, 1, 1, 0, 1));
    assertRefused(
        "position_ids",
        "holds -1 for token 0 of sequence 1, which is no position from 0 to 2^24. Check the"
            + " tensor's type and layout, or leave it out where input_ids are given.",
        prompt);
  }

  @Test
  void withoutPositionsIdsMustSayWhatIsVisual() {
    Map<String, Tensor> prompt = prompt(1, 3);
    prompt.remove("position_ids");
    assertRefused(
        "position_ids",
        "is missing. Add position_ids [3, B, S], or input_ids with image_grid_thw to derive them.",
        prompt);
    prompt.put("input_ids", Tensor.ofLongs(Shape.of(1, 3), 7, 8, 9));
    assertArrayEquals(new long[] {0, 1, 2}, read(prompt).positions()[1]);
    prompt.put("attention_mask", Tensor.ofLongs(Shape.of(1, 3), 0, 1, 1));
    assertArrayEquals(new long[] {1, 0, 1}, read(prompt).positions()[1]);
    prompt.put("image_grid_thw", Tensor.ofLongs(Shape.of(3), 1, 2, 2));
    assertRefused("image_grid_thw", "has shape [3] where [0, 3]" + CHECK, prompt);
  }

  @Test
  void positionsAfterACacheMustBeGiven() {
    Map<String, Tensor> prompt = cached(prompt(1, 3), 1, 2, 4, 8);
    prompt.put("input_ids", counting(1, 3));
    prompt.remove("position_ids");
    assertRefused(
        "position_ids",
        "is missing. Add position_ids [3, B, S], or input_ids with image_grid_thw to derive them.",
        prompt);
  }
}

package org.bitref.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.model.ModelConfig.VisionTokens;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class RopeIndexTest {
  private static final VisionTokens QWEN = VisionTokens.QWEN3_VL;
  private static final long IMAGE = QWEN.image();
  private static final long VIDEO = QWEN.video();

  private static RopeIndex of(
      int batch, long[] ids, List<long[]> images, List<long[]> videos, boolean... mask) {
    Tensor tensor = Tensor.ofLongs(Shape.of(batch, ids.length / batch), ids);
    Optional<boolean[]> visible = mask.length == 0 ? Optional.empty() : Optional.of(mask);
    return RopeIndex.of(tensor, images, videos, visible, QWEN, "ids.npy");
  }

  private static String refusal(long[] ids, List<long[]> images, List<long[]> videos) {
    return assertThrows(BadInputException.class, () -> of(1, ids, images, videos)).getMessage();
  }

  private static void assertPositions(RopeIndex index, long[] t, long[] h, long[] w) {
    assertArrayEquals(t, index.positions()[0], "T");
    assertArrayEquals(h, index.positions()[1], "H");
    assertArrayEquals(w, index.positions()[2], "W");
  }

  /** Every position of the prompt with 16 images. */
  @Test
  void thePromptOf3006Tokens() {
    long[] ids = new long[3006];
    long[][] expected = new long[3][3006];
    long text = 0;
    for (int i = 0; i < 3006; i++) {
      int image = (i - 21) / 182;
      int inside = (i - 21) % 182;
      boolean visual = i >= 21 && image < 16 && inside < 180;
      ids[i] = visual ? IMAGE : 7;
      if (visual) {
        long start = 21 + 20L * image;
        expected[0][i] = start;
        expected[1][i] = start + inside / 18;
        expected[2][i] = start + inside % 18;
        text = start + 18;
      } else {
        for (int axis = 0; axis < 3; axis++) {
          expected[axis][i] = text;
        }
        text++;
      }
    }
    assertEquals(16 * 180, java.util.Arrays.stream(ids).filter(id -> id == IMAGE).count());
    RopeIndex index = of(1, ids, Collections.nCopies(16, new long[] {1, 20, 36}), List.of());
    assertPositions(index, expected[0], expected[1], expected[2]);
    assertEquals(20, index.positions()[0][20]);
    assertEquals(339, index.positions()[0][3006 - 75]);
    assertEquals(413, index.positions()[0][3005]);
    assertArrayEquals(new long[] {-2592}, index.deltas());
  }

  @Test
  void textCountsUp() {
    RopeIndex index = of(1, new long[] {5, 6, QWEN.visionStart(), 8}, List.of(), List.of());
    long[] ramp = {0, 1, 2, 3};
    assertPositions(index, ramp, ramp, ramp);
    assertArrayEquals(new long[] {0}, index.deltas());
  }

  @Test
  void paddingIsSkippedAndHasPositionOne() {
    RopeIndex left =
        of(
            2,
            new long[] {0, 0, 5, 6, 7, 8, 9, 3},
            List.of(),
            List.of(),
            false,
            false,
            true,
            true,
            true,
            true,
            true,
            true);
    long[] expected = {1, 1, 0, 1, 0, 1, 2, 3};
    assertPositions(left, expected, expected, expected);
    assertArrayEquals(new long[] {-2, 0}, left.deltas());
    long[] image = {0, IMAGE, IMAGE, 5, 0};
    RopeIndex around =
        of(1, image, List.of(new long[] {1, 2, 4}), List.of(), false, true, true, true, false);
    assertPositions(
        around, new long[] {1, 0, 0, 2, 1}, new long[] {1, 0, 0, 2, 1}, new long[] {1, 0, 1, 2, 1});
    assertArrayEquals(new long[] {-2}, around.deltas());
    RopeIndex nothing = of(1, new long[] {4, 4}, List.of(), List.of(), false, false);
    assertPositions(nothing, new long[] {1, 1}, new long[] {1, 1}, new long[] {1, 1});
    assertArrayEquals(new long[] {-2}, nothing.deltas());
  }

  /** Time enters as text between the frames; each frame starts where the text stopped. */
  @Test
  void framesOfAVideoAreImagesOfTheirOwn() {
    long[] ids = {3, VIDEO, VIDEO, 4, VIDEO, VIDEO, 5, IMAGE, IMAGE, IMAGE, IMAGE, VIDEO, 6};
    RopeIndex index =
        of(
            1,
            ids,
            List.of(new long[] {1, 8, 2}),
            List.of(new long[] {2, 2, 4}, new long[] {1, 2, 2}));
    assertPositions(
        index,
        new long[] {0, 1, 1, 3, 4, 4, 6, 7, 7, 7, 7, 11, 12},
        new long[] {0, 1, 1, 3, 4, 4, 6, 7, 8, 9, 10, 11, 12},
        new long[] {0, 1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 11, 12});
    assertArrayEquals(new long[] {0}, index.deltas());
  }

  /** Images run on from sequence to sequence; one of several frames is walked frame by frame. */
  @Test
  void sequencesOfABatchTakeTheirImagesInOrder() {
    long[] ids = {IMAGE, IMAGE, 1, 2, 3, 4, 9, IMAGE, IMAGE, IMAGE, IMAGE, 8};
    RopeIndex index = of(2, ids, List.of(new long[] {1, 4, 2}, new long[] {2, 2, 4}), List.of());
    assertPositions(
        index,
        new long[] {0, 0, 2, 3, 4, 5, 0, 1, 1, 2, 2, 3},
        new long[] {0, 1, 2, 3, 4, 5, 0, 1, 1, 1, 1, 3},
        new long[] {0, 0, 2, 3, 4, 5, 0, 1, 2, 1, 2, 3});
    assertArrayEquals(new long[] {0, -2}, index.deltas());
  }

  @Test
  void imagesWithoutTextBetweenThemAreParted() {
    List<long[]> images = new ArrayList<>();
    images.add(new long[] {1, 2, 4});
    images.add(new long[] {1, 4, 2});
    RopeIndex index = of(1, new long[] {IMAGE, IMAGE, IMAGE, IMAGE}, images, List.of());
    assertPositions(
        index, new long[] {0, 0, 2, 2}, new long[] {0, 0, 2, 3}, new long[] {0, 1, 2, 2});
  }

  @Test
  void gridsAndRunsMustAgree() {
    long[] two = {4, IMAGE, IMAGE, 5, IMAGE};
    long[] grid = {1, 2, 4};
    assertEquals(
        "ids.npy: tensor \"input_ids\": token 4 starts a visual that image_grid_thw has no entry"
            + " for. Give one (t, h, w) row per image or video.",
        refusal(two, List.of(grid), List.of()));
    assertEquals(
        "ids.npy: tensor \"input_ids\": token 1 starts a visual that video_grid_thw has no entry"
            + " for. Give one (t, h, w) row per image or video.",
        refusal(new long[] {4, VIDEO}, List.of(grid), List.of()));
    assertEquals(
        "ids.npy: tensor \"image_grid_thw\": has 3 images where input_ids has 1."
            + " Check that the grids belong to these ids.",
        refusal(new long[] {IMAGE, IMAGE, 3}, List.of(grid, grid, grid), List.of()));
    assertEquals(
        "ids.npy: tensor \"video_grid_thw\": has 3 video frames where input_ids has 1."
            + " Check that the grids belong to these ids.",
        refusal(new long[] {VIDEO, VIDEO, 3}, List.of(), List.of(new long[] {3, 2, 4})));
    String mismatch =
        "ids.npy: tensor \"input_ids\": at token %d the run of visual tokens is not the %d of its"
            + " grid. Check that image_grid_thw and video_grid_thw belong to these ids.";
    assertEquals(
        String.format(mismatch, 2, 2), refusal(new long[] {3, IMAGE, 4}, List.of(grid), List.of()));
    assertEquals(
        String.format(mismatch, 1, 2), refusal(new long[] {3, IMAGE}, List.of(grid), List.of()));
    assertEquals(
        String.format(mismatch, 1, 2),
        refusal(new long[] {IMAGE, VIDEO}, List.of(grid), List.of(grid)));
    assertEquals(
        String.format(mismatch, 0, 0),
        refusal(new long[] {IMAGE}, List.of(new long[] {1, 1, 2}), List.of()));
  }

  /** Two negative sides would make a positive count; a long video would fill the memory. */
  @Test
  void gridsHavePossibleSides() {
    String format =
        "ids.npy: tensor \"%s\": holds %s, of which %d is no possible length. Each row is"
            + " (t, h, w) in patches, and belongs to visual tokens of input_ids.";
    assertEquals(
        String.format(format, "image_grid_thw", "[-1, -2, 2]", -1),
        refusal(new long[] {IMAGE}, List.of(new long[] {-1, -2, 2}), List.of()));
    assertEquals(
        String.format(format, "video_grid_thw", "[1000000000000000, 2, 2]", 1000000000000000L),
        refusal(new long[] {VIDEO}, List.of(), List.of(new long[] {1000000000000000L, 2, 2})));
  }
}

package org.bitref.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.model.ModelConfig.VisionTokens;
import org.bitref.tensor.Tensor;

/**
 * The three position ids of every token, from token ids and image sizes (section 4.1 of the prefill
 * specification; {@code get_rope_index} of transformers 4.57).
 *
 * @param positions temporal, height and width, [3][B * S]; padding has position 1
 * @param deltas per sequence, largest position + 1 - S: what to add to a cache position when
 *     decoding
 */
public record RopeIndex(long[][] positions, long[] deltas) {

  /**
   * Walks each sequence from left to right: a run of text counts on, the same on all three axes; an
   * image of t x h x w tokens takes its frame, row and column, each counted from where the text
   * stopped. Frames of a video are images of their own.
   *
   * @param ids [B, S]
   * @param images per image the patch grid (t, h, w), before patches are merged
   * @param videos per video the patch grid (frames, h, w)
   * @param mask [B * S], false for padding; empty if there is none
   * @param source name of the ids' file, for messages
   * @throws BadInputException if the image tokens do not fit the grids
   */
  public static RopeIndex of(
      Tensor ids,
      List<long[]> images,
      List<long[]> videos,
      Optional<boolean[]> mask,
      VisionTokens vision,
      String source) {
    long most = ids.elements() * vision.spatialMerge();
    check("image_grid_thw", images, most, source);
    check("video_grid_thw", videos, most, source);
    int batch = ids.shape().intDim(0);
    int length = ids.shape().intDim(1);
    long[][] positions = new long[3][batch * length];
    long[] deltas = new long[batch];
    Walk walk = new Walk(positions, merged(images, vision), frames(videos, vision), vision, source);
    for (int b = 0; b < batch; b++) {
      int row = b * length;
      deltas[b] = walk.sequence(ids, mask, row, length) - length;
    }
    walk.end();
    return new RopeIndex(positions, deltas);
  }

  /** No side of a grid can have more patches than there are tokens for all of them. */
  private static void check(String name, List<long[]> grids, long most, String source) {
    for (long[] grid : grids) {
      for (long side : grid) {
        if (side < 1 || side > most) {
          throw new BadInputException(
              source + ": tensor \"" + name + "\"",
              "holds " + Arrays.toString(grid) + ", of which " + side + " is no possible length",
              "Each row is (t, h, w) in patches, and belongs to visual tokens of input_ids.");
        }
      }
    }
  }

  private static List<long[]> merged(List<long[]> grids, VisionTokens vision) {
    int merge = vision.spatialMerge();
    return grids.stream().map(g -> new long[] {g[0], g[1] / merge, g[2] / merge}).toList();
  }

  private static List<long[]> frames(List<long[]> videos, VisionTokens vision) {
    List<long[]> frames = new ArrayList<>();
    for (long[] grid : merged(videos, vision)) {
      for (long t = 0; t < grid[0]; t++) {
        frames.add(new long[] {1, grid[1], grid[2]});
      }
    }
    return frames;
  }

  /** The state that runs on from sequence to sequence: which image comes next. */
  private static final class Walk {
    private final long[][] positions;
    private final List<long[]> images;
    private final List<long[]> frames;
    private final VisionTokens vision;
    private final String source;
    private int nextImage;
    private int nextFrame;

    Walk(
        long[][] positions,
        List<long[]> images,
        List<long[]> frames,
        VisionTokens vision,
        String source) {
      this.positions = positions;
      this.images = images;
      this.frames = frames;
      this.vision = vision;
      this.source = source;
    }

    /** Returns one more than the largest position. */
    long sequence(Tensor ids, Optional<boolean[]> mask, int row, int length) {
      int[] kept = kept(mask, row, length);
      long next = 0;
      for (int i = 0; i < kept.length; ) {
        long id = ids.getLong(kept[i]);
        if (id != vision.image() && id != vision.video()) {
          set(kept[i++], next, next, next);
          next++;
          continue;
        }
        long[] grid = nextGrid(id == vision.image(), kept[i] - row);
        long tokens = grid[0] * grid[1] * grid[2];
        if (tokens == 0 || i + tokens > kept.length) {
          throw mismatch(kept[i] - row, tokens);
        }
        for (int j = 0; j < tokens; j++, i++) {
          if (ids.getLong(kept[i]) != id) {
            throw mismatch(kept[i] - row, tokens);
          }
          long column = j % grid[2];
          long line = (j / grid[2]) % grid[1];
          long frame = j / (grid[1] * grid[2]);
          set(kept[i], next + frame, next + line, next + column);
        }
        next += Math.max(grid[0], Math.max(grid[1], grid[2]));
      }
      return next;
    }

    private int[] kept(Optional<boolean[]> mask, int row, int length) {
      int[] kept = new int[length];
      int n = 0;
      for (int i = row; i < row + length; i++) {
        if (mask.isEmpty() || mask.get()[i]) {
          kept[n++] = i;
        } else {
          set(i, 1, 1, 1);
        }
      }
      return Arrays.copyOf(kept, n);
    }

    private long[] nextGrid(boolean image, int at) {
      List<long[]> grids = image ? images : frames;
      int next = image ? nextImage++ : nextFrame++;
      if (next >= grids.size()) {
        String name = image ? "image_grid_thw" : "video_grid_thw";
        throw new BadInputException(
            source + ": tensor \"input_ids\"",
            "token " + at + " starts a visual that " + name + " has no entry for",
            "Give one (t, h, w) row per image or video.");
      }
      return grids.get(next);
    }

    private BadInputException mismatch(int at, long tokens) {
      return new BadInputException(
          source + ": tensor \"input_ids\"",
          "at token " + at + " the run of visual tokens is not the " + tokens + " of its grid",
          "Check that image_grid_thw and video_grid_thw belong to these ids.");
    }

    void end() {
      end("image_grid_thw", "images", nextImage, images.size());
      end("video_grid_thw", "video frames", nextFrame, frames.size());
    }

    private void end(String grids, String what, int used, int given) {
      if (used < given) {
        throw new BadInputException(
            source + ": tensor \"" + grids + "\"",
            "has " + given + " " + what + " where input_ids has " + used,
            "Check that the grids belong to these ids.");
      }
    }

    private void set(int i, long t, long h, long w) {
      positions[0][i] = t;
      positions[1][i] = h;
      positions[2][i] = w;
    }
  }
}

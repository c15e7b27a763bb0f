package org.bitref.recipe;

import static org.bitref.recipe.Value.INTEGER;

import java.util.stream.IntStream;

/**
 * Into how many ranges of whole tiles the keys are cut. Each range is attended to by itself; the
 * results are combined by their sums' logarithms.
 *
 * <p>Texts: a number, {@code fa2(sms=132,keys=128)}, {@code dealt(4)}.
 */
public sealed interface KeySplits {
  /**
   * How many ranges.
   *
   * @param blocks independent blocks of 64 queries: batch · heads · ⌈queries / 64⌉
   * @param keys keys of the whole row
   */
  int count(int blocks, int keys);

  /** Keys of a tile where there is more than one range; {@code keys} is that of a single one. */
  default int tile(int keys) {
    return keys;
  }

  /**
   * The tiles of a range, ascending: contiguous, and equally many but in the last ranges.
   *
   * @param ranges how many there are
   * @param tiles of the whole row
   */
  default int[] tiles(int range, int ranges, int tiles) {
    int each = Math.ceilDiv(tiles, ranges);
    int from = Math.min(tiles, range * each);
    return IntStream.range(from, Math.min(tiles, from + each)).toArray();
  }

  /**
   * Always so many. Worked example, 2 ranges of 24 tiles: 0 … 11 and 12 … 23; of 5 tiles, 0 … 2 and
   * 3 … 4.
   *
   * @param count ranges
   */
  record Fixed(int count) implements KeySplits {
    /**
     * @throws IllegalArgumentException without a range
     */
    public Fixed {
      Check.positive("splits", count);
    }

    @Override
    public int count(int blocks, int keys) {
      return count;
    }
  }

  /**
   * As FlashAttention-2 chooses: one range if the blocks fill 80 % of the GPU (two on each
   * multiprocessor); otherwise the fewest ranges that keep it busy for at least 85 % of what the
   * best number would ({@code num_splits_heuristic} in its flash_api.cpp).
   *
   * <p>Worked example, 132 multiprocessors, four heads of 3006 queries and keys: 188 blocks are
   * less than 0.8 · 264, 24 tiles of 128 keys; four ranges of six tiles.
   *
   * @param sms multiprocessors of the GPU
   * @param tile keys of a tile if there is more than one range
   */
  record Fa2(int sms, int tile) implements KeySplits {
    private static final int MOST = 128;

    /**
     * @throws IllegalArgumentException for a number below 1
     */
    public Fa2 {
      Check.positive("sms", sms);
      Check.positive("keys", tile);
    }

    @Override
    public int count(int blocks, int keys) {
      int slots = 2 * sms;
      int tiles = Math.ceilDiv(keys, tile);
      if (blocks >= 0.8f * slots) {
        return 1;
      }
      int most = Math.min(Math.min(MOST, slots), tiles);
      float best = 0;
      for (int n = 1; n <= most; n++) {
        best = Math.max(best, efficiency(n, blocks, tiles));
      }
      int n = 1;
      while (efficiency(n, blocks, tiles) < 0.85f * best) {
        n++;
      }
      return n;
    }

    /** The busy part of the last wave; 0 where one range less has no more tiles in each. */
    private float efficiency(int n, int blocks, int tiles) {
      if (n > 1 && Math.ceilDiv(tiles, n) == Math.ceilDiv(tiles, n - 1)) {
        return 0;
      }
      float waves = (float) (blocks * n) / (2 * sms);
      return waves / (float) Math.ceil(waves);
    }

    @Override
    public int tile(int keys) {
      return tile;
    }

    static Fa2 keys(Keys<Fa2> keys) {
      return new Fa2(keys.get("sms", INTEGER, Fa2::sms), keys.get("keys", INTEGER, Fa2::tile));
    }
  }

  /**
   * Tiles in turn: range i of n takes the tiles i, i + n, i + 2n, ... The ranges are joined one
   * after the other, as tiles are, under maxima of the scaled scores: m' = max(m, mᵢ), r = 2^((m -
   * m')·log₂e), rᵢ = 2^((mᵢ - m')·log₂e), O = O·r + Oᵢ·rᵢ, and l likewise ({@code
   * lean_reduction_kernel} of cuDNN 9.19).
   *
   * @param count ranges
   */
  record Dealt(int count) implements KeySplits {
    /**
     * @throws IllegalArgumentException for less than two ranges
     */
    public Dealt {
      Check.that(count > 1, "tiles are dealt to two ranges at least");
    }

    @Override
    public int count(int blocks, int keys) {
      return count;
    }

    @Override
    public int[] tiles(int range, int ranges, int tiles) {
      return IntStream.range(0, tiles).filter(tile -> tile % ranges == range).toArray();
    }

    static Dealt keys(Keys<Dealt> keys) {
      return new Dealt(keys.bare(INTEGER, Dealt::count));
    }
  }

  /** The canonical text. */
  default String text() {
    return switch (this) {
      case Fixed(int count) -> Integer.toString(count);
      case Fa2 fa2 -> "fa2(" + Keys.write(fa2, Fa2::keys) + ")";
      case Dealt dealt -> "dealt(" + Keys.write(dealt, Dealt::keys) + ")";
    };
  }

  /** Reads one of the texts above. */
  static KeySplits parse(Part outer, String text) {
    if (text.startsWith("dealt")) {
      return Keys.read(Part.parse(text), Dealt::keys);
    }
    return text.startsWith("fa2")
        ? Keys.read(Part.parse(text), Fa2::keys)
        : new Fixed(outer.toInt("splits", text));
  }
}

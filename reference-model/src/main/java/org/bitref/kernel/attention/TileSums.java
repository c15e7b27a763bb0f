package org.bitref.kernel.attention;

import org.bitref.numerics.Fma;
import org.bitref.recipe.Lanes;
import org.bitref.recipe.TileSum;

/** Sums of exponentials over tiles, {@value TileSum#THREADS} partial sums for each row. */
final class TileSums {
  private static final int THREADS = TileSum.THREADS;

  private final TileSum order;
  private final float[] sums;
  private final float[] threads = new float[THREADS];

  TileSums(TileSum order, int rows) {
    this.order = order;
    this.sums = new float[rows * THREADS];
  }

  /**
   * Takes a tile of a row.
   *
   * @param r by which the sum so far is multiplied
   * @param p exponentials, zero where a key is hidden or there is none
   * @param from the first that counts
   * @param keys how many, a whole tile
   */
  void add(int row, float r, float[] p, int from, int keys) {
    switch (order) {
      case TileSum.Quad(TileSum.Join join, Lanes.Tree _) -> {
        for (int t = 0; t < THREADS; t++) {
          int at = row * THREADS + t;
          sums[at] =
              join == TileSum.Join.FIRST
                  ? thread(Fma.of(sums[at], r, p[from + 2 * t]), p, from, keys, t, 1)
                  : Fma.of(sums[at], r, thread(0, p, from, keys, t, 0));
        }
      }
      case TileSum.Warps(int columns, Lanes.Tree tree) -> {
        float sum = sums[row * THREADS] * r;
        for (int at = from; at < from + keys; at += columns) {
          for (int t = 0; t < THREADS; t++) {
            threads[t] = thread(0, p, at, columns, t, 0);
          }
          sum += tree(tree, threads, 0);
        }
        sums[row * THREADS] = sum;
      }
    }
  }

  /** Adds a thread's terms from its {@code first} on. */
  private static float thread(float start, float[] p, int from, int keys, int t, int first) {
    float sum = start;
    int pair = 2 * THREADS;
    for (int i = first; i < keys / THREADS; i++) {
      sum += p[from + i / 2 * pair + 2 * t + i % 2];
    }
    return sum;
  }

  /** A row's sum over all tiles. */
  float total(int row) {
    return switch (order) {
      case TileSum.Quad(TileSum.Join _, Lanes.Tree tree) -> tree(tree, sums, row * THREADS);
      case TileSum.Warps _ -> sums[row * THREADS];
    };
  }

  private static float tree(Lanes.Tree tree, float[] s, int at) {
    return tree == Lanes.Tree.PAIR
        ? (s[at] + s[at + 1]) + (s[at + 2] + s[at + 3])
        : (s[at] + s[at + 2]) + (s[at + 1] + s[at + 3]);
  }
}

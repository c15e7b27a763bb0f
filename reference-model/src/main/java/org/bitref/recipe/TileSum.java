package org.bitref.recipe;

import static org.bitref.recipe.Value.word;

/**
 * In which order the exponentials of a tile's row are added to the row's sum l. In the accumulator
 * of a tensor core's product four threads (a quad) share a row: thread t has columns 8j + 2t and 8j
 * + 2t + 1, which it adds in ascending order. r is the factor by which a tile changes what was
 * before it.
 *
 * <p>Texts: {@code quad(join=first,tree=butterfly)}, {@code warps(32)}, {@code
 * warps(32,tree=butterfly)}.
 */
public sealed interface TileSum {
  /** How many threads share a row. */
  int THREADS = 4;

  /** The canonical text. */
  default String text() {
    return Grammar.TILE_SUM.text(this);
  }

  /**
   * Each thread keeps its own sum over all tiles; the four are added at the end.
   *
   * <p>Worked example, r = 1, thread 0 has 1 and its terms of the next tile are 2^-24 and 2^-24:
   * {@code join=first} loses both to ties and stays at 1 ({@code 0x3F800000}), {@code join=sum}
   * gives 1 + 2^-23 ({@code 0x3F800001}).
   *
   * @param join how a thread's sum takes a tile
   * @param tree PAIR for (l0 + l1) + (l2 + l3), BUTTERFLY for (l0 + l2) + (l1 + l3)
   */
  record Quad(Join join, Lanes.Tree tree) implements TileSum {
    /**
     * @throws IllegalArgumentException for another tree
     */
    public Quad {
      Check.that(tree != Lanes.Tree.SEQ, "a quad's tree is pair or butterfly");
    }

    static Quad keys(Keys<Quad> keys) {
      return new Quad(
          keys.get("join", word(Join.class), Quad::join),
          keys.get("tree", word(Lanes.Tree.class), Quad::tree));
    }
  }

  /** How a thread's sum takes a tile. */
  enum Join {
    /** l = fma(l, r, first term), then the others one by one. */
    FIRST,
    /** The tile's terms from zero, then l = fma(l, r, their sum). */
    SUM
  }

  /**
   * One sum: l = l · r, rounded; then the groups of columns in order. A group is what one warp has:
   * its threads add from zero, then as the tree says.
   *
   * <p>Worked example, {@code warps(8)}, a tile of 1 and fifteen 2^-24: the first group is (1 +
   * 2^-23) + 2^-22, the second 2^-21; the sum is 1 + 7·2^-23 ({@code 0x3F800007}).
   *
   * @param columns columns of a warp
   * @param tree PAIR for (t0 + t1) + (t2 + t3), BUTTERFLY for (t0 + t2) + (t1 + t3)
   */
  record Warps(int columns, Lanes.Tree tree) implements TileSum {
    /**
     * @throws IllegalArgumentException for columns that threads cannot share, or another tree
     */
    public Warps {
      Check.that(tree != Lanes.Tree.SEQ, "the tree of warps is pair or butterfly");
      Check.positive("warps", columns);
      if (columns % (2 * THREADS) != 0) {
        throw new IllegalArgumentException("warps(...) takes a multiple of 8, not " + columns);
      }
    }

    static Warps keys(Keys<Warps> keys) {
      return new Warps(
          keys.bare(Value.INTEGER, Warps::columns),
          keys.get("tree", word(Lanes.Tree.class), Warps::tree, Lanes.Tree.PAIR));
    }
  }
}

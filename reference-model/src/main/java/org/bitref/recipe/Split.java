package org.bitref.recipe;

import static org.bitref.recipe.Value.INTEGER;
import static org.bitref.recipe.Value.word;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Split-K: how K is cut into slices that are summed apart, by different thread blocks, and then
 * {@link Combine combined}. A slice that is left without terms takes no part.
 */
public sealed interface Split {
  /** The canonical text. */
  default String text() {
    return Grammar.SPLIT.text(this);
  }

  /** No split: one slice, 2^24 + 1 + 1 + 1 is 2^24 ({@code 0x4B800000}) in f32 RNE. */
  record None() implements Split {}

  /**
   * Contiguous slices, {@code splitk(s=2,g=64,residue=last)}: slice j is k in [j·chunk,
   * (j+1)·chunk) with chunk = ceil(ceil(K/g)/s)·g. cuBLAS and CUTLASS.
   *
   * <p>Worked example, K = 4104, s = 8, g = 8: chunk = ceil(513/8)·8 = 520. With {@code
   * residue=first,bk=64} each slice begins with its remainder, 520 mod 64 = 8 terms, in a step of
   * its own, and goes on with 512 (CUTLASS iterators; cuBLAS with f16 accumulators). With s = 2, g
   * = 2, 2^24, 1, 1, 1 in f32 RNE is 2^24 + 2 ({@code 0x4B800001}).
   *
   * @param s slices
   * @param g granularity of the cuts
   * @param residue where the terms of a slice go that fill no K tile
   * @param bk the K tile, which only counts when the residue comes first
   */
  record SplitK(int s, int g, Residue residue, int bk) implements Split {
    /** Where the remainder of a slice goes. */
    public enum Residue {
      LAST,
      FIRST
    }

    /** The K tile where none is named. */
    public static final int TILE = 64;

    /**
     * @throws IllegalArgumentException if a number is below 1
     */
    public SplitK {
      Check.positive("s", s);
      Check.positive("g", g);
      Check.positive("bk", bk);
      Check.that(residue == Residue.FIRST || bk == TILE, "bk= counts only with residue=first");
    }

    static SplitK keys(Keys<SplitK> keys) {
      int s = keys.get("s", INTEGER, SplitK::s);
      int g = keys.get("g", INTEGER, SplitK::g);
      Residue residue = keys.shown("residue", word(Residue.class), SplitK::residue, Residue.LAST);
      boolean tiled = residue == Residue.FIRST;
      return new SplitK(s, g, residue, keys.get("bk", INTEGER, SplitK::bk, TILE, tiled));
    }
  }

  /**
   * Cyclic slices, {@code cyclic(s=4,bk=64)}: slice j takes the K tiles j, j + s, j + 2s, ... A
   * TensorRT kernel of the sm80 family does so.
   *
   * <p>Worked example, K = 8, s = 2, bk = 2: slice 0 takes k = 0 1 4 5, slice 1 takes 2 3 6 7. With
   * s = 2, bk = 1, 2^24, 1, 1, 1 in f32 RNE is (2^24 + 1) + (1 + 1) = 2^24 + 2 ({@code
   * 0x4B800001}).
   *
   * @param s slices
   * @param bk terms of a K tile
   */
  record Cyclic(int s, int bk) implements Split {
    /**
     * @throws IllegalArgumentException if a number is below 1
     */
    public Cyclic {
      Check.positive("s", s);
      Check.positive("bk", bk);
    }

    static Cyclic keys(Keys<Cyclic> keys) {
      return new Cyclic(keys.get("s", INTEGER, Cyclic::s), keys.get("bk", INTEGER, Cyclic::bk));
    }
  }

  /**
   * Slices that are as equal as can be, {@code even(s=3)}: slice j starts at floor(j·K/s).
   *
   * <p>Worked example, K = 10, s = 3: slices start at 0, 3, 6. K = 6 in f32 RNE, 2^24, 1, 1, 1, 1,
   * 1: 2^24, 2 and 2 make 2^24 + 4 ({@code 0x4B800002}).
   *
   * @param s slices
   */
  record Even(int s) implements Split {
    /**
     * @throws IllegalArgumentException if s is below 1
     */
    public Even {
      Check.positive("s", s);
    }

    static Even keys(Keys<Even> keys) {
      return new Even(keys.get("s", INTEGER, Even::s));
    }
  }

  /**
   * Slices that end where the list says, {@code bounds(1024,3072)}, and at K.
   *
   * <p>Worked example, {@code bounds(1)} over 2^24, 1, 1, 1 in f32 RNE: 2^24 + 3 is a tie and goes
   * to 2^24 + 4 ({@code 0x4B800002}).
   *
   * @param ends the k at which slices end, ascending, in terms
   */
  record Bounds(List<Integer> ends) implements Split {
    /**
     * @throws IllegalArgumentException unless the ends ascend from above 0
     */
    public Bounds {
      ends = List.copyOf(ends);
      int before = 0;
      for (int end : ends) {
        if (end <= before) {
          throw new IllegalArgumentException("the bounds do not ascend from above 0: " + ends);
        }
        before = end;
      }
      Check.that(!ends.isEmpty(), "bounds() without a bound");
    }

    @Override
    public String text() {
      return ends.stream().map(String::valueOf).collect(Collectors.joining(",", "bounds(", ")"));
    }
  }

  /**
   * The share of stream-K that one output tile sees, {@code streamk(units=3,bk=64)}: its K tiles
   * are dealt to {@code units} contiguous slices whose lengths differ by at most one tile, longer
   * ones first.
   *
   * <p>Worked example, K = 640, bk = 64, units = 3: ten tiles, 4 + 3 + 3; slices start at 0, 256,
   * 448. With units = 2, bk = 1, 2^24, 1, 1, 1, 1 in f32 RNE is 2^24 + 2 ({@code 0x4B800001}).
   *
   * @param units slices
   * @param bk terms of a K tile
   */
  record StreamK(int units, int bk) implements Split {
    /**
     * @throws IllegalArgumentException if a number is below 1
     */
    public StreamK {
      Check.positive("units", units);
      Check.positive("bk", bk);
    }

    static StreamK keys(Keys<StreamK> keys) {
      return new StreamK(
          keys.get("units", INTEGER, StreamK::units), keys.get("bk", INTEGER, StreamK::bk));
    }
  }

  static Split parse(String text) {
    if (text.strip().startsWith("bounds")) {
      return bounds(text.strip());
    }
    return Grammar.SPLIT.parse(text);
  }

  private static Split bounds(String text) {
    int open = text.indexOf('(');
    if (open < 0 || !text.endsWith(")")) {
      throw new RecipeSyntaxException(text, "expected bounds(k1,k2,...)");
    }
    return new Bounds(
        Part.split(text.substring(open + 1, text.length() - 1), ',').stream()
            .map(end -> Check.integer("bounds", end))
            .toList());
  }
}

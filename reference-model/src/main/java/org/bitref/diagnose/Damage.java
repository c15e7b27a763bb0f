package org.bitref.diagnose;

import java.util.List;
import java.util.Optional;
import org.bitref.bound.ProductFamily;
import org.bitref.bound.Region;
import org.bitref.numerics.Format;

/** What happened to an output, in figures. Rows, columns, elements and keys count from 0. */
public sealed interface Damage {
  /** What needs no figures. */
  enum Known implements Damage {
    ALL_ZERO,
    BIAS_LEFT_OUT,
    BIAS_ADDED_TWICE,
    OUTPUT_TRANSPOSED,
    X_READ_TRANSPOSED,
    W_READ_TRANSPOSED,
    HEADS_AND_TOKENS_TRANSPOSED,
    KEYS_AND_VALUES_EXCHANGED,
    /** Query head h read the key and value head that mirrors its own. */
    HEADS_READ_FROM_THE_END,
    SCALE_MISSING,
    SCALE_SQUARED,
    SCALE_ROOT,
    SCALE_INVERTED,
    SCALE_OF_ROOT_OF_HEAD_DIM,
    SCALE_OF_HEAD_DIM,
    SCALE_ON_OUTPUT_ONLY,
    SCALE_ON_OUTPUT_TOO,
    SCALE_ON_OUTPUT_AND_SQUARED_ON_SCORES,
    OUTPUT_DIVIDED_BY_SCALE,
    EXPONENTIAL_OF_BASE_2,
    EXPONENTS_OF_BASE_2_TAKEN_OF_E,
    MASK_MISSING,
    MASK_FROM_FIRST_KEY,
    MASK_TO_LAST_KEY
  }

  /**
   * Some outputs are no numbers, infinite, or held at the largest value of a format.
   *
   * @param region where; empty for attention
   */
  record Special(long count, Optional<Region> region, Optional<Format> heldAt) implements Damage {}

  /**
   * Everything is multiplied.
   *
   * @param names of the factor; none if it was fitted
   */
  record Scaled(double factor, List<Constant> names) implements Damage {}

  /**
   * Every row, or every column, is multiplied by its own factor.
   *
   * @param least the least of the factors, as fitted
   * @param most the largest
   */
  record ScaledLines(boolean rows, double least, double most) implements Damage {}

  /** A factor: 2^of, -1, or something of a head's length or of K. */
  record Constant(Kind kind, int of, boolean depth) {
    /** How it is made of the number. */
    public enum Kind {
      POWER_OF_TWO,
      MINUS_ONE,
      ROOT,
      INVERSE_ROOT,
      ITSELF,
      INVERSE
    }
  }

  /** The product of one of the other weights given, the first of which is 1. */
  record OtherWeight(int number) implements Damage {}

  /** K from one term to another, the last included. */
  record RangeOfK(int from, int to) implements Damage {}

  /** One of the cyclic slices of K in tiles of some terms. */
  record SliceOfK(int slice, int slices, int tile) implements Damage {}

  /** A factor that was read some elements off, or with rows of another length than depth. */
  record Misread(boolean x, int offset, int length, int depth) implements Damage {}

  /** The output as one run of elements, some of them off, or with another row length. */
  record Run(int offset, int length, int columns) implements Damage {}

  /** Line i holds line i + by, of {@code lines}; around if the last is followed by the first. */
  record Shifted(int by, int lines, boolean around) implements Damage {}

  /** Line i holds line map[i], block by block of columns if a block is more than 1. */
  record Permuted(List<Integer> map, int block) implements Damage {}

  /** Line i of an attention's output, a head or a row, holds line map[i]. */
  record Held(List<Integer> map) implements Damage {}

  /** Query head h read key and value head h mod this. */
  record HeadsModulo(int kvHeads) implements Damage {}

  /** The mask shows some keys too many, or too few where negative. */
  record MaskShifted(int keys) implements Damage {}

  /** Queries saw so many keys at most, their own included. */
  record Window(int keys) implements Damage {}

  /** The last keys that the first and the last query saw. */
  record MaskSeen(int first, int last) implements Damage {}

  /** A block holds another one; zeros if there is none. */
  record Tile(Region box, Optional<Region> source) implements Damage {}

  /** It happened in a block only. */
  record Within(Region box, Damage there) implements Damage {}

  /** Outputs of an attention are outside every bound. */
  record Outside(long outside, long total) implements Damage {}

  /**
   * Outputs of a product are outside the bound of a family.
   *
   * @param every true if they are outside that of every other; otherwise they are far beyond a
   *     chain of coarse sums
   */
  record OutsideFamily(long outside, long total, Region region, ProductFamily family, boolean every)
      implements Damage {}
}

package org.bitref.diagnose;

/** What can have happened to an output besides rounding. */
public enum Pattern {
  /** NaN where nothing overflows. */
  NOT_A_NUMBER,
  /** Infinite, or held at the largest value of a format, where the result is in range. */
  OVERFLOW,
  /** Zero throughout. */
  ZERO,
  /** Times a constant. */
  SCALED,
  /** The bias left out. */
  BIAS_MISSING,
  /** The bias added twice. */
  BIAS_TWICE,
  /** Each row shows the row a fixed distance away. */
  ROWS_SHIFTED,
  /** Rows in another order, or one in the place of another. */
  ROWS_PERMUTED,
  /** Each column shows the column a fixed distance away. */
  COLUMNS_SHIFTED,
  /** Columns in another order. */
  COLUMNS_PERMUTED,
  /** Blocks of columns, the heads of an attention layer, in another order. */
  HEADS_PERMUTED,
  /** The output, or a factor as it was read. */
  TRANSPOSED,
  /** The product of another weight. */
  OTHER_WEIGHT,
  /** The output, read or written some elements off, or with another row length. */
  SHIFTED,
  /** A factor, read some elements off or with another row length. */
  MISREAD,
  /** A range of K left out. */
  K_MISSING,
  /** A range of K counted twice. */
  K_TWICE,
  /** A block of the output holds another block, or something older. */
  STALE_TILE,
  /** The softmax scale of attention: missing, twice, or in the wrong place. */
  SCALE_MISPLACED,
  /** The mask of attention: missing or shifted. */
  MASK_WRONG,
  /** Keys and values exchanged. */
  KEYS_AND_VALUES_SWAPPED,
  /** Outside every bound, and no pattern was recognised. */
  UNNAMED
}

package org.bitref.compare.verdict;

import java.util.List;
import org.bitref.compare.verdict.Place.Run;

/** What the values of B are to those of A, at the place of a difference. */
public sealed interface Form {
  /** What needs no figures. */
  enum Known implements Form {
    /** B holds zeros where A does not. */
    ZEROS_IN_B,
    /** A holds zeros where B does not. */
    ZEROS_IN_A,
    /** B is -A. */
    SIGN,
    /** B's values there are not A's, and nowhere else in A either. */
    OTHER_VALUES,
    /** B's values there are A's, with far larger differences than elsewhere. */
    LARGER,
    /** Only there is any difference. */
    CONFINED,
    /** NaN or infinite on one side alone. */
    NOT_FINITE,
    /** Single values far off. */
    SCATTERED,
    /** B is further from A than zeros are. */
    UNRELATED,
    /** Undecided: too few values to tell. */
    FEW_VALUES,
    /**
     * Undecided: whole numbers differ, which are not rounded but may have been chosen by roundings.
     */
    OTHER_NUMBERS,
    /** Undecided: B's values are others everywhere, in the direction of A's. */
    FAR_EVERYWHERE
  }

  /** B is A times this. */
  record Factor(double factor) implements Form {}

  /** B is A plus this. */
  record Offset(double offset) implements Form {}

  /** B's memory holds A with two axes exchanged. */
  record Transposed(Axis first, Axis second) implements Form {}

  /**
   * B holds other lines of A.
   *
   * @param axis on which they are others
   * @param by the number of lines from where B shows one to where A has it, if it is the same for
   *     all; else 0
   * @param from where A has them, in the order of B; at most {@value #SHOWN} runs
   */
  record Moved(Kind kind, Axis axis, int by, List<Run> from) implements Form {
    static final int SHOWN = 8;

    /** How lines moved. */
    public enum Kind {
      /** Line i holds line i + by. */
      SHIFTED,
      /** The same; the last line is followed by the first. */
      SHIFTED_AROUND,
      /** Two lines, or two blocks, are exchanged. */
      SWAPPED,
      /** The last line is first. */
      REVERSED,
      /** The halves of A alternate in B. */
      INTERLEAVED,
      /** The even lines of A are B's first half, the odd ones its second. */
      DEINTERLEAVED,
      /** Lines of the place itself in another order. */
      PERMUTED,
      /** Lines from outside the place. */
      COPIED
    }

    /** Copies the list. */
    public Moved {
      from = List.copyOf(from);
    }
  }
}

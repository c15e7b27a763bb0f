package org.bitref.search;

import java.util.List;
import java.util.OptionalDouble;
import org.bitref.numerics.Format;

/** How a search ended, in figures; the verdict follows. */
public sealed interface Outcome {
  /** The verdict that follows. */
  Verdict verdict();

  /**
   * Functions that reproduce all outputs of a product.
   *
   * @param found how many
   * @param more true if there may be others
   * @param accumulators the formats that they sum in, each once
   * @param telling on how many outputs the plainest recipes of all kinds of accumulators do not
   *     agree, counted as far as {@value #ENOUGH}; 0 of a single function
   * @param foreign true if all of them are of another machine than the device
   */
  record Functions(int found, boolean more, List<Format> accumulators, int telling, boolean foreign)
      implements Outcome {
    /**
     * So many outputs are no accident: arithmetic that is none of those tried gets an output on
     * which two kinds differ right half of the time, and all of these once in 2^64.
     */
    public static final int ENOUGH = 64;

    /** The list is copied. */
    public Functions {
      accumulators = List.copyOf(accumulators);
    }

    @Override
    public Verdict verdict() {
      if (found == 1 || (isOneKind() && telling >= ENOUGH && !foreign)) {
        return Verdict.IDENTIFIED;
      }
      return accumulators.size() == 1 ? Verdict.AMBIGUOUS : Verdict.INCONCLUSIVE;
    }

    /**
     * True if all sum in one format. Sums in float64 beside those in another one do not count: they
     * are the ideal of any long accumulator, and no library takes them for shorter operands.
     */
    public boolean isOneKind() {
      return accumulators.stream().filter(one -> one != Format.F64).count() <= 1;
    }
  }

  /**
   * Outputs have factors that were not given.
   *
   * @param under what came of the search with them
   */
  record Scaled(FoundFactors factors, Outcome under) implements Outcome {
    @Override
    public Verdict verdict() {
      return under.verdict();
    }
  }

  /**
   * Classes of recipes that reproduce every output of a stage.
   *
   * @param found how many
   */
  record Classes(int found) implements Outcome {
    @Override
    public Verdict verdict() {
      return found == 1 ? Verdict.IDENTIFIED : Verdict.AMBIGUOUS;
    }
  }

  /**
   * Every tile of a product has a recipe of its own.
   *
   * @param recipes how many
   * @param single true if no tile has two
   */
  record Tiles(int recipes, boolean single) implements Outcome {
    @Override
    public Verdict verdict() {
      return single ? Verdict.IDENTIFIED : Verdict.AMBIGUOUS;
    }
  }

  /** What was known before reproduces all outputs. */
  record Known(Source source, Verdict verdict) implements Outcome {
    /** Where it was known from. */
    public enum Source {
      /** Recipes that were given; no function that was searched reproduces the outputs. */
      GIVEN,
      /** The same stage in an earlier layer. */
      EARLIER_LAYER,
      /** Another product of the system; others may reproduce the outputs as well. */
      OTHER_PRODUCT,
      /** The same stage of another system. */
      OTHER_SYSTEM
    }
  }

  /** Every output is zero. */
  record Zeros() implements Outcome {
    @Override
    public Verdict verdict() {
      return Verdict.INCONCLUSIVE;
    }
  }

  /**
   * Too few outputs have a product other than zero.
   *
   * @param informative how many
   */
  record TooFew(int informative) implements Outcome {
    /** Fewer decide nothing. */
    public static final int LEAST = 8;

    @Override
    public Verdict verdict() {
      return Verdict.INCONCLUSIVE;
    }
  }

  /**
   * Nothing that was tried reproduces all outputs.
   *
   * @param correlation of a product's outputs with the exact ones
   */
  record Unexplained(OptionalDouble correlation) implements Outcome {
    @Override
    public Verdict verdict() {
      return Verdict.UNEXPLAINED;
    }
  }

  /** Recipes were not searched: nothing was found for a stage alike, or it is another function. */
  record NotSearched() implements Outcome {
    @Override
    public Verdict verdict() {
      return Verdict.UNEXPLAINED;
    }
  }

  /** What is known of unexplained outputs beyond the search. */
  non-sealed interface Beyond extends Outcome {}
}

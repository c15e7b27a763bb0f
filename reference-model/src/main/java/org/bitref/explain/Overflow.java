package org.bitref.explain;

import java.util.List;
import java.util.Optional;
import org.bitref.numerics.Format;
import org.bitref.tensor.DType;

/**
 * A value that the type of a stage could not hold, though it held the stage's inputs.
 *
 * @param count of all values of the stage that are not finite
 * @param at index of the first, in the order of storage
 * @param token of the first
 * @param channel of the first; element i of head h is channel h·D + i
 * @param value what was stored: an infinity or NaN
 * @param due the exact result
 * @param operand the largest magnitude that the stage was computed from
 * @param crossing where the limit of a format is passed on the way to the first
 * @param held what would hold it
 */
public record Overflow(
    long count,
    long at,
    int token,
    int channel,
    double value,
    double due,
    double operand,
    Crossing crossing,
    Held held) {

  /**
   * A term of a sum of products, added in the order of its index.
   *
   * @param index along the axis that is summed: K of a product, the row of a norm, a head's element
   * @param x first factor
   * @param w second factor
   * @param sum of all terms up to this one, exact but for a rounding of float64
   */
  public record Term(int index, double x, double w, double sum) {}

  /** Where the limit of a format is passed. */
  public sealed interface Crossing {
    /**
     * The exact result lies beyond what the stage is stored in, whatever the order of its sums.
     *
     * @param operands what it is the product or sum of; none where it is a sum of products
     * @param term of a sum of products, the first at which the sum so far lies beyond it
     */
    record Result(Format format, List<Double> operands, Optional<Term> term) implements Crossing {
      /** The list is copied. */
      public Result {
        operands = List.copyOf(operands);
      }
    }

    /**
     * The exact result does not, but the sum of its first terms does.
     *
     * @param format of the accumulator, if a recipe tells it; else that of the stage
     * @param term the first at which it does
     */
    record PartialSum(Format format, Term term) implements Crossing {}

    /**
     * Neither does, but the sum of the terms of one sign does: it depends on the order.
     *
     * @param positive the sum of the terms above zero
     * @param negative the sum of those below
     */
    record OtherOrder(Format format, double positive, double negative) implements Crossing {}

    /**
     * The product of a query and a key lies beyond it, which makes the softmax NaN or infinite.
     *
     * @param key its index, 0 for the first of the cache
     * @param score the product before its scale
     * @param scale what the product is multiplied by
     * @param term the first at which the sum so far lies beyond the limit
     */
    record Score(Format format, int key, double score, double scale, Term term)
        implements Crossing {}

    /** No product or sum that was tried passes a limit. */
    record Unknown() implements Crossing {}
  }

  /**
   * What would hold a value.
   *
   * @param types of the stage, if only another one or a scale does
   * @param scale a power of two, with which as a factor every exact result of the stage is in
   *     range: on one factor of a product, on both terms of a sum; of attention its own, if it is
   *     enough before the product of queries and keys
   * @param float32Sums true if sums in float32 do
   */
  public record Held(List<DType> types, Optional<Double> scale, boolean float32Sums) {
    /** Nothing that is known. */
    static final Held NONE = new Held(List.of(), Optional.empty(), false);

    /** The list is copied. */
    public Held {
      types = List.copyOf(types);
    }
  }
}

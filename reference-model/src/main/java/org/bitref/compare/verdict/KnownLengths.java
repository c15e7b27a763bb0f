package org.bitref.compare.verdict;

import java.util.OptionalInt;

/**
 * What the other tensors of a dump say of the axes of one.
 *
 * @param tokens of the prompt; tells them from heads
 * @param headLength channels of a head; tells the heads of projections
 */
public record KnownLengths(OptionalInt tokens, OptionalInt headLength) {
  /** Nothing. */
  public static final KnownLengths NONE =
      new KnownLengths(OptionalInt.empty(), OptionalInt.empty());
}

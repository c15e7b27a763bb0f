package org.bitref.loaders.map;

import java.util.List;

/** One entry of a rule's list "do". */
sealed interface Operation permits Step, Operation.Split, Operation.Unstack, Operation.Strip {

  /**
   * Cuts an axis into parts whose lengths are in this proportion; each part is a tensor.
   *
   * @param parts for example [4, 1, 1] for 32 query heads and twice 8 KV heads
   */
  record Split(int axis, List<Long> parts) implements Operation {}

  /** Makes every index of an axis a tensor; its number is the value of the place {@code as}. */
  record Unstack(int axis, String as) implements Operation {}

  /**
   * Takes away padding along an axis.
   *
   * @param lengths template of the name of the tensor that holds the true length of every row, or a
   *     mask [B, S] whose sums they are; all rows must have one length
   * @param plus template of a number to be added: tokens committed since the mask was made
   * @param left true if the padding stands before the tokens
   */
  record Strip(int axis, String lengths, String plus, boolean left) implements Operation {}
}

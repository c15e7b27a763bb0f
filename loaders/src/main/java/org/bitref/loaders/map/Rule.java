package org.bitref.loaders.map;

import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * What becomes of the tensors whose names fit a pattern.
 *
 * @param to templates of the new names: one, or one for each part of a split; none drops the tensor
 * @param tokens the axis of the result that counts tokens, where there is one
 */
record Rule(NamePattern from, List<String> to, List<Operation> operations, OptionalInt tokens) {

  /** One entry of a rule's list "do". */
  sealed interface Operation {}

  /** Makes one tensor of one. */
  record Step(UnaryOperator<TensorView> change) implements Operation {}

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

  /**
   * @throws IllegalArgumentException if a template has a place that the pattern lacks, or if the
   *     templates are not as many as the parts
   */
  Rule {
    Set<String> places = new HashSet<>(from.places());
    long splits = 0;
    int parts = 1;
    for (Operation operation : operations) {
      switch (operation) {
        case Unstack unstack -> places.add(unstack.as());
        case Split split -> {
          splits++;
          parts = split.parts().size();
        }
        case Strip strip -> {
          check(places, strip.lengths());
          check(places, strip.plus());
        }
        case Step _ -> {
          // A step needs no place.
        }
      }
    }
    if (splits > 1 || (!to.isEmpty() && to.size() != parts)) {
      throw new IllegalArgumentException(
          "%s new names for %s tensors from %s splits".formatted(to.size(), parts, splits));
    }
    for (String template : to) {
      check(places, template);
    }
  }

  private static void check(Set<String> places, String template) {
    for (String place : NamePattern.placesOf(template)) {
      if (!places.contains(place)) {
        throw new IllegalArgumentException(
            "\"" + template + "\" uses {" + place + "}, which is not in the pattern");
      }
    }
  }
}

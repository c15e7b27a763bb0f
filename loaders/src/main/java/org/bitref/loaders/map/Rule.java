package org.bitref.loaders.map;

import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What becomes of the tensors whose names fit a pattern.
 *
 * @param to templates of the new names: one, or one for each part of a split; none drops the tensor
 * @param tokens the axis of the result that counts tokens, where there is one
 */
record Rule(NamePattern from, List<String> to, List<Operation> operations, OptionalInt tokens) {

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
        case Operation.Unstack unstack -> places.add(unstack.as());
        case Operation.Split split -> {
          splits++;
          parts = split.parts().size();
        }
        case Operation.Strip strip -> {
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
          "%d new names for %d tensors from %d splits".formatted(to.size(), parts, splits));
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

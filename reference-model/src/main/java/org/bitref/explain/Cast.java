package org.bitref.explain;

import java.util.List;
import org.bitref.tensor.Widened;

/**
 * Values that a system rounded to a shorter type on the way to the one in which it stored them, and
 * went on with them in that one.
 *
 * @param types both
 * @param stages whose values these are
 */
public record Cast(Widened types, List<String> stages) {
  /** The list is copied. */
  public Cast {
    stages = List.copyOf(stages);
  }
}

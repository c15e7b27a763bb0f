package org.bitref.probe;

import java.util.List;
import java.util.Optional;
import org.bitref.recipe.GemmRecipe;

/**
 * What was read from the answers of the columns that answered alike.
 *
 * @param columns which
 * @param classes the recipes that reproduce every answer to the bit, simple ones first; those of
 *     one class gave the same outputs wherever they were compared, those of two classes did not;
 *     empty if no recipe reproduces every answer
 * @param orders empty if nothing came of the cancellations
 * @param evidence of the first recipe; empty without one
 * @param open what the answers leave undecided, and what would decide it
 * @param confirmed outputs that were computed again and found equal
 */
public record Decoded(
    List<Integer> columns,
    List<List<GemmRecipe>> classes,
    Optional<Orders> orders,
    Optional<Evidence> evidence,
    List<Open> open,
    long confirmed) {
  /** The lists are copied. */
  public Decoded {
    columns = List.copyOf(columns);
    classes = List.copyOf(classes);
    open = List.copyOf(open);
  }

  /** What the answers leave undecided, and what would decide it. */
  public sealed interface Open {
    /** The search for a recipe was stopped. */
    record Stopped(long multiplyAdds, Untried what, int left, int of) implements Open {}

    /** What a stopped search had not tried. */
    enum Untried {
      ALL,
      SOME_ORDERS,
      /** So many orders of all. */
      ORDERS,
      /** So many recipes that give the answers that were looked at first. */
      SCREENED,
      /** So many recipes of those that an earlier round left. */
      CANDIDATES
    }

    /**
     * So many recipes give the answers that were looked at first that the others were not asked.
     */
    record Crowd(int recipes) implements Open {}

    /** So many different functions give every answer. */
    record Functions(int functions) implements Open {}

    /** Without figures. */
    enum Plain implements Open {
      /** The outputs of one and two terms alone fit no known epilogue. */
      NO_EPILOGUE,
      /** The cancellations cannot be read. */
      UNREADABLE,
      /** No recipe of the grammar gives every answer. */
      NO_RECIPE
    }
  }

  /**
   * What was read of the order of sums.
   *
   * @param read cancellations that were read
   * @param asked all
   * @param orders of the grammar that give them all
   */
  public record Orders(int read, long asked, int orders) {}

  /** True if all recipes that reproduce every answer are one function, as far as was tried. */
  public boolean isDecoded() {
    return classes.size() == 1;
  }

  /** One recipe of every class. */
  public List<GemmRecipe> recipes() {
    return classes.stream().map(List::getFirst).toList();
  }
}

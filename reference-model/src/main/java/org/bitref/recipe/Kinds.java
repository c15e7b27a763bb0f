package org.bitref.recipe;

import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Parts of a recipe of which one stands for all in the same place, told apart by their names.
 *
 * @param unknown what is said of a name that is none of theirs; may hold it as {@code %s}
 */
record Kinds<P>(String unknown, List<Kind<? extends P>> kinds) {
  /**
   * One of them.
   *
   * @param name before the parentheses
   * @param when true of the parts of this kind
   * @param grammar its keys
   */
  record Kind<T>(String name, Class<T> type, Predicate<T> when, Function<Keys<T>, T> grammar) {
    private boolean holds(Object part) {
      return type.isInstance(part) && when.test(type.cast(part));
    }

    private String text(Object part) {
      String keys = Keys.write(type.cast(part), grammar);
      return keys.isEmpty() ? name : name + "(" + keys + ")";
    }
  }

  /** A kind that has a class of its own. */
  static <T> Kind<T> kind(String name, Class<T> type, Function<Keys<T>, T> grammar) {
    return new Kind<>(name, type, part -> true, grammar);
  }

  /** A kind without keys. */
  @SuppressWarnings("unchecked")
  static <T> Kind<T> kind(String name, T only) {
    return kind(name, (Class<T>) only.getClass(), keys -> only);
  }

  String text(P part) {
    for (Kind<? extends P> kind : kinds) {
      if (kind.holds(part)) {
        return kind.text(part);
      }
    }
    throw new IllegalArgumentException("no text for " + part.getClass());
  }

  P parse(String text) {
    Part part = Part.parse(text);
    return parse(part, part);
  }

  /**
   * @param outer the part in which it stands, and which an unknown name is an error of
   */
  P parse(Part outer, Part part) {
    for (Kind<? extends P> kind : kinds) {
      if (kind.name().equals(part.name())) {
        return Keys.read(part, kind.grammar());
      }
    }
    throw outer.error(unknown.formatted(part.name()));
  }
}

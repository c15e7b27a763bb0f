package org.bitref.recipe;

/** What the constructors of recipe parts demand of their numbers. */
final class Check {
  private Check() {}

  static void range(String key, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          key + "= must lie in " + least + " to " + most + ", not be " + value);
    }
  }

  static void positive(String key, int value) {
    range(key, value, 1, Integer.MAX_VALUE);
  }

  static int integer(String key, String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(key + "= is \"" + value + "\", not a whole number", e);
    }
  }
}

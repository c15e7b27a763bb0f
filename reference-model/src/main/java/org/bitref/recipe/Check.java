package org.bitref.recipe;

import org.bitref.numerics.Format;

/** What the constructors of recipe parts demand of their numbers. */
final class Check {
  private Check() {}

  static void that(boolean holds, String problem) {
    if (!holds) {
      throw new IllegalArgumentException(problem);
    }
  }

  static void range(String key, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          key + "= must lie in " + least + " to " + most + ", not be " + value);
    }
  }

  static void positive(String key, int value) {
    range(key, value, 1, Integer.MAX_VALUE);
  }

  /** Element-wise stages compute in one of two formats. */
  static void calc(Format calc) {
    if (calc != Format.F32 && calc != Format.F64) {
      throw new IllegalArgumentException("calc is " + Part.word(calc) + ", not f32 or f64");
    }
  }

  /** As {@link #calc}; the exponentials of libraries are of floats. */
  static void calc(Format calc, Exponential exponential) {
    calc(calc);
    if (exponential != Exponential.CR && calc != Format.F32) {
      throw new IllegalArgumentException("exp=" + Part.word(exponential) + " needs calc=f32");
    }
  }

  static int integer(String key, String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(key + "= is \"" + value + "\", not a whole number", e);
    }
  }
}

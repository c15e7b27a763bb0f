package org.bitref.recipe;

import org.bitref.numerics.Format;

/** The two formats that element-wise stages compute in. */
final class Calc {
  private Calc() {}

  static void check(Format calc) {
    if (calc != Format.F32 && calc != Format.F64) {
      throw new IllegalArgumentException("calc is " + Part.word(calc) + ", not f32 or f64");
    }
  }
}

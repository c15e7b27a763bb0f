package org.bitref.probe.function;

import java.util.Locale;

/** What a device is asked for. */
public enum SpecialFunction {
  /** 2^x. */
  EX2,
  /** 1/x. */
  RCP,
  /** 1/√x. */
  RSQRT,
  /** e^x. */
  EXP,
  /** x times the logistic function of x. */
  SILU,
  /** The softmax of every row. */
  SOFTMAX,
  /** RMSNorm of every row, with a weight and {@link FunctionSetup#EPS}. */
  NORM;

  /** Its name in files. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** True if an element of the result depends on a whole row. */
  public boolean isRowwise() {
    return this == SOFTMAX || this == NORM;
  }

  /**
   * The function of a result: {@code ex2} itself or one of its variants, such as {@code ex2.ptx}.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  public static SpecialFunction of(String name) {
    int dot = name.indexOf('.');
    return valueOf((dot < 0 ? name : name.substring(0, dot)).toUpperCase(Locale.ROOT));
  }
}

package org.bitref.probe.function;

import java.util.Locale;

/** What a device is asked for. */
public enum SpecialFunction {
  /** 2^x. */
  EX2(0),
  /** 1/x. */
  RCP(1),
  /** 1/√x. */
  RSQRT(2),
  /** e^x. */
  EXP(3),
  /** x times the logistic function of x. */
  SILU(4),
  /** The softmax of every row. */
  SOFTMAX(5),
  /** RMSNorm of every row, with a weight and {@link FunctionSetup#EPS}. */
  NORM(6);

  private final int stream;

  SpecialFunction(int stream) {
    this.stream = stream;
  }

  /** Which random numbers its inputs are drawn from: never changed, so that answers stay good. */
  int stream() {
    return stream;
  }

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

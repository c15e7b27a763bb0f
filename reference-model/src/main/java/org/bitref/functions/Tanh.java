package org.bitref.functions;

/** The hyperbolic tangent. */
public final class Tanh {
  private Tanh() {}

  /**
   * The hyperbolic tangent of a float, correctly rounded.
   *
   * <p>The double's error is below 2.5 units in its last place ({@link StrictMath#tanh}), and no
   * float's hyperbolic tangent lies so near to the middle of two floats that this decides ({@code
   * TanhTest} looks at all of them).
   */
  public static float of(float x) {
    return (float) StrictMath.tanh(x);
  }
}

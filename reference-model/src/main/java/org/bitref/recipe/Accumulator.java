package org.bitref.recipe;

import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;

/**
 * The register that a sum runs in: its format, and how a sum that does not fit is rounded into it.
 *
 * <p>Worked example: 1 + 1.5·2^-24. {@code f32rz} keeps 1 ({@code 0x3F800000}); {@code f32rne} goes
 * up to 1 + 2^-23 ({@code 0x3F800001}); {@code f16rne} and {@code e8m13rz} keep 1.
 */
public enum Accumulator {
  /** Tensor cores with a float32 accumulator. */
  F32RZ(Format.F32, Rounding.RZ),
  /** Ordinary float32 arithmetic: CUDA cores and CPUs. */
  F32RNE(Format.F32, Rounding.RNE),
  /** Tensor cores with a float16 accumulator, and half-precision FMA. */
  F16RNE(Format.F16, Rounding.RNE),
  /** FP8 tensor cores of Ada and Hopper: a float32 of which 13 fraction bits are kept. */
  E8M13RZ(Format.E8M13, Rounding.RZ),
  /** Ordinary float64 arithmetic. */
  F64RNE(Format.F64, Rounding.RNE);

  private final Format format;
  private final Rounding rounding;

  Accumulator(Format format, Rounding rounding) {
    this.format = format;
    this.rounding = rounding;
  }

  /** The format of the register. */
  public Format format() {
    return format;
  }

  /** Where a sum goes that the register cannot hold. */
  public Rounding rounding() {
    return rounding;
  }

  /** Rounds a value into the register, in one step. */
  public double round(double x) {
    return format.round(x, rounding);
  }
}

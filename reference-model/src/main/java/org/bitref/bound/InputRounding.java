package org.bitref.bound;

import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.numerics.Tf32;

/** What a system may do to operands of float32 before it multiplies them. */
public enum InputRounding {
  NONE(null, null),
  TF32_RZ(Format.TF32, Rounding.RZ),
  TF32_RNA(Format.TF32, Rounding.RNA),
  TF32_RNE(Format.TF32, Rounding.RNE),
  BF16(Format.BF16, Rounding.RNE),
  F16(Format.F16, Rounding.RNE);

  private final Format format;
  private final Rounding rounding;

  InputRounding(Format format, Rounding rounding) {
    this.format = format;
    this.rounding = rounding;
  }

  public Format format() {
    return format;
  }

  public double[] apply(double[] values) {
    if (this == NONE) {
      return values;
    }
    double[] rounded = new double[values.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] =
          format == Format.TF32
              ? Tf32.round((float) values[i], rounding)
              : format.round(values[i], rounding);
    }
    return rounded;
  }
}

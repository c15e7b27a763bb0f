package org.bitref.bound;

import java.util.Arrays;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.numerics.Tf32;

/** What a system may do to operands of float32 before it multiplies them. */
public enum InputRounding {
  NONE(Format.F64, Rounding.RNE),
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
    return this == NONE ? values : Arrays.stream(values).map(this::apply).toArray();
  }

  private double apply(double value) {
    return format == Format.TF32
        ? Tf32.round((float) value, rounding)
        : format.round(value, rounding);
  }
}

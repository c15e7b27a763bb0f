package org.bitref.recipe;

import java.util.List;
import java.util.Optional;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.numerics.Tf32;

/**
 * What the operands are rounded to before they are multiplied: {@code in=f16}, {@code
 * in=e4m3,e5m2}, {@code in=tf32,tf32=rna}, {@code in=bf16,daz}. A value that the format holds is
 * left as it is, so that nothing happens to a float16 tensor under {@code in=f16}; other values go
 * to nearest even.
 *
 * <p>Worked example: the float 1 + 2^-11, {@code 0x3F801000}, lies half-way between two TF32
 * numbers. {@code tf32=trunc} and {@code tf32=rne} make it {@code 0x3F800000}, {@code tf32=rna}
 * makes it {@code 0x3F802000}.
 *
 * @param x format of the left operand, the activations
 * @param w format of the right operand, the weights
 * @param tf32 how a float becomes a TF32; RZ, which is what a tensor core does by itself, unless an
 *     operand is TF32
 * @param daz denormals are zero: a subnormal operand counts as a zero of its sign
 */
public record Input(Format x, Format w, Rounding tf32, boolean daz) {
  private static final List<Format> ALLOWED =
      List.of(
          Format.F16, Format.BF16, Format.TF32, Format.F32, Format.F64, Format.E4M3, Format.E5M2);

  /**
   * @throws IllegalArgumentException for a format that no operand has, or a TF32 rounding without
   *     TF32
   */
  public Input {
    if (!ALLOWED.contains(x) || !ALLOWED.contains(w)) {
      throw new IllegalArgumentException("an operand is one of " + ALLOWED);
    }
    Check.that(
        tf32 == Rounding.RZ || x == Format.TF32 || w == Format.TF32, "tf32= needs a tf32 operand");
  }

  /** Both operands in one format, with nothing else said. */
  public static Input of(Format both) {
    return new Input(both, both, Rounding.RZ, false);
  }

  /** An element of the left operand, as it enters the product. */
  public double roundX(double value) {
    return round(value, x);
  }

  /** An element of the right operand, as it enters the product. */
  public double roundW(double value) {
    return round(value, w);
  }

  private double round(double value, Format format) {
    double rounded =
        format == Format.TF32 ? Tf32.round((float) value, tf32) : format.round(value, Rounding.RNE);
    boolean subnormal = Math.abs(rounded) < Math.scalb(1.0, format.emin());
    return daz && subnormal ? Math.copySign(0.0, rounded) : rounded;
  }

  static Input parse(String text) {
    Optional<Format> x = Optional.empty();
    Optional<Format> w = Optional.empty();
    Rounding tf32 = Rounding.RZ;
    boolean daz = false;
    for (String item : Part.split(text, ',')) {
      String word = item.replace(" ", "");
      if (word.startsWith("in=")) {
        x = Optional.of(format(text, word.substring(3)));
      } else if (word.startsWith("tf32=")) {
        tf32 = rounding(text, word.substring(5));
      } else if (word.equals("daz")) {
        daz = true;
      } else {
        w = Optional.of(format(text, word));
      }
    }
    Format left =
        x.orElseThrow(
            () -> new RecipeSyntaxException(text, "no in=, with which a GEMM recipe starts"));
    return new Input(left, w.orElse(left), tf32, daz);
  }

  private static Format format(String text, String word) {
    return ALLOWED.stream()
        .filter(format -> Part.word(format).equals(word))
        .findFirst()
        .orElseThrow(
            () -> new RecipeSyntaxException(text, "\"" + word + "\" is no format of an operand"));
  }

  private static Rounding rounding(String text, String word) {
    return switch (word) {
      case "trunc" -> Rounding.RZ;
      case "rna" -> Rounding.RNA;
      case "rne" -> Rounding.RNE;
      default -> throw new RecipeSyntaxException(text, "\"" + word + "\" is none of trunc rna rne");
    };
  }

  String text() {
    StringBuilder text = new StringBuilder("in=").append(Part.word(x));
    if (w != x) {
      text.append(',').append(Part.word(w));
    }
    if (x == Format.TF32 || w == Format.TF32) {
      text.append(",tf32=");
      text.append(tf32 == Rounding.RZ ? "trunc" : Part.word(tf32));
    }
    return text.append(daz ? ",daz" : "").toString();
  }
}

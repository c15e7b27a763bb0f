package org.bitref.recipe;

import static org.bitref.recipe.Value.INTEGER;
import static org.bitref.recipe.Value.word;

import java.util.OptionalInt;
import org.bitref.numerics.Format;

/**
 * The innermost arithmetic of a matrix product: what happens to an accumulator c and a run of
 * products a_k·b_k.
 */
public sealed interface Inner {
  /** The format of the sum. */
  default Format format() {
    return switch (this) {
      case Fda fda -> fda.acc().format();
      case Fma fma -> fma.acc().format();
      case MulAdd add -> add.acc().format();
      case Bf16Dp _ -> Format.F32;
      case Exact _ -> Format.F64;
    };
  }

  /** The canonical text. */
  default String text() {
    return Grammar.INNER.text(this);
  }

  /**
   * The fused dot-add of a tensor core: {@code fda(w=16,F=25,acc=f32rz)}. {@code w} products and
   * the accumulator are added in fixed point.
   *
   * <ol>
   *   <li>The exponent of a product is the sum of its operands' exponents, not normalised; a
   *       subnormal operand (and a subnormal accumulator) has its format's smallest exponent.
   *   <li>E is the largest exponent among the products that are not zero and the accumulator.
   *   <li>Every term is truncated toward zero to a multiple of 2^(E-F).
   *   <li>The truncated terms are added exactly, and the sum is rounded once as {@code acc} says.
   * </ol>
   *
   * <p>A zero sum is +0; a NaN, an infinity times zero or infinities of both signs give the NaN
   * whose bits are all ones but the sign.
   *
   * <p>Sources: microsoft/MMA-Sim (arXiv 2511.10909); Khattak and Mikaitis (arXiv 2512.07004);
   * captures of an H100, on which this reproduces every output of fourteen instructions.
   *
   * <p>Worked example, w = 16: the terms 2^12, -2^12 and 2^-13 have E = 12. With F = 25 the last
   * bit kept is 2^-13 and the sum is 2^-13 ({@code 0x39000000}); with F = 24 the third term is
   * truncated away and the sum is +0.
   *
   * @param w products in one step, 1 to 64; the last step of a run may have fewer
   * @param fraction F, the fraction bits kept below 2^E, 1 to 40
   * @param acc the accumulator
   * @param kper which k share a step
   * @param clast the 2w terms of an instruction are summed from zero in two steps, and the
   *     accumulator is added to them afterwards, to nearest even in its own format: FP8 {@code
   *     mma.sync} where it is emulated by instructions for wider types (Hopper and Blackwell)
   * @param floor the least E, if there is one: measured on an H100, -133 with a float32 accumulator
   *     and -21 with a float16 one
   */
  record Fda(int w, int fraction, Accumulator acc, KOrder kper, boolean clast, OptionalInt floor)
      implements Inner {
    /**
     * @throws IllegalArgumentException if w or F is out of range
     */
    public Fda {
      Check.range("w", w, 1, 64);
      Check.range("F", fraction, 1, 40);
      Check.that(acc != Accumulator.F64RNE, "fda has no f64 accumulator");
    }

    /** In ascending k, the accumulator inside the step, no floor. */
    public static Fda of(int w, int fraction, Accumulator acc) {
      return new Fda(w, fraction, acc, KOrder.ID, false, OptionalInt.empty());
    }

    static Fda keys(Keys<Fda> keys) {
      return new Fda(
          keys.get("w", INTEGER, Fda::w),
          keys.get("F", INTEGER, Fda::fraction),
          keys.get("acc", Value.ACCUMULATOR, Fda::acc),
          keys.get("kper", Value.K_ORDER, Fda::kper, KOrder.ID),
          keys.flag("clast", Fda::clast),
          keys.get("floor", Value.EXPONENT, Fda::floor, OptionalInt.empty()));
    }
  }

  /**
   * A chain of fused multiply-adds, one rounding each: {@code fma(acc=f32rne,lanes=1)}. CUDA cores,
   * and the kernels of CPUs.
   *
   * <p>Worked example in f32: c = -1, a = b = 1 + 2^-12: the fused result is 2^-11 + 2^-24 ({@code
   * 0x3A000400}), for the product is not rounded.
   */
  record Fma(Accumulator acc, Lanes lanes) implements Inner {
    static Fma keys(Keys<Fma> keys) {
      return new Fma(keys.get("acc", Value.ACCUMULATOR, Fma::acc), Lanes.keys(keys, Fma::lanes));
    }
  }

  /**
   * Products rounded to the accumulator's format, then added: {@code muladd(acc=f32rne,lanes=1)}.
   *
   * <p>Worked example in f32: c = -1, a = b = 1 + 2^-12: the product 1 + 2^-11 + 2^-24 is a tie and
   * goes to 1 + 2^-11, so the result is 2^-11 ({@code 0x3A000000}).
   */
  record MulAdd(Accumulator acc, Lanes lanes) implements Inner {
    static MulAdd keys(Keys<MulAdd> keys) {
      return new MulAdd(
          keys.get("acc", Value.ACCUMULATOR, MulAdd::acc), Lanes.keys(keys, MulAdd::lanes));
    }
  }

  /**
   * The bfloat16 pair instructions of x86: of every two terms one is added to the float32
   * accumulator by a fused multiply-add, then the other. Subnormal operands count as zero and a
   * subnormal result becomes zero.
   *
   * <p>Source: the pseudo-code of VDPBF16PS (AVX512_BF16) in the manual: odd element first.
   *
   * <p>Worked example, c = 0, products 2^-24 (k = 0) and 1 (k = 1): odd first 0 + 1 = 1, then 1 +
   * 2^-24 is a tie and stays 1 ({@code 0x3F800000}).
   *
   * @param order which of the two comes first
   * @param ftz subnormal operands and results are zero; the instruction always does so
   */
  record Bf16Dp(Order order, boolean ftz) implements Inner {
    /** Which of a pair comes first. */
    public enum Order {
      /** Element 2i+1, then element 2i. */
      ODDEVEN,
      /** Element 2i, then element 2i+1. */
      EVENODD
    }

    static Bf16Dp keys(Keys<Bf16Dp> keys) {
      return new Bf16Dp(
          keys.get("order", word(Order.class), Bf16Dp::order), keys.flag("ftz", Bf16Dp::ftz));
    }
  }

  /**
   * The exact sum, rounded once: into the format of the epilogue if that is nothing but a
   * conversion, else into float64.
   *
   * <p>Worked example: 2^24 + 1 + 1 with {@code cvt(f32,rne)} is 2^24 + 2 ({@code 0x4B800001}); a
   * float32 chain would lose both ones.
   */
  record Exact() implements Inner {}
}

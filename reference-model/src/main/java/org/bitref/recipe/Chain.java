package org.bitref.recipe;

import static org.bitref.recipe.Value.INTEGER;
import static org.bitref.recipe.Value.word;

/**
 * How one slice of K is folded: which terms meet which accumulator. New accumulators start at zero;
 * only the first takes the initial one.
 */
public sealed interface Chain {
  /** The canonical text. */
  default String text() {
    return Grammar.CHAIN.text(this);
  }

  /**
   * One accumulator sees all of the slice in order: {@code seq}.
   *
   * <p>Worked example, f32 RNE, terms 2^24, 1, 1, 1: each 1 is half a unit and lost to a tie, 2^24
   * ({@code 0x4B800000}).
   */
  record Seq() implements Chain {}

  /**
   * Sliced-K, {@code sliced(q=2,bk=64)}: part j of every K tile of {@code bk} terms goes to
   * accumulator j, and at the end the accumulators are added in order, rounded as the inner
   * accumulator is (to nearest where that truncates). CUTLASS with several warps along K, cuBLAS
   * kernels named {@code sliced1x2}.
   *
   * <p>Worked example, q = 2, bk = 4, K = 8: accumulator 0 takes k = 0 1 4 5, accumulator 1 takes 2
   * 3 6 7. Over 2^24, 1, 1, 1 they hold 2^24 and 2; 2^24 + 2 is {@code 0x4B800001}.
   *
   * @param q accumulators; divides bk
   * @param bk terms of a tile
   */
  record Sliced(int q, int bk) implements Chain {
    /**
     * @throws IllegalArgumentException if q does not divide bk
     */
    public Sliced {
      Check.positive("q", q);
      Check.positive("bk", bk);
      if (bk % q != 0) {
        throw new IllegalArgumentException(
            "q= must divide bk=, and " + q + " does not divide " + bk);
      }
    }

    static Sliced keys(Keys<Sliced> keys) {
      return new Sliced(keys.get("q", INTEGER, Sliced::q), keys.get("bk", INTEGER, Sliced::bk));
    }
  }

  /**
   * Promotion, {@code promote(every=128,into=f32rne)}: every n terms are summed from zero and the
   * sum is added to a main accumulator. FP8 GEMMs of CUTLASS and DeepGEMM on Hopper (every 128).
   *
   * <p>Worked example, every = 2, terms 2^24, 1, 1, 1: (2^24 + 1) + (1 + 1) = 2^24 + 2 with f32 RNE
   * ({@code 0x4B800001}), where one chain would stay at 2^24.
   *
   * @param every terms per partial sum
   * @param into the main accumulator
   * @param fmascale the partial sum is multiplied by alpha in the same operation: main = fma(alpha,
   *     partial, main)
   */
  record Promote(int every, Accumulator into, boolean fmascale) implements Chain {
    /**
     * @throws IllegalArgumentException if {@code every} is below 1
     */
    public Promote {
      Check.positive("every", every);
    }

    static Promote keys(Keys<Promote> keys) {
      return new Promote(
          keys.get("every", INTEGER, Promote::every),
          keys.get("into", Value.ACCUMULATOR, Promote::into),
          keys.flag("fmascale", Promote::fmascale));
    }
  }

  /**
   * Blocked K of CPU libraries, {@code kblock(q=448,rule=openblas)}: every block is summed from
   * zero and added to C, rounded to nearest.
   *
   * <p>Worked example, K = 700: {@code rule=mlas} with q = 128 makes blocks of 128 ·5 and 60;
   * {@code rule=openblas} with q = 448 sees 448 &lt; 700 &lt; 896 and makes two of 352 and 348,
   * half of it rounded up to a multiple of {@code unroll}. K = 1000: {@code rule=mkl} with q = 384
   * makes 384, 384 and 232 for N = 192 and 384, 308 and 308 for N = 176; {@code rule=onednn} with q
   * = 1024 makes 512 and 488. With q = 2 ({@code rule=mlas}) 2^24, 1, 1, 1 gives (2^24 + 1) + (1 +
   * 1) = 2^24 + 2 ({@code 0x4B800001}).
   *
   * @param q the block length aimed at
   * @param rule how the rest is cut
   * @param unroll OpenBLAS rounds half a rest up to a multiple of it (its GEMM_UNROLL_M)
   */
  record KBlock(int q, Rule rule, int unroll) implements Chain {
    /** How K is cut. */
    public enum Rule {
      /** q while 2q or more remain; then, if more than q remain, half; then the rest. */
      OPENBLAS,
      /** q, q, ..., rest. */
      MLAS,
      /**
       * MKL's float32 product on AVX-512 with q = 384, as PyTorch's CPU captures show it: up to q
       * one block; up to 2q two, the first ceil(K / 2); beyond that, with N of 192 or more, q, q,
       * ..., rest, and with fewer columns q while more than 2q remain and then two as before. N
       * from 177 to 191 was not seen.
       */
      MKL,
      /**
       * oneDNN's 16-bit products on AVX-512 with q = 1024: blocks of q if K is more than q, else of
       * q / 2.
       */
      ONEDNN
    }

    /** GEMM_UNROLL_M of OpenBLAS's AVX-512 kernel for float32. */
    public static final int UNROLL = 16;

    /**
     * @throws IllegalArgumentException if a length is below 1
     */
    public KBlock {
      Check.positive("q", q);
      Check.positive("unroll", unroll);
      if (rule != Rule.OPENBLAS && unroll != UNROLL) {
        throw new IllegalArgumentException("rule=" + Part.word(rule) + " knows no unroll=");
      }
    }

    static KBlock keys(Keys<KBlock> keys) {
      return new KBlock(
          keys.get("q", INTEGER, KBlock::q),
          keys.get("rule", word(Rule.class), KBlock::rule),
          keys.get("unroll", INTEGER, KBlock::unroll, UNROLL));
    }
  }
}

package org.bitref.recipe;

import static org.bitref.recipe.Value.INTEGER;

import org.bitref.numerics.Format;

/**
 * In which order the terms of a reduction along one row are added. Every sum starts at +0 and is
 * rounded after each addition.
 *
 * <p>Texts: {@code exact}, {@code seq}, {@code cascade(8)}, {@code lanes(16,short)}, {@code
 * halves(8)}, {@code torchcuda}, {@code torchsoftmax(f16)}.
 */
public sealed interface SumOrder {
  /** The canonical text. */
  default String text() {
    return Grammar.SUM.text(this);
  }

  /**
   * The exact sum, rounded once. Worked example, 2^24 and fifteen ones: 2^24 + 15 is a tie and goes
   * to 2^24 + 16 ({@code 0x4B800008}).
   */
  record Exact() implements SumOrder {}

  /**
   * One accumulator, terms in order. Worked example, 2^24 and fifteen ones: 2^24 ({@code
   * 0x4B800000}).
   */
  record Sequential() implements SumOrder {}

  /**
   * PyTorch's CPU sum over a contiguous row: vectors of {@code lanes} elements, four of them in
   * flight, each column of them summed in a cascade of four levels; then the four vectors in order,
   * the leftover elements, and the lanes in order (aten/src/ATen/native/cpu/SumKernel.cpp).
   *
   * <p>Worked example, {@code cascade(2)} over 2^24 and fifteen ones: two rounds of four vectors of
   * two. The lanes of the four hold 2^24 and 2, 2 and 2, 2 and 2, 2 and 2; together 2^24 + 6 and 8;
   * the sum is 2^24 + 14 ({@code 0x4B800007}).
   *
   * @param lanes elements of a vector
   */
  record Cascade(int lanes) implements SumOrder {
    /**
     * @throws IllegalArgumentException without a lane
     */
    public Cascade {
      Check.positive("cascade", lanes);
    }

    static Cascade keys(Keys<Cascade> keys) {
      return new Cascade(keys.bare(INTEGER, Cascade::lanes));
    }
  }

  /**
   * Partial sums side by side, as the threads of a GPU block or the elements of a vector register
   * make them. Lane l takes the terms l·vec … l·vec + vec - 1 of every round of count·vec terms, in
   * order; its j-th term goes to its accumulator j mod acc. At the end a lane's accumulators are
   * added in order, then the lanes in halves: v[i] + v[i + h] for h = group/2 … 1 inside each group
   * of {@code group} lanes, and so again over the groups.
   *
   * <p>Worked example, {@code lanes(4)} over 2^24, 1, 1, 1, 1, 1: the lanes hold 2^24 (to which 1
   * adds nothing), 2, 1, 1; the halves are 2^24 + 1 = 2^24 and 3; the sum is 2^24 + 4 ({@code
   * 0x4B800002}, a tie). In order it would be 2^24.
   *
   * <p>Known users: the softmax of PyTorch on AVX-512 is {@code lanes(16,short)}; ONNX Runtime's
   * float32 mean (Eigen's packets of four, two in flight) {@code lanes(8)} for N a multiple of
   * eight.
   *
   * @param count lanes, a power of two
   * @param vec consecutive terms that a lane loads at once
   * @param acc accumulators of a lane
   * @param group lanes that are added first, a power of two that divides count; count for all
   * @param inOrder text {@code short}: a row of fewer terms than lanes is added in order
   */
  record Lanes(int count, int vec, int acc, int group, boolean inOrder) implements SumOrder {
    /**
     * @throws IllegalArgumentException if lanes cannot be halved or a number is below 1
     */
    public Lanes {
      Check.positive("lanes", count);
      Check.positive("vec", vec);
      Check.positive("acc", acc);
      Check.range("group", group, 1, count);
      Check.that(
          Integer.bitCount(count) == 1 && Integer.bitCount(group) == 1,
          "lanes and group= must be powers of two");
    }

    static Lanes keys(Keys<Lanes> keys) {
      Keys<Lanes> last = keys.branch(lanes -> lanes);
      boolean inOrder = last.flag("short", Lanes::inOrder);
      int count = keys.bare(INTEGER, Lanes::count);
      int vec = keys.get("vec", INTEGER, Lanes::vec, 1);
      int acc = keys.get("acc", INTEGER, Lanes::acc, 1);
      int group = keys.get("group", INTEGER, Lanes::group, count);
      keys.append(last);
      return new Lanes(count, vec, acc, group, inOrder);
    }
  }

  /**
   * A row cut into runs of {@code run} terms, each summed in order; then the runs' sums in halves,
   * v[i] + v[i + h] for h = the largest power of two below their number … 1. A row that is no whole
   * number of runs is cut into single terms. So {@code halves(8)} of a row of 512 is {@code
   * lanes(64,vec=8)}, and of 3006 terms {@code lanes(4096)}.
   *
   * <p>Worked example, {@code halves(2)} over 2^24, 1, 1, 1, 1, 1: the runs' sums are 2^24, 2, 2;
   * with h = 2 the first becomes 2^24 + 2, and then 2^24 + 4 ({@code 0x4B800002}).
   *
   * <p>Known user: TensorRT 10.6's RMSNorm and unfused softmax, runs of 8.
   *
   * @param run terms that are added in order
   */
  record Halves(int run) implements SumOrder {
    /**
     * @throws IllegalArgumentException without a term
     */
    public Halves {
      Check.positive("halves", run);
    }

    static Halves keys(Keys<Halves> keys) {
      return new Halves(keys.bare(INTEGER, Halves::run));
    }
  }

  /**
   * PyTorch's CUDA sum or mean over the last, contiguous axis in float32: lanes whose number and
   * width follow from the number of rows and of columns, and whose first vector is cut short where
   * a row does not start at a multiple of four elements (aten/src/ATen/native/cuda/Reduce.cuh;
   * PyTorch 2.11 on an H100). With 16 rows or more of 128 to 5120 elements it is {@code
   * lanes(32,vec=4,acc=4)}; 24 rows of 8192 are {@code lanes(512,vec=4,acc=4,group=32)}, and a
   * single one is {@code lanes(512,vec=4,acc=4)}.
   *
   * <p>Worked example, one row of 2^24 and fifteen ones: 2^24 + 14 ({@code 0x4B800007}), for only
   * one 1 is added to 2^24 by itself.
   */
  record TorchCuda() implements SumOrder {}

  /**
   * The sum of exponentials in PyTorch's CUDA softmax with a float32 result: one of four kernels,
   * by the row's length and the input's format (aten/src/ATen/native/cuda/SoftMax.cu; PyTorch 2.11
   * on an H100). Rows of up to 1024 (f16) or 2048 (f32) are {@code lanes(32)}; f32 rows of 4096 are
   * {@code lanes(1024,group=32)}, f16 ones {@code lanes(1024,vec=8,group=32)}.
   *
   * <p>Worked example, 2^24 and fifteen ones in f16: a 1 in each lane, halved; 2^24 + 14 ({@code
   * 0x4B800007}).
   *
   * @param input F16 if the float16 scores are handed in with dtype=float32, eight to a load; F32
   *     for float32 scores, four to a load, which is also how bfloat16 ones come
   */
  record TorchSoftmax(Format input) implements SumOrder {
    /**
     * @throws IllegalArgumentException for another format
     */
    public TorchSoftmax {
      Check.that(input == Format.F16 || input == Format.F32, "torchsoftmax(...) is of f16 or f32");
    }

    static TorchSoftmax keys(Keys<TorchSoftmax> keys) {
      return new TorchSoftmax(keys.bare(Value.FORMAT, TorchSoftmax::input));
    }
  }
}

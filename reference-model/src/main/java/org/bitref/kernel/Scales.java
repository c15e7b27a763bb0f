package org.bitref.kernel;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * The factors of both operands of a product, where it has such.
 *
 * @param x of the rows of x and of y
 * @param w of the rows of w, the columns of y
 */
public record Scales(Optional<OperandScale> x, Optional<OperandScale> w) {
  /** None. */
  public static final Scales NONE = new Scales(Optional.empty(), Optional.empty());

  /** True if no operand has a scale. */
  public boolean isEmpty() {
    return x.isEmpty() && w.isEmpty();
  }

  private Stream<OperandScale> all() {
    return Stream.concat(x.stream(), w.stream());
  }

  /** True if a factor belongs to a part of K, so that it cannot wait for the end of a sum. */
  public boolean isByBlock() {
    return all().anyMatch(scale -> scale.blocks() > 1);
  }

  /** K; 0 without scales. */
  public int depth() {
    return all().mapToInt(OperandScale::depth).findFirst().orElse(0);
  }

  /** Terms of K under the same factors. */
  public int block() {
    return all().filter(scale -> scale.blocks() > 1).mapToInt(OperandScale::block).min().orElse(1);
  }

  /** True if every factor is a power of two. */
  public boolean isPowersOfTwo() {
    return all().allMatch(OperandScale::isPowersOfTwo);
  }

  /** The factor of x in row m of the product, at term k; 1 without a scale. */
  public float ofX(long m, int k) {
    return x.isPresent() ? x.get().of(m, k) : 1;
  }

  /** The factor of w in column n of the product, at term k; 1 without a scale. */
  public float ofW(long n, int k) {
    return w.isPresent() ? w.get().of(n, k) : 1;
  }

  /** The product of both, rounded to float32. */
  public float alpha(long m, long n, int k) {
    return ofX(m, k) * ofW(n, k);
  }

  /**
   * Checks that no factor changes between two terms.
   *
   * @throws IllegalArgumentException if one does
   */
  public void checkConstant(int from, int to) {
    if (all().anyMatch(one -> one.blocks() > 1 && from / one.block() != to / one.block())) {
      throw new IllegalArgumentException(
          "the recipe scales a sum over more than one block of K: it needs promote(every="
              + block()
              + ",into=f32rne,fmascale), or no mul");
    }
  }
}

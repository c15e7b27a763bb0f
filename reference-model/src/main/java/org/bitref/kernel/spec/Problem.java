package org.bitref.kernel.spec;

import java.util.Optional;
import org.bitref.kernel.GemmOperands;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Tensor;

/**
 * One product to be done, with its operands checked: x taken as [rows, depth], w [columns, depth].
 */
public record Problem(GemmRecipe recipe, Tensor x, Tensor w, GemmOperands operands) {
  /**
   * Checks the operands.
   *
   * @throws IllegalArgumentException if the shapes do not fit each other
   */
  public Problem {
    if (x.shape().rank() < 1 || w.shape().rank() != 2) {
      throw new IllegalArgumentException("expected [.., K]·[N, K]ᵀ, not " + shapes(x, w));
    }
    if (x.shape().dim(-1) != w.shape().dim(1)) {
      throw new IllegalArgumentException("K differs in " + shapes(x, w));
    }
    long m = x.shape().asRows().dim(0);
    long n = w.shape().dim(0);
    check("c", operands.c(), Math.multiplyExact(m, n));
    check("bias", operands.bias(), n);
    check("residual", operands.residual(), Math.multiplyExact(m, n));
  }

  private static String shapes(Tensor x, Tensor w) {
    return x.shape() + "·" + w.shape() + "ᵀ";
  }

  private static void check(String name, Optional<Tensor> operand, long elements) {
    if (operand.isPresent() && operand.get().elements() != elements) {
      throw new IllegalArgumentException(
          name + " " + operand.get().shape() + " should have " + elements + " elements");
    }
  }

  /** M. */
  public int rows() {
    return x.shape().asRows().intDim(0);
  }

  /** N. */
  public int columns() {
    return w.shape().intDim(0);
  }

  /** K. */
  public int depth() {
    return w.shape().intDim(1);
  }

  /** Which accumulator sees which k. */
  public KPlan plan() {
    return KPlan.of(recipe, depth(), columns());
  }

  /** A reader of x, for one thread. */
  public OperandReader left() {
    return OperandReader.left(x, recipe);
  }

  /** A reader of w, for one thread. */
  public OperandReader right() {
    return OperandReader.right(w, recipe);
  }

  /** What follows the runs of an output, for one thread. */
  public OutputTail tail() {
    return new OutputTail(recipe, operands, columns());
  }

  /**
   * What takes the results.
   *
   * @throws IllegalArgumentException if the recipe's epilogue asks for an operand that is missing
   */
  public OutputWriter writer() {
    tail();
    return new OutputWriter(recipe, x.shape().withLast(columns()));
  }
}

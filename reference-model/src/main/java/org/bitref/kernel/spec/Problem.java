package org.bitref.kernel.spec;

import org.bitref.kernel.GemmOperands;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Tensor;

/**
 * One product to be done, with its shapes checked: x taken as [rows, depth], w [columns, depth].
 */
public record Problem(GemmRecipe recipe, Tensor x, Tensor w, GemmOperands operands) {
  /**
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

  private static void check(String name, Tensor operand, long elements) {
    if (operand != null && operand.elements() != elements) {
      throw new IllegalArgumentException(
          name + " " + operand.shape() + " should have " + elements + " elements");
    }
  }

  public int rows() {
    return x.shape().asRows().intDim(0);
  }

  public int columns() {
    return w.shape().intDim(0);
  }

  public int depth() {
    return w.shape().intDim(1);
  }

  public OperandReader left() {
    return OperandReader.left(x, recipe);
  }

  public OperandReader right() {
    return OperandReader.right(w, recipe);
  }

  public Steps steps() {
    return new Steps(recipe.epilogue(), operands, columns());
  }

  public Fold fold() {
    return new Fold(recipe, depth(), columns(), operands.alpha());
  }

  public OutputWriter writer() {
    return new OutputWriter(recipe, x.shape().withLast(columns()));
  }

  /** True if the operand c is what the accumulators start with. */
  public boolean hasInitial() {
    return operands.c() != null
        && recipe.epilogue().steps().stream().noneMatch(Epilogue.Fma.class::isInstance);
  }

  /** What the accumulator of output (m, n) starts with, rounded to nearest even into its format. */
  public double initial(long m, long n) {
    return hasInitial()
        ? Arithmetic.nearest(Fold.initialFormat(recipe)).round(operands.c().get(m * columns() + n))
        : 0;
  }
}

package org.bitref.kernel.spec;

import org.bitref.kernel.GemmOperands;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * One output of a product at a time, as the interpreter computes it: for a few outputs of a shape
 * under many recipes. Not thread-safe.
 */
public final class SingleOutput {
  private final GemmRecipe recipe;
  private final KPlan plan;
  private final InnerSum inner;
  private final OutputTail tail;
  private final double[] a;
  private final double[] b;

  /**
   * Outputs of products of one shape.
   *
   * @param k terms of an output
   * @param n columns of the whole product, which one blocking rule looks at
   * @param bias what a step {@code add(bias,...)} adds
   */
  public SingleOutput(GemmRecipe recipe, int k, int n, double bias) {
    this.recipe = recipe;
    this.plan = KPlan.of(recipe, k, n);
    this.inner = InnerSum.of(recipe);
    TensorBuilder only = new TensorBuilder(DType.F64, Shape.of(1));
    only.set(0, bias);
    this.tail = new OutputTail(recipe, GemmOperands.NONE.withBias(only.build()), 1);
    this.a = new double[k];
    this.b = new double[k];
  }

  /**
   * The output of row {@code m} of x [M, K] and row {@code n} of w [N, K].
   *
   * @return the stored bits, zero-extended
   */
  public long bits(Tensor x, long m, Tensor w, long n) {
    OperandReader.left(x, recipe).read(m * a.length, a, 0, a.length);
    OperandReader.right(w, recipe).read(n * b.length, b, 0, b.length);
    return bits(a, b);
  }

  /** The output of two rows of K values each, which the recipe's input has rounded already. */
  public long bits(double[] row, double[] column) {
    return tail.bits(inner.of(row, column).runs(plan, 0), 0, 0);
  }
}

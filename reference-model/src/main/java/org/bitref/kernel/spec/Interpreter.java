package org.bitref.kernel.spec;

import org.bitref.kernel.GemmKernel;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Tensor;

/**
 * Any recipe, one output after another, in the words of the recipe itself: the specification that
 * every faster kernel must match bit for bit.
 */
public final class Interpreter implements GemmKernel {
  /** Rows of x held at a time. */
  private static final int ROWS = 64;

  private final GemmRecipe recipe;

  /** The interpreter of a recipe. */
  public Interpreter(GemmRecipe recipe) {
    this.recipe = recipe;
  }

  @Override
  public Tensor multiply(Tensor x, Tensor w, GemmOperands operands, Workers workers) {
    Problem problem = new Problem(recipe, x, w, operands);
    OutputWriter out = problem.writer();
    for (int from = 0; from < problem.rows(); from += ROWS) {
      int first = from;
      double[][] a = rows(problem, from, Math.min(problem.rows(), from + ROWS));
      workers.forEach(
          problem.columns(), 1, (n, end) -> new Outputs(problem, out).columns(n, end, first, a));
    }
    return out.build();
  }

  private static double[][] rows(Problem problem, int from, int to) {
    double[][] rows = new double[to - from][problem.depth()];
    OperandReader reader = problem.left();
    for (int m = from; m < to; m++) {
      reader.read((long) m * problem.depth(), rows[m - from], 0, problem.depth());
    }
    return rows;
  }

  /** Outputs of one product, computed by one thread. */
  public static final class Outputs {
    private final Problem problem;
    private final OutputWriter out;
    private final KPlan plan;
    private final InnerSum inner;
    private final OutputTail tail;
    private final OperandReader right;
    private final double[] b;

    /** The outputs of a product, which {@code out} takes. */
    public Outputs(Problem problem, OutputWriter out) {
      this.problem = problem;
      this.out = out;
      this.plan = problem.plan();
      this.inner = InnerSum.of(problem.recipe());
      this.tail = problem.tail();
      this.right = problem.right();
      this.b = new double[problem.depth()];
    }

    private void columns(int n, int end, int first, double[][] a) {
      for (int column = n; column < end; column++) {
        right.read((long) column * b.length, b, 0, b.length);
        for (int i = 0; i < a.length; i++) {
          store(first + i, column, a[i]);
        }
      }
    }

    /** Output (m, n), read, computed and stored. */
    public void single(int m, int n) {
      double[] a = new double[b.length];
      problem.left().read((long) m * b.length, a, 0, b.length);
      right.read((long) n * b.length, b, 0, b.length);
      store(m, n, a);
    }

    private void store(int m, int n, double[] a) {
      double[][] runs = inner.of(a, b).runs(plan, tail.firstRun(m, n));
      out.set((long) m * problem.columns() + n, tail.value(runs, m, n));
    }
  }
}

package org.bitref.kernel.blocked;

import java.util.function.DoubleUnaryOperator;
import org.bitref.kernel.GemmKernel;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.spec.Interpreter;
import org.bitref.kernel.spec.OperandReader;
import org.bitref.kernel.spec.OutputTail;
import org.bitref.kernel.spec.OutputWriter;
import org.bitref.kernel.spec.Problem;
import org.bitref.kernel.spec.Steps;
import org.bitref.numerics.Fma;
import org.bitref.numerics.Format;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Tensor;

/**
 * {@code exact}, fast: a sum of about twice the precision of a double, with a bound on its error.
 * If both ends of the interval round alike, that is the result (A. Ziv, "Fast evaluation of
 * elementary mathematical functions with correctly rounded last bit", ACM TOMS 17, 1991); if not,
 * the interpreter decides with its wide accumulator.
 *
 * <p>The bound (Ogita, Rump, Oishi, "Accurate sum and dot product", 2005, algorithm 5.3). Let u =
 * 2^-53 and A = Σ|a·b| + |c|. The running sum s loses e_k at each addition and, for float64
 * operands, d_k at each product, both known exactly; |e_k| and |d_k| are at most about u·A. Their
 * sum is itself computed in double, at most n = 2K + 1 terms, with an error of at most
 * (n·u)·(n·u·A), which is below 4.1·(K + 1)²·u²·A for K up to 2^26. A is at most K·max|a|·max|b| +
 * |c|. Below 2^-1022 a product's error is no double: that costs another K·2^-1074.
 */
final class ExactGemm implements GemmKernel {
  private static final int COLUMNS = 64;
  private static final int MOST_DEPTH = 1 << 26;

  private final GemmRecipe recipe;
  private final Format format;
  private final DoubleUnaryOperator round;

  ExactGemm(GemmRecipe recipe) {
    this.recipe = recipe;
    this.format = recipe.epilogue().onlyCvt().map(Epilogue.Cvt::format).orElse(Format.F64);
    this.round =
        recipe
            .epilogue()
            .onlyCvt()
            .<DoubleUnaryOperator>map(cvt -> x -> Steps.convert(cvt, x))
            .orElse(x -> x);
  }

  @Override
  public Tensor multiply(Tensor x, Tensor w, GemmOperands operands, Workers workers) {
    Problem problem = new Problem(recipe, x, w, operands);
    if (problem.depth() > MOST_DEPTH) {
      return new Interpreter(recipe).multiply(x, w, operands, workers);
    }
    OutputWriter out = problem.writer();
    workers.forEach(
        problem.columns(), COLUMNS, (from, to) -> new Columns(problem, out, from, to).run());
    return out.build();
  }

  /** Some columns of the product, by one thread; lanes run across them. */
  private final class Columns {
    private final Problem problem;
    private final OutputWriter out;
    private final Interpreter.Outputs interpreter;
    private final OutputTail tail;
    private final int from;
    private final int n;
    private final int depth;
    private final double[] w;
    private final double[] largest;
    private final double[] row;
    private final double[] sum = new double[COLUMNS];
    private final double[] lost = new double[COLUMNS];
    private final boolean productsExact;

    Columns(Problem problem, OutputWriter out, int from, int to) {
      this.problem = problem;
      this.out = out;
      this.interpreter = new Interpreter.Outputs(problem, out);
      this.tail = problem.tail();
      this.from = from;
      this.n = to - from;
      this.depth = problem.depth();
      this.w = new double[Math.multiplyExact(depth, COLUMNS)];
      this.largest = new double[COLUMNS];
      this.row = new double[depth];
      this.productsExact =
          problem.recipe().in().x() != Format.F64 && problem.recipe().in().w() != Format.F64;
      load();
    }

    private void load() {
      OperandReader reader = problem.right();
      for (int j = 0; j < n; j++) {
        reader.read((long) (from + j) * depth, row, 0, depth);
        for (int k = 0; k < depth; k++) {
          w[k * COLUMNS + j] = row[k];
        }
        largest[j] = largest(row);
      }
    }

    void run() {
      OperandReader reader = problem.left();
      for (int m = 0; m < problem.rows(); m++) {
        reader.read((long) m * depth, row, 0, depth);
        for (int j = 0; j < n; j++) {
          sum[j] = tail.initial(m, from + j);
          lost[j] = 0;
        }
        for (int k = 0; k < depth; k++) {
          if (productsExact) {
            addExact(row[k], w, k * COLUMNS, sum, lost);
          } else {
            add(row[k], w, k * COLUMNS, sum, lost);
          }
        }
        double mostA = largest(row);
        for (int j = 0; j < n; j++) {
          store(m, j, mostA);
        }
      }
    }

    private void store(int m, int j, double mostA) {
      double result =
          mostA == 0 || largest[j] == 0 ? round.applyAsDouble(sum[j]) : decide(m, j, mostA);
      if (Double.isNaN(result)) {
        interpreter.single(m, from + j);
      } else {
        out.set((long) m * problem.columns() + from + j, tail.steps(result, m, from + j));
      }
    }

    /** The rounded sum; NaN if the bound leaves it open, or if the sign of a zero may matter. */
    private double decide(int m, int j, double mostA) {
      double magnitude = depth * mostA * largest[j] + Math.abs(tail.initial(m, from + j));
      double u = 0x1p-53;
      double terms = depth + 1.0;
      double error = 4.1 * (terms * u) * (terms * u) * magnitude + depth * Double.MIN_VALUE;
      // Twice the error and a little: the ends below are rounded themselves.
      double slack = 2 * error + Math.abs(lost[j]) * 0x1p-51;
      double low = sum[j] + (lost[j] - slack);
      double high = sum[j] + (lost[j] + slack);
      if (format != Format.F64) {
        low = round.applyAsDouble(Math.nextDown(low));
        high = round.applyAsDouble(Math.nextUp(high));
      }
      return low == high && low != 0 && Double.isFinite(sum[j] + slack) ? low : Double.NaN;
    }
  }

  private static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  /** TwoSum (D. Knuth) of sum and a·w, whose product is exact; all that is lost goes to lost. */
  private static void addExact(double a, double[] w, int at, double[] sum, double[] lost) {
    for (int j = 0; j < COLUMNS; j++) {
      double product = a * w[at + j];
      double before = sum[j];
      double after = before + product;
      double added = after - before;
      sum[j] = after;
      lost[j] += (before - (after - added)) + (product - added);
    }
  }

  /** The same with what the product itself loses. */
  private static void add(double a, double[] w, int at, double[] sum, double[] lost) {
    for (int j = 0; j < COLUMNS; j++) {
      double product = a * w[at + j];
      double before = sum[j];
      double after = before + product;
      double added = after - before;
      sum[j] = after;
      lost[j] += Fma.of(a, w[at + j], -product);
      lost[j] += (before - (after - added)) + (product - added);
    }
  }
}

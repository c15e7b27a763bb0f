package org.bitref.operation;

import java.util.List;
import java.util.Optional;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * The matrix product x·wᵀ, whole or sampled in rows and columns, K whole.
 *
 * @param x [..., K]
 * @param w [N, K]
 * @param c [M, N], what the accumulators start with
 * @param bias [N]
 */
public record Product(Tensor x, Tensor w, Optional<Tensor> c, Optional<Tensor> bias)
    implements Operation {
  /**
   * @throws IllegalArgumentException if the shapes do not fit each other
   */
  public Product {
    boolean matrices = x.shape().rank() >= 1 && w.shape().rank() == 2;
    if (!matrices || x.shape().dim(-1) != w.shape().dim(1)) {
      throw new IllegalArgumentException("expected [M, K]·[N, K]ᵀ, not " + factors(x, w));
    }
    long columns = w.shape().dim(0);
    check("c", c, x.shape().asRows().dim(0) * columns);
    check("bias", bias, columns);
  }

  private static String factors(Tensor x, Tensor w) {
    return x.shape() + "·" + w.shape() + "ᵀ";
  }

  String factors() {
    return factors(x, w);
  }

  private static void check(String name, Optional<Tensor> operand, long elements) {
    if (operand.isPresent() && operand.get().elements() != elements) {
      throw new IllegalArgumentException(
          name + " " + operand.get().shape() + " should have " + elements + " elements");
    }
  }

  /** A product of nothing but its two factors. */
  public Product(Tensor x, Tensor w) {
    this(x, w, Optional.empty(), Optional.empty());
  }

  /** A captured product of nothing but its two factors. */
  public static Captured<Product> captured(Tensor x, Tensor w, Tensor y) {
    return new Captured<>(new Product(x, w), y);
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

  @Override
  public OperationKind kind() {
    return OperationKind.PRODUCT;
  }

  @Override
  public Shape shape() {
    long[] dims = x.shape().dims();
    dims[dims.length - 1] = columns();
    return Shape.of(dims);
  }

  @Override
  public List<Tensor> inputs() {
    return List.of(x);
  }

  @Override
  public Product withInput(int i, Tensor other) {
    return new Product(other.reshape(x.shape()), w, c, bias);
  }

  @Override
  public Tensor run(StageRecipe recipe, Workers workers) {
    GemmOperands operands = GemmOperands.of(c, bias).withScale(1, 1);
    return Kernels.gemm((GemmRecipe) recipe).multiply(x, w, operands, workers);
  }

  /** The first {@code m} rows and {@code n} columns of a captured product of matrices. */
  public static Captured<Product> corner(Captured<Product> whole, int m, int n) {
    Product product = whole.operation();
    if (m == product.rows() && n == product.columns()) {
      return whole;
    }
    Product corner =
        new Product(
            product.x.rows(0, m),
            product.w.rows(0, n),
            product.c.map(c -> product.corner(c, m, n)),
            product.bias.map(bias -> bias.rows(0, n)));
    return new Captured<>(corner, product.corner(whole.y(), m, n));
  }

  /**
   * The first rows and columns of a large product, as many of each; the product if it is small.
   *
   * @param mostProducts multiplications that may be in it
   */
  public static Captured<Product> corner(Captured<Product> whole, long mostProducts) {
    Product product = whole.operation();
    double outputs = (double) mostProducts / Math.max(1, product.depth());
    if ((double) product.rows() * product.columns() <= outputs) {
      return whole;
    }
    int side = (int) Math.max(1, Math.sqrt(outputs));
    return corner(whole, Math.min(product.rows(), side), Math.min(product.columns(), side));
  }

  private Tensor corner(Tensor matrix, int m, int n) {
    TensorBuilder out = new TensorBuilder(matrix.dtype(), Shape.of(m, n));
    for (long row = 0; row < m; row++) {
      out.copy(row * n, matrix, row * columns(), n);
    }
    return out.build();
  }
}

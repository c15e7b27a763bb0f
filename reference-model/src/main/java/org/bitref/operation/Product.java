package org.bitref.operation;

import java.util.List;
import java.util.Optional;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.OperandScale;
import org.bitref.kernel.Scales;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.numerics.Format;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Sizes;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
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
 * @param scales of x and w, if they are quantised
 */
public record Product(Tensor x, Tensor w, Optional<Tensor> c, Optional<Tensor> bias, Scales scales)
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
    check("x", scales.x(), x);
    check("w", scales.w(), w);
  }

  private static void check(String name, Optional<OperandScale> scale, Tensor operand) {
    long[] dims = operand.shape().asRows().dims();
    if (scale.isPresent() && (scale.get().rows() != dims[0] || scale.get().depth() != dims[1])) {
      throw new IllegalArgumentException(
          "the scale of %s is of [%s, %s], not %s"
              .formatted(name, scale.get().rows(), scale.get().depth(), operand.shape()));
    }
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

  /** A product of operands without scales. */
  public Product(Tensor x, Tensor w, Optional<Tensor> c, Optional<Tensor> bias) {
    this(x, w, c, bias, Scales.NONE);
  }

  /** The same with these scales. */
  public Product withScales(Scales other) {
    return new Product(x, w, c, bias, other);
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

  /** What a library chooses its kernel by. */
  public Sizes sizes() {
    return Sizes.product(rows(), columns(), depth());
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
    return new Product(other.reshape(x.shape()), w, c, bias, scales);
  }

  @Override
  public Tensor run(StageRecipe recipe, Workers workers) {
    GemmRecipe chosen = (GemmRecipe) recipe.at(sizes()).recipe();
    boolean starts = bias.isPresent() && c.isEmpty() && chosen.startsWithBias();
    GemmRecipe gemm = chosen.biased(bias.isPresent() && !starts);
    Product product = (starts ? startingWithBias() : this).under(gemm);
    GemmOperands operands = product.operands().withScale(1, 1);
    return Kernels.gemm(gemm).multiply(product.x, product.w, operands, workers);
  }

  private Product startingWithBias() {
    Tensor row = bias.orElseThrow();
    TensorBuilder start = new TensorBuilder(row.dtype(), Shape.of(rows(), columns()));
    for (long m = 0; m < rows(); m++) {
      start.copy(m * columns(), row, 0, columns());
    }
    return new Product(x, w, Optional.of(start.build()), Optional.empty(), scales);
  }

  /** What goes into a kernel besides x and w. */
  public GemmOperands operands() {
    return GemmOperands.of(c, bias).withScales(scales);
  }

  /**
   * The product as a recipe takes it: operands whose scale it does not apply to sums are multiplied
   * by it first, in float32, or in float64 where it takes such.
   */
  public Product under(GemmRecipe recipe) {
    boolean wide = recipe.in().x() == Format.F64 || recipe.in().w() == Format.F64;
    return dequantised(!recipe.scalesX(), !recipe.scalesW(), wide ? DType.F64 : DType.F32);
  }

  /** The product of what x and w stand for, each element rounded to this type. */
  public Product dequantised(DType type) {
    return dequantised(true, true, type);
  }

  private Product dequantised(boolean left, boolean right, DType type) {
    Optional<OperandScale> ofX = scales.x().filter(_ -> left);
    Optional<OperandScale> ofW = scales.w().filter(_ -> right);
    if (ofX.isEmpty() && ofW.isEmpty()) {
      return this;
    }
    Scales kept = new Scales(scales.x().filter(_ -> !left), scales.w().filter(_ -> !right));
    return new Product(
        ofX.map(scale -> scale.applied(x, type)).orElse(x),
        ofW.map(scale -> scale.applied(w, type)).orElse(w),
        c,
        bias,
        kept);
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
            product.bias.map(bias -> bias.rows(0, n)),
            new Scales(
                product.scales.x().map(scale -> scale.first(m)),
                product.scales.w().map(scale -> scale.first(n))));
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

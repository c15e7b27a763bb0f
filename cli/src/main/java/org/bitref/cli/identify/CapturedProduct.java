package org.bitref.cli.identify;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.bitref.BadInputException;
import org.bitref.cli.dump.OperandShapes;
import org.bitref.cli.dump.ProductShape;
import org.bitref.cli.dump.ScaleOptions;
import org.bitref.cli.dump.ScaleOptions.Operand;
import org.bitref.diagnose.FewOutputs;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.search.Placement;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;
import org.bitref.tensor.Widened;

/**
 * A product in a file, and where its rows and columns sat.
 *
 * @param gemm with x and w cut to the captured rows and columns
 * @param widened of y, if the file stores it in a wider type than it needs; y, x and w are taken in
 *     the narrowest that holds their values then
 */
public record CapturedProduct(
    Captured<Product> gemm, Optional<Placement> placement, Optional<Widened> widened) {
  /**
   * Reads the tensors of these names.
   *
   * @param shape of the full product, MxN, if it is known
   * @throws BadInputException if they do not belong together, by their shapes or by their values
   */
  public static CapturedProduct read(
      TensorSource source,
      ProductOptions names,
      ScaleOptions scales,
      Optional<String> shape,
      Workers workers) {
    CapturedProduct given = read(source, names, scales, shape);
    if (!scales.isGiven()) {
      byValues(source, names, given, workers);
    }
    return given;
  }

  /**
   * Where shapes leave several readings open, a few outputs tell which is right.
   *
   * @throws BadInputException if it is another one than that of the options
   */
  private static void byValues(
      TensorSource source, ProductOptions names, CapturedProduct given, Workers workers) {
    Product product = given.gemm.operation();
    boolean square = product.rows() == product.columns() || product.columns() == product.depth();
    if (!square || FewOutputs.areRight(given.gemm, workers)) {
      return;
    }
    for (OtherReading reading : OtherReading.than(names.transposeW)) {
      if (reading
          .of(product, names.transposeW)
          .map(other -> new Captured<>(other, given.gemm.y()))
          .filter(other -> FewOutputs.areRight(other, workers))
          .isPresent()) {
        refuse(
            source,
            names,
            List.of(product.x(), product.w(), given.gemm.y()),
            reading.advice(names.x, names.w));
      }
    }
  }

  private static CapturedProduct read(
      TensorSource source, ProductOptions names, ScaleOptions scales, Optional<String> shape) {
    Tensor stored = matrix(source, names.y);
    Optional<Widened> widened = Widened.in(stored);
    UnaryOperator<Tensor> taken = widened.isEmpty() ? UnaryOperator.identity() : Widened::narrowed;
    Tensor left = taken.apply(factor(source, names.x));
    Tensor right = taken.apply(weight(source, names));
    Tensor out = taken.apply(stored);
    List<Long> atRows = indices(source, names.rows, out.shape().dim(0));
    List<Long> atColumns = indices(source, names.columns, out.shape().dim(1));
    Tensor rows = cut(left, out.shape().dim(0), atRows);
    Tensor columns = cut(right, out.shape().dim(1), atColumns);
    OperandShapes.of(names.x, rows.shape(), names.w, columns.shape(), out.shape())
        .ifPresent(advice -> refuse(source, names, List.of(left, right, out), advice));
    Full full = shape.map(Full::of).orElse(Full.UNKNOWN);
    full.check(source, names.y, "rows", atRows, out.shape().dim(0), full.rows);
    full.check(source, names.y, "columns", atColumns, out.shape().dim(1), full.columns);
    Product product =
        new Product(
            rows,
            columns,
            names.c.map(name -> matrix(source, name)),
            names.bias.map(name -> floats(source, name)),
            scales.read(
                source,
                new Operand(left, out.shape().dim(0), atRows, full.rows),
                new Operand(right, out.shape().dim(1), atColumns, full.columns)));
    boolean placed = !atRows.isEmpty() && !atColumns.isEmpty();
    return new CapturedProduct(
        new Captured<>(product, out),
        placed ? Optional.of(new Placement(atRows, atColumns)) : Optional.empty(),
        widened);
  }

  private static Tensor matrix(TensorSource source, String name) {
    return matrix(source, name, floats(source, name));
  }

  private static Tensor factor(TensorSource source, String name) {
    return matrix(source, name, ScaleOptions.operand(source, name));
  }

  private static Tensor matrix(TensorSource source, String name, Tensor tensor) {
    if (tensor.shape().rank() < 2) {
      throw bad(source, name, "has shape " + tensor.shape(), "A factor or a product has two axes.");
    }
    return tensor.reshape(tensor.shape().asRows());
  }

  private static Tensor weight(TensorSource source, ProductOptions names) {
    return matrix(source, names.w, ScaleOptions.operand(source, names.w, names.transposeW));
  }

  private static void refuse(
      TensorSource source, ProductOptions names, List<Tensor> of, OperandShapes.Advice advice) {
    throw new BadInputException(
        "%s: tensors \"%s\" %s, \"%s\" %s and \"%s\" %s"
            .formatted(
                source.name(),
                names.x,
                of.get(0).shape(),
                names.w,
                of.get(1).shape(),
                names.y,
                of.get(2).shape()),
        "are no x · wᵀ = y: " + advice.problem(),
        advice.remedy());
  }

  private static Tensor floats(TensorSource source, String name) {
    Tensor tensor = source.read(name);
    if (!tensor.dtype().isFloat()) {
      throw bad(
          source, name, "has dtype " + tensor.dtype(), "A product is of floating-point tensors.");
    }
    return tensor;
  }

  private static BadInputException bad(
      TensorSource source, String name, String problem, String remedy) {
    return new BadInputException(source.name() + ": tensor \"" + name + "\"", problem, remedy);
  }

  private static List<Long> indices(TensorSource source, Optional<String> option, long count) {
    return option.map(name -> indices(source, name, count)).orElse(List.of());
  }

  private static List<Long> indices(TensorSource source, String name, long count) {
    Tensor tensor = source.read(name);
    if (tensor.dtype().isFloat() || tensor.elements() != count) {
      String problem = "is %s %s".formatted(tensor.dtype(), tensor.shape());
      throw bad(source, name, problem, "Give " + count + " whole numbers, one for each line of y.");
    }
    return LongStream.range(0, count).mapToObj(tensor::getLong).toList();
  }

  /** The product that rows and columns were taken from. */
  private record Full(String name, long rows, long columns) {
    private static final Full UNKNOWN = new Full("the product", Long.MAX_VALUE, Long.MAX_VALUE);

    static Full of(String text) {
      ProductShape shape = ProductShape.matrix(text);
      return new Full(shape.option(), shape.rows(), shape.columns());
    }

    void check(TensorSource source, String y, String what, List<Long> at, long lines, long most) {
      if (lines > most) {
        throw bad(
            source, y, "has %s %s, more than %s".formatted(lines, what, name), "Correct --shape.");
      }
      for (long line : at) {
        if (line < 0 || line >= most) {
          throw new BadInputException(
              source.name(),
              "the captured %s include %s, outside %s".formatted(what, line, name),
              "Check --rows, --cols and --shape.");
        }
      }
    }
  }

  /** The captured lines of a factor, if it was captured whole. */
  private static Tensor cut(Tensor factor, long lines, List<Long> at) {
    boolean whole = factor.shape().dim(0) != lines && !at.isEmpty();
    if (!whole || at.stream().anyMatch(i -> i < 0 || i >= factor.shape().dim(0))) {
      return factor;
    }
    long k = factor.shape().dim(1);
    TensorBuilder out = new TensorBuilder(factor.dtype(), Shape.of(lines, k));
    for (int i = 0; i < lines; i++) {
      out.copy(i * k, factor, at.get(i) * k, k);
    }
    return out.build();
  }
}

package org.bitref.cli.dump;

import java.util.List;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.kernel.OperandScale;
import org.bitref.kernel.Scales;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import picocli.CommandLine.Option;

/** The options {@code --x-scale} and {@code --w-scale}: factors of quantised operands. */
public final class ScaleOptions {
  @Option(
      names = "--x-scale",
      paramLabel = "S",
      description =
          "Factors of x: one, [M], [K], or [.., K/block]; element (m, k) stands for itself times"
              + " its factor.")
  private Optional<String> x = Optional.empty();

  @Option(
      names = "--w-scale",
      paramLabel = "S",
      description = "Factors of w: one, [N], [K], or [N or N/block, K/block].")
  private Optional<String> w = Optional.empty();

  /**
   * An operand that a scale belongs to.
   *
   * @param tensor as it is stored, [.., K]
   * @param lines rows of it that were captured
   * @param at which rows of the whole operand these are; empty if they are all
   * @param whole rows of the whole operand, as far as known
   */
  public record Operand(Tensor tensor, long lines, List<Long> at, long whole) {
    /** An operand that is whole. */
    public static Operand of(Tensor tensor) {
      long rows = tensor.shape().asRows().dim(0);
      return new Operand(tensor, rows, List.of(), rows);
    }

    private OperandScale scale(Tensor given) {
      int depth = tensor.shape().intDim(-1);
      long[] dims = given.shape().dims();
      boolean partly = !at.isEmpty() && dims.length > 0 && given.elements() > 1 && dims[0] != lines;
      if (!partly) {
        return OperandScale.of(given, Math.toIntExact(lines), depth);
      }
      long stored = tensor.shape().asRows().dim(0);
      long rows = stored != lines ? stored : whole == Long.MAX_VALUE ? dims[0] : whole;
      List<Integer> chosen = at.stream().map(Math::toIntExact).toList();
      return OperandScale.of(given, Math.toIntExact(rows), depth).select(chosen);
    }
  }

  /** True if one is given. */
  public boolean isGiven() {
    return x.isPresent() || w.isPresent();
  }

  /**
   * The scales that the options name.
   *
   * @throws BadInputException if one does not fit its operand
   */
  public Scales read(TensorSource source, Operand ofX, Operand ofW) {
    return new Scales(
        x.map(name -> scale(source, name, ofX)), w.map(name -> scale(source, name, ofW)));
  }

  private static OperandScale scale(TensorSource source, String name, Operand operand) {
    Tensor given = source.read(name);
    try {
      if (!given.dtype().isFloat()) {
        throw new IllegalArgumentException("a scale has dtype " + given.dtype());
      }
      return operand.scale(OperandScale.asLines(given, operand.tensor().shape()));
    } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException e) {
      throw new BadInputException(
          source.name() + ": tensor \"" + name + "\"",
          "is no scale of an operand " + operand.tensor().shape() + ": " + e.getMessage(),
          "Give one number, one for each row, or one for each block of K.",
          e);
    }
  }

  /**
   * The operand w of a product.
   *
   * @param transposed whether it is stored as [K, N]
   * @throws BadInputException if it is no matrix then
   */
  public static Tensor operand(TensorSource source, String name, boolean transposed) {
    Tensor tensor = operand(source, name);
    if (transposed && tensor.shape().rank() != 2) {
      throw new BadInputException(
          source.name() + ": tensor \"" + name + "\"",
          "has shape " + tensor.shape(),
          "--transpose-w is for a matrix [K, N].");
    }
    return transposed ? tensor.transposed() : tensor;
  }

  /** An operand of a product; whole numbers of 8 bits are taken as float16, which holds them. */
  public static Tensor operand(TensorSource source, String name) {
    Tensor tensor = source.read(name);
    if (tensor.dtype() == DType.I8) {
      return tensor.cast(DType.F16);
    }
    if (!tensor.dtype().isFloat()) {
      throw new BadInputException(
          source.name() + ": tensor \"" + name + "\"",
          "has dtype " + tensor.dtype(),
          "A product is of floating-point tensors, or of whole numbers of 8 bits.");
    }
    return tensor;
  }
}

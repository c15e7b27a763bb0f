package org.bitref.cli.dump;

import java.util.Optional;
import org.bitref.tensor.Shape;

/** Factors that do not fit each other as y = x · wᵀ: what their shapes say is wrong with them. */
public final class OperandShapes {
  private OperandShapes() {}

  /**
   * What is wrong, and the options that mend it.
   *
   * @param problem for example {@code x and w are swapped}
   * @param remedy a whole sentence
   */
  public record Advice(String problem, String remedy) {}

  /**
   * What mends a product of which the result is known; empty if the factors fit, or if nothing
   * makes them fit.
   *
   * @param x [M, K], the rows of y
   * @param w [N, K], the columns of y
   * @param y [M, N]
   */
  public static Optional<Advice> of(String nameX, Shape x, String nameW, Shape w, Shape y) {
    String swap = "Give --x " + nameW + " --w " + nameX;
    boolean lines = x.dim(0) == y.dim(0) && w.dim(0) == y.dim(1);
    if (lines && x.dim(1) == w.dim(1)) {
      return Optional.empty();
    }
    if (x.dim(1) == w.dim(1) && w.dim(0) == y.dim(0) && x.dim(0) == y.dim(1)) {
      return Optional.of(new Advice("x and w are swapped", swap + "."));
    }
    if (x.dim(1) == w.dim(0) && x.dim(0) == y.dim(0) && w.dim(1) == y.dim(1)) {
      return Optional.of(new Advice("w is stored as [K, N]", "Give --transpose-w."));
    }
    if (x.dim(0) == w.dim(1) && w.dim(0) == y.dim(0) && x.dim(1) == y.dim(1)) {
      return Optional.of(
          new Advice("x and w are swapped, and w is stored as [K, N]", swap + " --transpose-w."));
    }
    return Optional.empty();
  }

  /**
   * What mends factors of which the last axes differ and the result is not known; empty if nothing
   * does.
   *
   * @param x [.., M, K]
   * @param w [N, K]
   */
  public static Optional<Advice> of(Shape x, Shape w) {
    if (w.rank() == 2 && x.dim(-1) == w.dim(0)) {
      return Optional.of(new Advice("w is stored as [K, N]", "Give --transpose-w."));
    }
    if (x.rank() == 2 && w.rank() == 2 && x.dim(0) == w.dim(1)) {
      return Optional.of(
          new Advice(
              "x is stored as [K, M], or is the weight as [K, N]",
              "If x and w are swapped, exchange --x and --w and give --transpose-w; else store x"
                  + " as [M, K]."));
    }
    return Optional.empty();
  }
}

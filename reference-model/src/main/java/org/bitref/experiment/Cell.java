package org.bitref.experiment;

import java.util.Optional;
import org.bitref.compare.Comparer;
import org.bitref.compare.TensorComparison;
import org.bitref.tensor.Tensor;

/** A cell of the matrix, finished. */
public record Cell(Planned planned, Difference difference) {
  /**
   * A cell before it is computed.
   *
   * @param recipe what the hypothesis says of the stage
   * @param key SHA-256 over everything that the difference depends on, in hexadecimal
   */
  public record Planned(
      String system, String stage, String hypothesis, String recipe, String key) {}

  /**
   * How far a hypothesis is from what a system computed.
   *
   * @param equal outputs with equal bits
   * @param meanAbs mean of |difference|
   * @param maxAbs largest |difference|
   * @param maxUlp largest distance in representable numbers; {@link Long#MAX_VALUE} for NaN against
   *     a number
   */
  public record Difference(long total, long equal, double meanAbs, double maxAbs, long maxUlp) {
    /** The result as the system would store it: rounded into the type of the captured stage. */
    static Difference stored(Tensor result, Tensor captured) {
      return of(result.cast(captured.dtype()), captured);
    }

    /** Equal is equal in the coarser of the two types. */
    static Difference of(Tensor result, Tensor reference) {
      TensorComparison c = Comparer.compare(result, reference);
      return new Difference(c.total(), c.equalRounded(), c.meanAbs(), c.maxAbs(), c.maxUlp());
    }

    /** True if every output is equal. */
    public boolean explained() {
      return equal == total;
    }
  }

  /** Keeps finished cells by their key. */
  public interface Store {
    /** The difference kept under this key. */
    Optional<Difference> find(String key);

    /** Keeps a difference, whole or not at all. */
    void put(String key, String recipe, Difference difference);
  }
}

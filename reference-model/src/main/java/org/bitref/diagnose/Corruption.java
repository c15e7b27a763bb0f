package org.bitref.diagnose;

import java.util.List;
import java.util.Optional;
import org.bitref.bound.AttentionCase;
import org.bitref.bound.GemmBound;
import org.bitref.bound.Region;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.tensor.Tensor;

/**
 * An output that is no rounding of the right result.
 *
 * @param pattern what happened
 * @param damage the same in figures
 * @param explained outputs that are as the pattern has them
 * @param total all outputs
 * @param region where it happened
 */
public record Corruption(
    Pattern pattern, Damage damage, long explained, long total, Region region) {

  /**
   * What happened to a captured product besides rounding; empty if it is a rounding, or may be.
   *
   * @param gemm the capture
   * @param workers who share the work
   */
  public static Optional<Corruption> find(Captured<Product> gemm, Workers workers) {
    return find(gemm, List.of(), workers);
  }

  /**
   * The same, where other weights of the same layer are at hand: q may have been multiplied by k's.
   *
   * @param others further weights [N, K]; those of another shape are passed over
   */
  public static Optional<Corruption> find(
      Captured<Product> gemm, List<Tensor> others, Workers workers) {
    return new GemmDiagnosis(GemmBound.of(gemm, workers), others).find(gemm);
  }

  /**
   * What happened to a captured attention besides rounding; empty if it is a rounding, or may be.
   */
  public static Optional<Corruption> find(AttentionCase attention, Workers workers) {
    return new AttentionDiagnosis(attention, workers).find();
  }
}

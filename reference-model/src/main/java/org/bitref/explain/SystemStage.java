package org.bitref.explain;

import java.util.List;
import org.bitref.compare.OwnError;
import org.bitref.search.Identification;
import org.bitref.tensor.DType;

/**
 * A stage as one system computed it, from that system's own captured inputs.
 *
 * @param dtype how it is stored
 * @param reason the status in one sentence
 * @param unrounded inputs that the system did not round before it went on, computed again by the
 *     recipes of their stages
 * @param identification the search for its recipe; null if there was none
 * @param ownError its distance from the exact result on its own inputs; null if bridged
 * @param inheritedError how far the exact result on its own inputs is from the exact chain that
 *     starts from the shared inputs; null where that chain is broken
 * @param boundExcess the largest own error in units of the rounding bound; 0 if no bound was needed
 */
public record SystemStage(
    String system,
    DType dtype,
    Status status,
    String reason,
    List<String> unrounded,
    Identification identification,
    OwnError ownError,
    OwnError inheritedError,
    double boundExcess) {

  public SystemStage {
    unrounded = List.copyOf(unrounded);
  }

  /** The same with another order of the recipes that fit. */
  SystemStage with(Identification found, String because) {
    return new SystemStage(
        system, dtype, status, because, unrounded, found, ownError, inheritedError, boundExcess);
  }

  /** What is known of a stage. */
  public enum Status {
    /** A recipe reproduces every output. */
    REPRODUCED,
    /** Every output lies inside a rounding bound that a wrong row would not pass. */
    BOUNDED,
    /** Neither. */
    UNEXPLAINED,
    /** Some output lies outside the rounding bound. */
    CORRUPT,
    /** The outputs cannot tell. */
    INCONCLUSIVE,
    /** What it was computed from was not captured. */
    BRIDGED
  }

  /** True if rounding explains every output. */
  boolean explained() {
    return status == Status.REPRODUCED || status == Status.BOUNDED;
  }
}

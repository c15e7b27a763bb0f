package org.bitref.explain;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bitref.compare.OwnError;
import org.bitref.diagnose.Corruption;
import org.bitref.diagnose.OtherFunction;
import org.bitref.operation.OperationKind;
import org.bitref.recipe.StageRecipe;
import org.bitref.replay.Replayed;
import org.bitref.search.Identification;
import org.bitref.search.Identification.Match;
import org.bitref.tensor.DType;

/**
 * A stage as one system computed it, from that system's own captured inputs.
 *
 * @param dtype how it is stored
 * @param finding what is known of it
 * @param function where it is not the model's: the finding is about this function
 * @param overflow its first value that is not finite, where its inputs are
 * @param recomputed empty if its inputs were not captured
 */
public record SystemStage(
    String system,
    DType dtype,
    Finding finding,
    Set<OtherFunction> function,
    Optional<Overflow> overflow,
    Optional<Recomputed> recomputed) {

  /** The set is copied. */
  public SystemStage {
    function = Set.copyOf(function);
  }

  /**
   * What computing it again showed.
   *
   * @param kind what the stage computes
   * @param search for its recipe
   * @param unrounded inputs that the system did not round before it went on, computed again by the
   *     recipes of their stages
   * @param ownError its distance from the exact result on its own inputs
   * @param inheritedError how far the exact result on its own inputs is from the exact chain that
   *     starts from the shared inputs; empty where that chain is broken
   * @param boundExcess the largest own error in units of the rounding bound; 0 if no bound was
   *     needed
   */
  public record Recomputed(
      OperationKind kind,
      Identification search,
      List<String> unrounded,
      OwnError ownError,
      Optional<OwnError> inheritedError,
      double boundExcess) {
    /** The list is copied. */
    public Recomputed {
      unrounded = List.copyOf(unrounded);
    }
  }

  /** What is known of a stage. */
  public sealed interface Finding {
    /** It cannot be computed again. */
    record Unbound(Gap gap) implements Finding {}

    /**
     * The search found what reproduces it.
     *
     * @param settledBy the stage that only the first of several recipes explains
     */
    record Reproduced(Optional<String> settledBy) implements Finding {}

    /** What the search ended with is all that is known. */
    record Searched(Status status) implements Finding {}

    /** Nothing that was tried reproduces it, but it lies inside a decisive bound. */
    record Inside(Bound bound) implements Finding {}

    /** It was computed again through stages that were not captured, or as another function. */
    record FromEarlier(Replayed replayed) implements Finding {}

    /** Something other than rounding happened. */
    record Damaged(Corruption corruption) implements Finding {}
  }

  /** Rounding bounds. */
  public enum Bound {
    /** Of the recipes for this kind of stage. */
    RECIPES,
    /** Of attention with float32 scores. */
    FUSED_ATTENTION,
    /** Of one dropped rounding of each input. */
    UNROUNDED_INPUTS,
    /** Of a rotary table in float32 or of its angles. */
    TABLE
  }

  /** What is known of a stage, in short. */
  public enum Status {
    /** A recipe reproduces every output. */
    REPRODUCED,
    /** Every output lies inside a rounding bound that a wrong row would not pass. */
    BOUNDED,
    /** Its errors are as large as rounding makes them on the way from what was captured before. */
    FOLLOWS,
    /** Neither. */
    UNEXPLAINED,
    /** Some output lies outside the rounding bound. */
    CORRUPT,
    /** The same where outputs are infinite or NaN and the inputs are not. */
    OVERFLOW,
    /** The outputs cannot tell. */
    INCONCLUSIVE,
    /** What it was computed from was not captured. */
    INPUT_NOT_CAPTURED
  }

  /** The finding in short; what overflows is not called corrupt. */
  public Status status() {
    Status found = found();
    return found == Status.CORRUPT && overflow.isPresent() ? Status.OVERFLOW : found;
  }

  private Status found() {
    return switch (finding) {
      case Finding.Unbound _ -> Status.INPUT_NOT_CAPTURED;
      case Finding.Reproduced _ -> Status.REPRODUCED;
      case Finding.Searched(Status status) -> status;
      case Finding.Inside _ -> Status.BOUNDED;
      case Finding.FromEarlier(Replayed.Follows _) -> Status.FOLLOWS;
      case Finding.FromEarlier _ -> Status.INPUT_NOT_CAPTURED;
      case Finding.Damaged _ -> Status.CORRUPT;
    };
  }

  /** What reproduces it, or comes nearest; empty if nothing was tried. */
  public Optional<Match> best() {
    return recomputed.flatMap(known -> known.search().best().stream().findFirst());
  }

  /** The recipe that reproduces it. */
  public Optional<StageRecipe> recipe() {
    return status() == Status.REPRODUCED ? best().map(Match::recipe) : Optional.empty();
  }

  /** True if it was computed again through stages that were not captured, and nothing fits. */
  boolean isOpen() {
    return finding instanceof Finding.FromEarlier(Replayed.Open _);
  }

  /** True if rounding explains every output. */
  boolean explained() {
    return switch (status()) {
      case REPRODUCED, BOUNDED, FOLLOWS -> true;
      case UNEXPLAINED, CORRUPT, OVERFLOW, INCONCLUSIVE, INPUT_NOT_CAPTURED -> false;
    };
  }

  /** The same where a later stage follows from one of the recipes only. */
  SystemStage settled(StageRecipe recipe, String by) {
    return new SystemStage(
        system,
        dtype,
        new Finding.Reproduced(Optional.of(by)),
        function,
        overflow,
        recomputed.map(
            r ->
                new Recomputed(
                    r.kind,
                    NormAgreement.ahead(r.search, recipe),
                    r.unrounded,
                    r.ownError,
                    r.inheritedError,
                    r.boundExcess)));
  }
}

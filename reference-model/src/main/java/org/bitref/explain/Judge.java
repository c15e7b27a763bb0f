package org.bitref.explain;

import java.util.List;
import org.bitref.explain.Explanation.Conclusion;
import org.bitref.explain.SystemStage.Status;

/** The verdict of a whole explanation. */
final class Judge {
  private final Preflight inputs;
  private final List<StageReport> stages;

  Judge(Preflight inputs, List<StageReport> stages) {
    this.inputs = inputs;
    this.stages = stages;
  }

  Conclusion conclusion() {
    if (count(Status.CORRUPT) > 0) {
      return Conclusion.CORRUPT;
    }
    if (!inputs.allEqual()) {
      return Conclusion.INCONCLUSIVE;
    }
    if (stages.stream().flatMap(s -> s.pairs().stream()).allMatch(p -> p.comparison().allEqual())) {
      return Conclusion.EQUAL;
    }
    if (differing(Status.UNEXPLAINED) > 0) {
      return Conclusion.UNEXPLAINED;
    }
    boolean any =
        stages.stream().flatMap(s -> s.systems().stream()).anyMatch(SystemStage::explained);
    return any && differing(Status.INCONCLUSIVE) == 0
        ? Conclusion.ROUNDING
        : Conclusion.INCONCLUSIVE;
  }

  private long count(Status status) {
    return stages.stream()
        .flatMap(s -> s.systems().stream())
        .filter(s -> s.status() == status)
        .count();
  }

  /** Of the stages in which some system differs from another. */
  private long differing(Status status) {
    return stages.stream()
        .filter(stage -> stage.pairs().stream().anyMatch(p -> !p.comparison().allEqual()))
        .flatMap(stage -> stage.systems().stream())
        .filter(s -> s.status() == status)
        .count();
  }

  String reason() {
    return switch (conclusion()) {
      case EQUAL -> "the systems are equal, bit for bit, in every stage that was captured";
      case ROUNDING -> rounding();
      case UNEXPLAINED -> first(Status.UNEXPLAINED);
      case CORRUPT -> first(Status.CORRUPT);
      case INCONCLUSIVE ->
          inputs.allEqual()
              ? "nothing that differs could be computed again"
              : "the systems did not start from the same inputs, so no stage is to blame yet";
    };
  }

  private String rounding() {
    long bounded = count(Status.BOUNDED);
    long bridged = count(Status.BRIDGED);
    return "every difference that can be recomputed is one of rounding: recipes reproduce all"
        + " outputs of %d stages".formatted(count(Status.REPRODUCED))
        + (bounded == 0 ? "" : ", %d lie inside a derived bound".formatted(bounded))
        + (bridged == 0 ? "" : ", %d are bridged".formatted(bridged));
  }

  private String first(Status status) {
    for (StageReport stage : stages) {
      for (SystemStage system : stage.systems()) {
        if (system.status() == status) {
          return "%s of %s: %s".formatted(stage.name(), system.system(), system.reason());
        }
      }
    }
    throw new IllegalStateException();
  }
}

package org.bitref.explain;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.bitref.diagnose.OtherFunction;
import org.bitref.explain.StageReport.Both;
import org.bitref.explain.SystemStage.Status;
import org.bitref.recipe.Device;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Misfit;
import org.bitref.tensor.Widened;

/**
 * Why systems that computed the same prompt differ.
 *
 * @param systems those with the most stages first
 * @param inputs whether they started from the same
 * @param scope what of the capture was looked at; all else that is said is of that only
 * @param stages in the order of computation
 * @param chains how the difference of each pair of whole systems comes about, the one to read first
 *     in front
 * @param equal pairs of systems that are equal wherever both were captured
 * @param trials what became of the recipes that were to be tried
 * @param verdict of the whole
 */
public record Explanation(
    List<SystemInfo> systems,
    Preflight inputs,
    Scope scope,
    List<StageReport> stages,
    List<Chain> chains,
    List<EqualPair> equal,
    Map<StageRecipe, Trial> trials,
    Conclusion verdict) {

  /** The lists are copied. */
  public Explanation {
    systems = List.copyOf(systems);
    stages = List.copyOf(stages);
    chains = List.copyOf(chains);
    equal = List.copyOf(equal);
    trials = Map.copyOf(trials);
  }

  /** The chain to read first. */
  public Chain chain() {
    return chains.getFirst();
  }

  /** The chains of other pairs. */
  public List<Chain> otherChains() {
    return chains.subList(1, chains.size());
  }

  /** The stages that both systems of a chain computed. */
  public List<Both> along(Chain chain) {
    return stages.stream().flatMap(stage -> stage.both(chain.a(), chain.b()).stream()).toList();
  }

  /** Who of a chain's systems is nearer the exact result, by groups of stages. */
  public List<Nearness> nearness(Chain chain) {
    return Nearness.of(along(chain));
  }

  /** The stages of a system, by their names. */
  public Map<String, SystemStage> of(String system) {
    Map<String, SystemStage> own = new LinkedHashMap<>();
    stages.forEach(stage -> stage.system(system).ifPresent(known -> own.put(stage.name(), known)));
    return own;
  }

  /**
   * The first stage of the pair that is told which no function gives that was tried, by way of
   * stages not captured.
   */
  public Optional<OpenStage> open() {
    return open(chain(), stages);
  }

  private static Optional<OpenStage> open(Chain chain, List<StageReport> stages) {
    List<String> told = List.of(chain.a(), chain.b());
    return stages.stream()
        .flatMap(
            stage ->
                stage.systems().stream()
                    .filter(system -> system.isOpen() && told.contains(system.system()))
                    .map(system -> new OpenStage(stage.name(), system)))
        .findFirst();
  }

  /** A stage of a system that is left open. */
  public record OpenStage(String stage, SystemStage system) {}

  /** How many stages of systems are of this status. */
  public long count(Status status) {
    return count(stages, status);
  }

  private static long count(List<StageReport> stages, Status status) {
    return stages.stream()
        .flatMap(stage -> stage.systems().stream())
        .filter(system -> system.status() == status)
        .count();
  }

  /** The verdict that follows from these. */
  static Conclusion conclude(Preflight inputs, Chain chain, List<StageReport> stages) {
    Optional<Fault> fault = fault(stages);
    if (fault.isPresent()) {
      return fault.get().verdict();
    }
    if (!inputs.allEqual()) {
      return Conclusion.INCONCLUSIVE;
    }
    List<StageReport> differing = stages.stream().filter(StageReport::differs).toList();
    if (differing.isEmpty()) {
      return isCompared(stages) ? Conclusion.EQUAL : Conclusion.INCONCLUSIVE;
    }
    if (count(differing, Status.UNEXPLAINED) > 0) {
      return Conclusion.UNEXPLAINED;
    }
    if (unknownStart(chain, stages).isPresent() || open(chain, stages).isPresent()) {
      return Conclusion.INCONCLUSIVE;
    }
    boolean any =
        stages.stream().flatMap(s -> s.systems().stream()).anyMatch(SystemStage::explained);
    return any && count(differing, Status.INCONCLUSIVE) == 0
        ? Conclusion.ROUNDING
        : Conclusion.INCONCLUSIVE;
  }

  /** True if two systems computed some stage that was looked at. */
  public boolean isCompared() {
    return isCompared(stages);
  }

  private static boolean isCompared(List<StageReport> stages) {
    return stages.stream().anyMatch(stage -> !stage.pairs().isEmpty());
  }

  /** The first stage of what cannot be rounding; empty if nothing is. */
  public Optional<Fault> fault() {
    return fault(stages);
  }

  private static Optional<Fault> fault(List<StageReport> stages) {
    return stages.stream().flatMap(stage -> fault(stage, stages).stream()).findFirst();
  }

  private static Optional<Fault> fault(StageReport stage, List<StageReport> all) {
    return fault(stage).or(() -> alone(stage, all));
  }

  /** Another function of one system, in a stage that no other has, and that none has elsewhere. */
  private static Optional<Fault> alone(StageReport stage, List<StageReport> all) {
    if (stage.systems().size() != 1 || stage.systems().getFirst().function().isEmpty()) {
      return Optional.empty();
    }
    SystemStage one = stage.systems().getFirst();
    boolean shared =
        all.stream()
            .flatMap(other -> other.systems().stream())
            .filter(other -> !other.system().equals(one.system()))
            .anyMatch(other -> OtherFunction.same(other.function(), one.function()));
    return shared
        ? Optional.empty()
        : Optional.of(new Fault(Conclusion.OTHER_FUNCTION, stage.name(), List.of(one)));
  }

  private static Optional<Fault> fault(StageReport stage) {
    return overflow(stage).or(() -> corrupt(stage)).or(() -> otherFunction(stage));
  }

  /** An overflow of one of two systems, or one that no recipe of the stage gives. */
  private static Optional<Fault> overflow(StageReport stage) {
    for (PairStage pair : stage.pairs()) {
      SystemStage a = stage.system(pair.a()).orElseThrow();
      SystemStage b = stage.system(pair.b()).orElseThrow();
      boolean alone = a.overflow().isPresent() != b.overflow().isPresent();
      if (alone && !pair.comparison().allEqual()) {
        SystemStage over = a.overflow().isPresent() ? a : b;
        return Optional.of(new Fault(Conclusion.OVERFLOW, stage.name(), List.of(over)));
      }
    }
    return ofStatus(stage, Status.OVERFLOW, Conclusion.OVERFLOW);
  }

  private static Optional<Fault> corrupt(StageReport stage) {
    return ofStatus(stage, Status.CORRUPT, Conclusion.CORRUPT);
  }

  private static Optional<Fault> ofStatus(StageReport stage, Status status, Conclusion verdict) {
    return stage.systems().stream()
        .filter(system -> system.status() == status)
        .findFirst()
        .map(system -> new Fault(verdict, stage.name(), List.of(system)));
  }

  private static Optional<Fault> otherFunction(StageReport stage) {
    for (PairStage pair : stage.pairs()) {
      SystemStage a = stage.system(pair.a()).orElseThrow();
      SystemStage b = stage.system(pair.b()).orElseThrow();
      if (!pair.comparison().allEqual() && !OtherFunction.same(a.function(), b.function())) {
        return Optional.of(new Fault(Conclusion.OTHER_FUNCTION, stage.name(), List.of(a, b)));
      }
    }
    return Optional.empty();
  }

  /**
   * The stage in which the difference of the first chain starts, of a system where it cannot be
   * computed again: what begins there is not known, and later stages only inherit it.
   */
  public Optional<SystemStage> unknownStart() {
    return unknownStart(chain(), stages);
  }

  private static Optional<SystemStage> unknownStart(Chain chain, List<StageReport> stages) {
    return stages.stream()
        .filter(stage -> chain.start().filter(stage.name()::equals).isPresent())
        .flatMap(stage -> stage.both(chain.a(), chain.b()).stream())
        .flatMap(both -> Stream.of(both.a(), both.b()))
        .filter(system -> system.status() == Status.INPUT_NOT_CAPTURED)
        .findFirst();
  }

  /**
   * A system.
   *
   * @param stages how many of its stages were captured
   * @param recomputed how many of them could be computed again from its own inputs
   * @param widened types of its stages that its file stores in wider ones
   * @param casts stages whose values it rounded to a shorter type than they are stored in
   * @param provenance what its file says about itself
   * @param device that it ran on, as far as that is known
   */
  public record SystemInfo(
      String name,
      int stages,
      int recomputed,
      Set<Widened> widened,
      List<Cast> casts,
      Map<String, String> provenance,
      Device device) {
    /** The set and the list are copied. */
    public SystemInfo {
      widened = Set.copyOf(widened);
      casts = List.copyOf(casts);
    }
  }

  /** What a system ran on, as far as that is known. */
  public Device device(String system) {
    return systems.stream()
        .filter(one -> one.name().equals(system))
        .map(SystemInfo::device)
        .findFirst()
        .orElse(Device.UNKNOWN);
  }

  /** Two systems without a difference in the stages that both hold. */
  public record EqualPair(String a, String b, List<String> stages, long outputs) {}

  /**
   * A recipe that was found elsewhere, tried on every stage that it can be of.
   *
   * @param stages {@code <system>.<stage>}: it gives every output
   * @param tried whether it can be of some stage
   * @param misfit why it cannot be of the last one of its kind; empty without such a stage
   */
  public record Trial(List<String> stages, boolean tried, Optional<Misfit> misfit) {
    /** The list is copied. */
    public Trial {
      stages = List.copyOf(stages);
    }
  }

  /**
   * What cannot be rounding.
   *
   * @param verdict that follows
   * @param systems the one that is corrupt or overflows, or two of different functions
   */
  public record Fault(Conclusion verdict, String stage, List<SystemStage> systems) {
    /** The list is copied. */
    public Fault {
      systems = List.copyOf(systems);
    }
  }

  /** The verdict of the whole. */
  public enum Conclusion {
    /** No captured difference. */
    EQUAL,
    /** Every captured difference that can be recomputed is one of rounding. */
    ROUNDING,
    /** Some stage is inside its rounding bound, but nothing tried reproduces it. */
    UNEXPLAINED,
    /** Some output lies outside every rounding bound. */
    CORRUPT,
    /** Two systems compute different functions, at the first stage that is no rounding. */
    OTHER_FUNCTION,
    /** One system's type could not hold a value, and the other's could. */
    OVERFLOW,
    /** The systems did not start from the same, or nothing can be recomputed. */
    INCONCLUSIVE
  }
}

package org.bitref.explain;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bitref.bound.AttentionCase;
import org.bitref.bound.StageBounds;
import org.bitref.compare.OwnError;
import org.bitref.diagnose.Corruption;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.RotaryFunction;
import org.bitref.explain.Capture.CapturedSystem;
import org.bitref.explain.CapturedStage.Lacking;
import org.bitref.explain.CapturedStage.Ready;
import org.bitref.explain.SystemStage.Bound;
import org.bitref.explain.SystemStage.Finding;
import org.bitref.explain.SystemStage.Recomputed;
import org.bitref.explain.SystemStage.Status;
import org.bitref.explain.UnroundedInputs.Candidate;
import org.bitref.kernel.Workers;
import org.bitref.model.StageNames;
import org.bitref.operation.Attention;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.operation.Product;
import org.bitref.recipe.StageRecipe;
import org.bitref.replay.Replayed;
import org.bitref.replay.Replays;
import org.bitref.search.Identification;
import org.bitref.search.Verdict;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;

/** Explains one stage of one system after the other, in the order of computation. */
final class Evaluator {
  private final Capture capture;
  private final StageBinder binder;
  private final Workers workers;
  private final Map<String, Optional<Replays>> replays = new HashMap<>();
  private final Map<Place, Replayed> done = new HashMap<>();
  private final Map<Place, Replayed> decisive = new HashMap<>();
  private final Map<String, UnroundedInputs> unrounded = new HashMap<>();
  private final Map<Place, Settled> settled = new HashMap<>();
  private final KnownRecipes recipes;
  private final Set<String> carriesUnrounded = new HashSet<>();
  private boolean functionsDiffer;

  /**
   * @param elsewhere recipes found elsewhere
   */
  Evaluator(Capture capture, StageBinder binder, List<StageRecipe> elsewhere, Workers workers) {
    this.capture = capture;
    this.binder = binder;
    this.workers = workers;
    this.recipes = new KnownRecipes(elsewhere, capture::device, workers);
  }

  /** A stage of one system; computed again if that is possible. */
  record Evaluated(SystemStage stage, Optional<Computed> computed) {}

  /**
   * A stage that was computed again.
   *
   * @param stage its name
   * @param captured with the inputs that explain it best
   * @param exact its exact result on them
   */
  record Computed(String stage, Captured<?> captured, Tensor exact) {
    boolean isAsLong(Computed other) {
      return exact.elements() == other.exact.elements();
    }
  }

  /** A stage of a system. */
  private record Place(String system, String stage) {}

  /** Of the recipes that fit a stage, the one that a later stage follows from. */
  private record Settled(StageRecipe recipe, String by) {}

  /**
   * Asks for the systems' functions first; where they differ, no recipe is searched long for.
   *
   * @param stages that are looked at
   */
  void functions(List<String> stages) {
    functionsDiffer = FunctionsFirst.differ(capture, stages, this::function);
    if (!functionsDiffer) {
      capture.systems().forEach(system -> norms(system, stages));
    }
  }

  private Optional<Set<OtherFunction>> function(CapturedSystem system, String stage) {
    if (binder.bind(system, stage) instanceof Lacking lacking && lacking.gap() == Gap.Other.TABLE) {
      return binder.table(lacking).map(found -> found.other().map(Set::of).orElse(Set.of()));
    }
    return replayed(system.name(), stage) instanceof Replayed.Follows follows
        ? Optional.of(follows.others())
        : Optional.empty();
  }

  /** Looks for the recipes of a system's norms together, before its stages one by one. */
  private void norms(CapturedSystem system, List<String> stages) {
    Map<String, Captured<?>> norms = new LinkedHashMap<>();
    Set<String> kinds = new HashSet<>();
    for (String stage : stages) {
      if (system.computed(stage)
          && binder.bind(system, stage) instanceof Ready(_, _, var norm, _)
          && norm.operation() instanceof Norm
          && kinds.add(StageNames.last(stage))) {
        norms.put(stage, norm);
      }
    }
    recipes.norms(system.name(), norms);
  }

  /**
   * Evaluates a stage; those before it are evaluated already.
   *
   * @param truth the exact result on the exact inputs; empty where that chain is broken
   */
  Evaluated evaluate(CapturedStage bound, Optional<Tensor> truth) {
    return switch (bound) {
      case Lacking lacking -> new Evaluated(lacking(lacking), Optional.empty());
      case Ready ready -> evaluate(ready, truth);
    };
  }

  /** A table is known by its angles; all else that lacks inputs by what was captured before. */
  private SystemStage lacking(Lacking stage) {
    if (stage.gap() == Gap.Other.TABLE) {
      Optional<RotaryFunction.Found> table = binder.table(stage);
      Finding finding =
          table
              .<Finding>map(_ -> new Finding.Inside(Bound.TABLE))
              .orElse(new Finding.Unbound(stage.gap()));
      return lacking(
          stage,
          finding,
          table
              .flatMap(RotaryFunction.Found::other)
              .<Set<OtherFunction>>map(Set::of)
              .orElse(Set.of()));
    }
    return switch (looked(stage.system(), stage.stage())) {
      case Replayed.Follows follows ->
          lacking(stage, new Finding.FromEarlier(follows), follows.others());
      case Replayed.Open open -> lacking(stage, new Finding.FromEarlier(open), Set.of());
      case Replayed.Lacking _ -> lacking(stage, new Finding.Unbound(stage.gap()), Set.of());
    };
  }

  private static SystemStage lacking(Lacking stage, Finding finding, Set<OtherFunction> function) {
    return new SystemStage(
        stage.system(), stage.dtype(), finding, function, Optional.empty(), Optional.empty());
  }

  private Replayed replayed(String system, String stage) {
    return done.computeIfAbsent(new Place(system, stage), _ -> replay(system, stage, false));
  }

  /** The same, more closely where the difference of systems starts. */
  private Replayed looked(String system, String stage) {
    return capture.firstDifference().equals(Optional.of(stage))
        ? decisive.computeIfAbsent(new Place(system, stage), _ -> replay(system, stage, true))
        : replayed(system, stage);
  }

  private Replayed replay(String system, String stage, boolean closely) {
    return replays
        .computeIfAbsent(
            system,
            name -> Replays.of(capture.plan(), capture.recording(capture.system(name)), workers))
        .<Replayed>map(known -> known.of(stage, closely))
        .orElse(new Replayed.Lacking(stage));
  }

  private Evaluated evaluate(Ready ready, Optional<Tensor> truth) {
    Candidate stored = new Candidate(ready, Map.of());
    Optional<Identification> known = recipes.again(ready);
    if (known.isPresent()) {
      unrounded(ready.system()).made(ready, known.get());
      return evaluated(stored, known.get(), truth);
    }
    if (KnownRecipes.isLong(ready.content()) && (functionsDiffer || isOtherFunction(ready))) {
      return evaluated(stored, KnownRecipes.notSearched(ready.content()), truth);
    }
    Optional<Identification> asStored = Optional.empty();
    for (Candidate candidate : (Iterable<Candidate>) candidates(stored)::iterator) {
      Identification found = search(candidate);
      if (NormAgreement.reproduced(found)) {
        if (!candidate.isStored()) {
          settle(candidate);
        }
        unrounded(ready.system()).made(candidate.stage(), found);
        return evaluated(candidate, found, truth);
      }
      asStored = candidate.isStored() ? Optional.of(found) : asStored;
    }
    return evaluated(stored, asStored.orElseThrow(), truth);
  }

  /** What is known of other stages was tried on the inputs as stored already. */
  private Identification search(Candidate candidate) {
    Ready stage = candidate.stage();
    Optional<Identification> known = candidate.isStored() ? Optional.empty() : recipes.again(stage);
    return known.orElseGet(() -> recipes.search(stage, () -> isRounding(stage)));
  }

  private boolean isRounding(Ready stage) {
    return replayed(stage.system(), stage.stage()) instanceof Replayed.Follows follows
        && follows.others().isEmpty();
  }

  /** Whether a product or attention has another function, before long searches for its recipe. */
  private boolean isOtherFunction(Ready ready) {
    return replayed(ready.system(), ready.stage()) instanceof Replayed.Follows follows
        && !follows.others().isEmpty();
  }

  private UnroundedInputs unrounded(String system) {
    return unrounded.computeIfAbsent(system, _ -> new UnroundedInputs(workers));
  }

  private boolean anyPresetFits(Candidate product) {
    return PresetCheck.anyFits(product.stage().content().as(Product.class).orElseThrow(), workers);
  }

  /**
   * The stage with its inputs as stored, and with inputs before their last rounding. A failing
   * search of a product takes long, so of a product the more promising inputs come first, and a
   * single alternative to what was stored.
   */
  private Stream<Candidate> candidates(Candidate stored) {
    String system = stored.stage().system();
    Supplier<Stream<Candidate>> others = () -> unrounded(system).into(stored.stage());
    if (!(stored.stage().content().operation() instanceof Product)) {
      return Stream.concat(Stream.of(stored), others.get());
    }
    boolean carries = carriesUnrounded.contains(system);
    Optional<Candidate> likely =
        carries || !anyPresetFits(stored)
            ? others.get().filter(this::anyPresetFits).findFirst()
            : Optional.empty();
    Optional<Candidate> other = likely.or(() -> others.get().findFirst());
    return carries || likely.isPresent()
        ? Stream.concat(other.stream(), Stream.of(stored))
        : Stream.concat(Stream.of(stored), other.stream());
  }

  /** Only these recipes of the stage's inputs explain the stage. */
  private void settle(Candidate inputs) {
    String system = inputs.stage().system();
    carriesUnrounded.add(system);
    unrounded(system).settle(inputs);
    inputs
        .recipes()
        .forEach(
            (input, recipe) -> {
              recipes.prefer(system, input, recipe);
              settled.putIfAbsent(
                  new Place(system, input), new Settled(recipe, inputs.stage().stage()));
            });
  }

  /** The stage with what later stages told of it. */
  StageReport withHindsight(StageReport report) {
    return new StageReport(
        report.name(),
        report.systems().stream().map(stage -> withHindsight(report.name(), stage)).toList(),
        report.pairs());
  }

  private SystemStage withHindsight(String name, SystemStage stage) {
    boolean ties = stage.recomputed().filter(r -> !r.search().ties().isEmpty()).isPresent();
    return Optional.ofNullable(settled.get(new Place(stage.system(), name)))
        .filter(_ -> ties)
        .map(known -> stage.settled(known.recipe(), known.by()))
        .orElse(stage);
  }

  private Evaluated evaluated(Candidate used, Identification found, Optional<Tensor> truth) {
    String system = used.stage().system();
    Captured<?> captured = used.stage().content();
    DType dtype = captured.y().dtype();
    Tensor models = captured.operation().exact(workers);
    Optional<Kept> kept =
        NormAgreement.reproduced(found)
            ? Optional.empty()
            : Optional.of(kept(system, captured, models));
    Finding asModels =
        kept.map(bound -> finding(captured, found, bound))
            .orElse(new Finding.Reproduced(Optional.empty()));
    SystemFunction function =
        SystemFunction.of(
            captured, found, asModels, models, () -> looked(system, used.stage().stage()), workers);
    Recomputed recomputed =
        new Recomputed(
            captured.operation().kind(),
            found,
            List.copyOf(used.recipes().keySet()),
            OwnError.of(captured.y(), function.exact()),
            truth.map(due -> OwnError.of(function.exact(), due, dtype.format().orElseThrow())),
            function.finding().isPresent() ? 0 : kept.map(Kept::excess).orElse(0.0));
    return new Evaluated(
        new SystemStage(
            system,
            dtype,
            function.finding().orElse(asModels),
            function.others(),
            OverflowSearch.in(used.stage().stage(), captured, found, function.exact()),
            Optional.of(recomputed)),
        Optional.of(new Computed(used.stage().stage(), captured, function.exact())));
  }

  /** What to say of a stage that no recipe reproduces. */
  private Finding finding(Captured<?> stage, Identification found, Kept kept) {
    if (found.verdict() == Verdict.INCONCLUSIVE) {
      return new Finding.Searched(Status.INCONCLUSIVE);
    }
    if (kept.excess() <= 1) {
      return kept.decisive()
          ? new Finding.Inside(kept.bound())
          : new Finding.Searched(Status.UNEXPLAINED);
    }
    return damage(stage);
  }

  /** What went wrong where outputs lie outside the bound, unless a coarser arithmetic made them. */
  private Finding damage(Captured<?> stage) {
    return switch (stage.operation()) {
      case Product gemm -> damage(Corruption.find(new Captured<>(gemm, stage.y()), workers));
      case Attention attention
          when attention.q().shape().dim(0) == 1 && attention.visible().isEmpty() ->
          damage(Corruption.find(AttentionCase.of(attention, stage.y()), workers));
      default -> new Finding.Searched(Status.CORRUPT);
    };
  }

  private static Finding damage(Optional<Corruption> corruption) {
    return corruption
        .<Finding>map(Finding.Damaged::new)
        .orElse(new Finding.Searched(Status.UNEXPLAINED));
  }

  /** A bound, the largest error in its units, and whether a wrong row would not pass. */
  private record Kept(Bound bound, double excess, boolean decisive) {
    static Kept of(Bound name, Captured<?> stage, Tensor exact, double[] bound) {
      double worst = StageBounds.check(stage, exact, bound).worst();
      int columns = exact.shape().intDim(-1);
      return new Kept(name, worst, StageBounds.decisive(exact, bound, columns));
    }
  }

  /** The tightest of the bounds that may hold, and that every output keeps. */
  private Kept kept(String system, Captured<?> stage, Tensor exact) {
    if (carriesUnrounded.contains(system)) {
      double[] bound = StageBounds.ofUnroundedInputs(stage, exact);
      return Kept.of(Bound.UNROUNDED_INPUTS, stage, exact, bound);
    }
    if (stage.operation() instanceof Attention) {
      double[] bound = StageBounds.ofFusedAttention(stage, exact);
      Kept fused = Kept.of(Bound.FUSED_ATTENTION, stage, exact, bound);
      if (fused.excess() <= 1) {
        return fused;
      }
    }
    Kept recipes = Kept.of(Bound.RECIPES, stage, exact, StageBounds.of(stage, exact));
    if (!KnownRecipes.isLong(stage) && recipes.excess() > 1) {
      // A residual stream that is kept in a wider type, for instance, and stored in between.
      double[] bound = StageBounds.ofUnroundedInputs(stage, exact);
      Kept unrounded = Kept.of(Bound.UNROUNDED_INPUTS, stage, exact, bound);
      if (unrounded.excess() <= 1 && unrounded.decisive()) {
        return unrounded;
      }
    }
    return recipes;
  }
}

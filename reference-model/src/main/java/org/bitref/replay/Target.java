package org.bitref.replay;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bitref.diagnose.OtherFunction;
import org.bitref.model.Stage;
import org.bitref.model.StageNames;
import org.bitref.numerics.Format;
import org.bitref.operation.OperationKind;
import org.bitref.replay.Replays.Judged;
import org.bitref.replay.Replays.Tried;
import org.bitref.tensor.Tensor;

/** A captured stage that is computed again. */
final class Target {
  /** Further examples of rounding where one is not enough. */
  private static final int MORE = 4;

  /** Changes that explain most, whose numbers are looked for. */
  private static final int DIALLED = 4;

  /** Draws of roundings that show what errors share with a change by chance. */
  private static final int DRAWS = 8;

  private final Replay replay;
  private final String name;
  private final Rows stored;
  private final Format format;
  private final Set<Stage> open;
  private final Replay.Run exact;
  private final Replay.Run rounded;

  /** Made when they are first asked for: most targets follow from the model's function. */
  private Optional<List<Variant>> known = Optional.empty();

  private Optional<List<Rows>> draws = Optional.empty();

  /**
   * @throws NotReplayable if something that it needs is missing
   */
  Target(Replay replay, String name) {
    this.replay = replay;
    this.name = name;
    this.stored = replay.stored(name).orElseThrow(() -> new NotReplayable(name));
    this.format = replay.recording().captured(name).orElseThrow().dtype().format().orElseThrow();
    if (format == Format.F64) {
      throw new NotReplayable("a type narrower than float64");
    }
    this.open = replay.open(name);
    this.exact = run(Storage.EXACT);
    this.rounded = run(new Storage(format, 0));
  }

  private Replay.Run run(Storage storage) {
    return new Replay.Run(name, storage, format.precision() <= Format.F16.precision());
  }

  /** The last part of its name. */
  String last() {
    return StageNames.last(name);
  }

  /** Multiply-adds of the products on the way. */
  double work() {
    return open.stream()
        .filter(stage -> stage.kind() == OperationKind.PRODUCT)
        .flatMap(stage -> replay.recording().weight(stage.id().name()).stream())
        .mapToDouble(weight -> (double) weight.elements() * replay.layout().tokens())
        .sum();
  }

  private List<Variant> variants() {
    if (known.isEmpty()) {
      known =
          Optional.of(
              Variants.of(
                  replay, name, open, new Variants.Seen(stored, replay.target(exact), format)));
    }
    return known.get();
  }

  /** The model's function. */
  Judged model() {
    Rows models = replay.target(exact);
    if (models.width() != stored.width() || !stored.isFinite() || !models.isFinite()) {
      throw new NotReplayable(name);
    }
    Rows none = Rows.zeros(models.tokens(), models.width());
    return judged(new Tried(List.of(), 0, models, none, 0, 0));
  }

  /** Changes beside an example of rounding of their own. */
  Judged judged(Tried tried) {
    List<Rows> examples = new ArrayList<>(List.of(replay.target(rounded.with(tried.variants()))));
    Judged judged = judged(tried, examples);
    if (judged.fit().isRoundingButInPlaces()) {
      // A few numbers rule the errors of a token that sees few keys: one example tells little.
      for (int draw = 1; draw <= MORE; draw++) {
        examples.add(replay.target(run(new Storage(format, draw)).with(tried.variants())));
      }
      return judged(tried, examples);
    }
    return judged;
  }

  private Judged judged(Tried tried, List<Rows> examples) {
    Noise noise = Noise.of(tried.exact(), examples, format);
    return new Judged(tried, noise, Fit.of(stored, tried.exact(), noise));
  }

  /** These changes, of those that are possible here; empty if none of them is. */
  Optional<Judged> judged(List<Variant> wanted) {
    List<Variant> here =
        wanted.stream()
            .flatMap(
                one ->
                    variants().stream()
                        .filter(other -> other.isAkin(one))
                        .limit(1)
                        .map(other -> other.as(one)))
            .toList();
    if (here.isEmpty()) {
      return Optional.empty();
    }
    return exact(here)
        .map(
            result ->
                judged(
                    new Tried(here, 0, result, Rows.zeros(result.tokens(), result.width()), 0, 0)));
  }

  /** One more change than these, if it explains more; what explains most first. */
  List<Tried> tried(Judged first) {
    Rows errors = first.noise().weighed(stored.plus(1, -1, first.tried().exact()));
    List<Tried> tried = new ArrayList<>();
    for (int i = 0; i < variants().size(); i++) {
      tried(first, errors, variants().get(i), i).ifPresent(tried::add);
    }
    dialled(first, errors, tried);
    return tried.stream()
        .filter(one -> one.isSeen() && one.mean() < first.fit().mean())
        .sorted(Comparator.comparingDouble(Tried::mean))
        .toList();
  }

  private Optional<Tried> tried(Judged first, Rows errors, Variant variant, int place) {
    List<Variant> all = new ArrayList<>(first.tried().variants());
    all.add(variant);
    Rows from = first.tried().exact();
    return exact(all)
        .map(
            result ->
                compared(
                    all, place, result, first.noise().weighed(result.plus(1, -1, from)), errors));
  }

  /**
   * The best numbers of the changes with a number along which errors lie most: with the number that
   * was tried they may explain nothing, for being too large.
   */
  private void dialled(Judged first, Rows errors, List<Tried> tried) {
    Set<Object> done = new HashSet<>();
    List<Tried> starts =
        tried.stream()
            .filter(one -> one.last().dial().isPresent() && one.share() > 0 && one.isSeen())
            .sorted(Comparator.comparingDouble(one -> -one.share() * one.change().size()))
            .filter(one -> done.add(List.of(one.last().kind(), one.last().stages())))
            .limit(DIALLED)
            .toList();
    for (Tried start : starts) {
      Optional<Tried> best =
          Dials.finest(
              first.fit().mean(),
              start.last().dial().orElseThrow(),
              value -> tried(first, errors, start.last().at(value), start.place()));
      best.ifPresent(
          one -> {
            tried.remove(start);
            tried.add(one);
          });
    }
  }

  private Optional<Rows> exact(List<Variant> changes) {
    try {
      return Optional.of(replay.target(exact.with(changes)))
          .filter(result -> result.width() == stored.width() && result.isFinite());
    } catch (NotReplayable e) {
      return Optional.empty();
    }
  }

  private static Tried compared(
      List<Variant> changes, int place, Rows result, Rows change, Rows errors) {
    Rows left = errors.plus(1, -1, change);
    return new Tried(
        changes,
        place,
        result,
        change,
        left.dot(left) / left.values().length,
        change.dot(errors) / change.dot(change));
  }

  /** The share of a change that the errors of draws of roundings have by chance. */
  double chance(Tried tried, Judged model) {
    double size = tried.change().dot(tried.change());
    double squares =
        draws().stream()
            .map(drawn -> model.noise().weighed(drawn.plus(1, -1, model.tried().exact())))
            .mapToDouble(errors -> tried.change().dot(errors) / size)
            .map(share -> share * share)
            .average()
            .orElseThrow();
    return Math.sqrt(squares);
  }

  /** The model's function in draws of roundings. */
  private List<Rows> draws() {
    if (draws.isEmpty()) {
      draws =
          Optional.of(
              IntStream.rangeClosed(1, DRAWS)
                  .mapToObj(draw -> replay.target(run(new Storage(format, draw))))
                  .toList());
    }
    return draws.get();
  }

  Replayed.Follows follows(Judged judged) {
    Set<OtherFunction> others = new LinkedHashSet<>();
    for (Variant variant : judged.tried().variants()) {
      variant
          .function()
          .ifPresent(other -> others.add(open.size() == 1 ? other : named(variant, other)));
    }
    // A change of roundings has no exact result of its own.
    Rows due = others.isEmpty() ? replay.target(exact) : judged.tried().exact();
    return new Replayed.Follows(others, through(), Math.sqrt(judged.fit().mean()), whole(due));
  }

  Replayed.Open open(Judged model) {
    return new Replayed.Open(through(), Math.sqrt(model.fit().mean()));
  }

  private Optional<Tensor> whole(Rows rows) {
    return replay
        .recording()
        .captured(name)
        .filter(tensor -> tensor.elements() == rows.values().length)
        .map(tensor -> rows.tensor(tensor.shape(), Replay.isOuter(name)));
  }

  private OtherFunction named(Variant variant, OtherFunction function) {
    return new OtherFunction.In(
        function,
        open.stream()
            .map(stage -> StageNames.last(stage.id().name()))
            .filter(variant::changes)
            .collect(Collectors.toSet()));
  }

  private List<String> through() {
    return replay.plan().stages().stream()
        .filter(open::contains)
        .map(stage -> stage.id().name())
        .filter(one -> !one.equals(name))
        .toList();
  }
}

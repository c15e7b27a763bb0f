package org.bitref.search;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.numerics.Format;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.Device;
import org.bitref.recipe.GemmRecipe;
import org.bitref.search.Identification.Excluded;
import org.bitref.search.Identification.Match;
import org.bitref.search.Identification.TileMatch;
import org.bitref.search.Sieve.Survivor;
import org.bitref.search.space.Neighbours;
import org.bitref.search.space.Preference;
import org.bitref.search.space.ProductSpace.Cut;

/**
 * Finds the recipe of a captured matrix product. All hypotheses are sieved with the outputs that
 * tell them apart best, one after another; what is left is confirmed on every captured output, and
 * so are its neighbours outside the hypotheses.
 */
public final class GemmSearch {
  /** Outputs that drop most functions. */
  private static final int COARSE = 8;

  /** Outputs that every survivor of the sieve has got right before it is confirmed. */
  private static final int SIEVED = 256;

  /** Classes that are listed. */
  private static final int LISTED = 64;

  /** Ties that are listed, each with a distinguishing input. */
  private static final int PARTED = 16;

  /** Classes that fit beyond which the rest is not tried: the data are weak. */
  private static final int CROWD = 128;

  /** The same where one recipe is wanted, and not how many there are. */
  private static final int SOME = 8;

  /** With more classes than this their neighbours add nothing. */
  private static final int FEW = 6;

  private final int crowd;
  private final Captured<Product> gemm;
  private final int depth;
  private final int columns;
  private final GemmHints hints;
  private final Workers workers;
  private final Outputs outputs;
  private final List<Form> forms;
  private final Optional<FactorInterval> factors;
  private final Trials trials;

  private GemmSearch(Captured<Product> gemm, GemmHints hints, int crowd, Workers workers) {
    this(gemm, Outputs.of(gemm, workers), Form.of(gemm), hints, crowd, workers);
  }

  private GemmSearch(
      Captured<Product> gemm,
      Outputs outputs,
      List<Form> forms,
      GemmHints hints,
      int crowd,
      Workers workers) {
    this(
        gemm,
        outputs,
        forms,
        Optional.empty(),
        new Confirmation(gemm, outputs.order(), workers),
        hints,
        crowd,
        workers);
  }

  private GemmSearch(
      Captured<Product> gemm,
      Outputs outputs,
      List<Form> forms,
      Optional<FactorInterval> factors,
      Trials trials,
      GemmHints hints,
      int crowd,
      Workers workers) {
    this.crowd = crowd;
    this.gemm = gemm;
    this.depth = gemm.operation().depth();
    this.columns = gemm.operation().columns();
    this.hints = hints;
    this.workers = workers;
    this.outputs = outputs;
    this.forms = forms;
    this.factors = factors;
    this.trials = trials;
  }

  /** Finds the recipe of a product of which it is not known where its outputs sat. */
  public static Identification identify(Captured<Product> gemm, Workers workers) {
    return identify(gemm, Optional.empty(), GemmHints.NONE, workers);
  }

  /** Finds some recipe of a product: where many fit, the first {@value #SOME} are enough. */
  static Identification some(Captured<Product> gemm, Device device, Workers workers) {
    return new GemmSearch(gemm, GemmHints.NONE.on(device), SOME, workers).run(Optional.empty());
  }

  /**
   * Finds the recipe of a product.
   *
   * @param placement where rows and columns sat; with it, recipes that differ from tile to tile are
   *     found
   * @param hints what is known of the kernel; they change the order of what is found, and of more
   *     than {@value #CROWD} classes which are, otherwise nothing
   */
  public static Identification identify(
      Captured<Product> gemm, Optional<Placement> placement, GemmHints hints, Workers workers) {
    return new GemmSearch(gemm, hints, CROWD, workers).run(placement);
  }

  /**
   * Finds the recipe of a product some of whose outputs have one factor that is not known; empty if
   * none reproduces everything.
   *
   * @param outputs those, the most telling first
   * @param factors around the factor
   * @param trials what recipes make of all outputs
   */
  static Optional<Identification> scaled(
      Form form,
      Outputs outputs,
      FactorInterval factors,
      Trials trials,
      GemmHints hints,
      Workers workers) {
    GemmSearch search =
        new GemmSearch(
            form.gemm(),
            outputs,
            List.of(form),
            Optional.of(factors),
            trials,
            hints,
            CROWD,
            workers);
    Round round = search.round(outputs.order(), one -> trials.reproduces(one.simplest()));
    return round.found().isEmpty()
        ? Optional.empty()
        : Optional.of(search.found(search.withNeighbours(round.found()), round.tried()));
  }

  /**
   * True if two recipes give the same bits for every input of this shape.
   *
   * @param k terms of each sum
   * @param n columns of the product
   */
  public static boolean same(GemmRecipe a, GemmRecipe b, int k, int n) {
    return GemmFunction.of(a, k, n).equals(GemmFunction.of(b, k, n));
  }

  private Identification run(Optional<Placement> placement) {
    if (outputs.informative() < Outcome.TooFew.LEAST) {
      Outcome few = new Outcome.TooFew(outputs.informative());
      return Identification.nothing(few, gemm.y().elements(), List.of(), List.of(), 0);
    }
    Round round = round(outputs.order(), one -> trials.reproduces(one.simplest()));
    if (!round.found().isEmpty()) {
      return found(withNeighbours(round.found()), round.tried());
    }
    return placement
        .flatMap(where -> tiles(where, round.tried()))
        .orElseGet(() -> unexplained(round));
  }

  private Identification found(List<FunctionClass> found, int tried) {
    boolean more = found.size() >= crowd;
    // What the search did not come to may sum in other formats.
    Stream<GemmRecipe> others = more ? plain().stream().filter(trials::reproduces) : Stream.of();
    List<Format> accumulators =
        Stream.concat(found.stream().map(FunctionClass::simplest), others)
            .map(one -> one.inner().format())
            .distinct()
            .sorted()
            .toList();
    long total = gemm.y().elements();
    List<GemmRecipe> same = found.getFirst().recipes();
    return new Identification(
        new Outcome.Functions(
            found.size(),
            more,
            accumulators,
            found.size() == 1 ? 0 : trials.differing(plain(), Outcome.Functions.ENOUGH),
            found.stream().noneMatch(this::isOwn)),
        total,
        found.stream().limit(LISTED).map(one -> new Match(one.simplest(), total)).toList(),
        List.copyOf(same.subList(1, same.size())),
        ties(found),
        List.of(),
        List.of(),
        tried);
  }

  /**
   * What one pass of the hypotheses over some outputs found.
   *
   * @param found the classes that reproduce them all, or the first {@value #CROWD} of them
   * @param nearest of each core the function that was dropped last
   */
  private record Round(List<FunctionClass> found, List<Survivor> nearest, int tried) {}

  private Round round(int[] order, Predicate<FunctionClass> confirmed) {
    List<Sieve> sieves = sieves();
    forEach(sieves, sieve -> sieve.coarse(order, COARSE));
    Map<GemmFunction, FunctionClass> found = new HashMap<>();
    while (!isEnough(found.values()) && !sieves.stream().allMatch(Sieve::isDone)) {
      List<Survivor> survivors = Collections.synchronizedList(new ArrayList<>());
      forEach(sieves, sieve -> survivors.addAll(sieve.next(order, COARSE, SIEVED)));
      for (FunctionClass one : classes(survivors)) {
        boolean wanted = found.size() < crowd || (isOwn(one) && !isEnough(found.values()));
        if (wanted && (found.containsKey(one.function()) || confirmed.test(one))) {
          found.merge(one.function(), one, FunctionClass::with);
        }
      }
    }
    int tried = sieves.stream().mapToInt(Sieve::size).sum();
    List<Survivor> nearest = sieves.stream().flatMap(one -> one.nearest().stream()).toList();
    return new Round(sorted(found.values()), nearest, tried);
  }

  /** A crowd with something in it that the device may have computed. */
  private boolean isEnough(Collection<FunctionClass> found) {
    return found.size() >= crowd && found.stream().anyMatch(this::isOwn);
  }

  private boolean isOwn(FunctionClass one) {
    return !hints.device().isForeign(one.simplest());
  }

  private List<Sieve> sieves() {
    CutGroups whole = new CutGroups(List.of(Cut.NONE), depth, columns);
    List<Sieve> sieves = new ArrayList<>();
    for (Form form : forms) {
      CutGroups cuts = new CutGroups(hints.orderCuts(form.space().cuts()), depth, columns);
      hints.order(form.cores()).forEach(core -> sieves.add(new Sieve(form, core, cuts, factors)));
      hints.order(form.lanes()).forEach(core -> sieves.add(new Sieve(form, core, whole, factors)));
    }
    return sieves;
  }

  private void forEach(List<Sieve> sieves, Consumer<Sieve> action) {
    workers.forEach(sieves.size(), 1, (from, to) -> sieves.subList(from, to).forEach(action));
  }

  /** The simplest first, whatever thread found it. */
  private List<FunctionClass> classes(List<Survivor> survivors) {
    Map<GemmFunction, FunctionClass> classes = new LinkedHashMap<>();
    for (Survivor survivor : survivors) {
      List<GemmRecipe> recipes = survivor.recipes();
      GemmFunction function = function(recipes.getFirst());
      classes.merge(
          function, new FunctionClass(function, recipes, hints.device()), FunctionClass::with);
    }
    return sorted(classes.values());
  }

  /** Those that the hints suggest first, the simplest of them first. */
  private List<FunctionClass> sorted(Collection<FunctionClass> classes) {
    return classes.stream().sorted(hints.order()).toList();
  }

  private GemmFunction function(GemmRecipe recipe) {
    return GemmFunction.of(recipe, depth, columns);
  }

  /** The classes with those of their neighbours that fit as well. */
  private List<FunctionClass> withNeighbours(List<FunctionClass> found) {
    if (found.size() > FEW) {
      return found;
    }
    Map<GemmFunction, GemmRecipe> near = new LinkedHashMap<>();
    for (FunctionClass one : found) {
      for (GemmRecipe recipe : Neighbours.of(one.simplest(), depth, columns)) {
        near.putIfAbsent(function(recipe), recipe);
      }
    }
    found.forEach(one -> near.remove(one.function()));
    Queue<GemmRecipe> fitting = new ConcurrentLinkedQueue<>();
    List<GemmRecipe> recipes = List.copyOf(near.values());
    workers.forEach(
        recipes.size(),
        1,
        (from, to) ->
            recipes.subList(from, to).stream()
                .filter(trials::reproducesFirst)
                .forEach(fitting::add));
    List<FunctionClass> all = new ArrayList<>(found);
    fitting.stream()
        .filter(trials::reproduces)
        .forEach(
            recipe ->
                all.add(new FunctionClass(function(recipe), List.of(recipe), hints.device())));
    return sorted(all);
  }

  private List<Tie> ties(List<FunctionClass> found) {
    List<Tie> ties = new ArrayList<>();
    for (int i = 0; found.size() > 1 && i < Math.min(found.size(), PARTED); i++) {
      GemmRecipe recipe = found.get(i).simplest();
      GemmRecipe other = found.get(i == 0 ? 1 : 0).simplest();
      Tie.Input input =
          scaledAlike(recipe, other)
              ? Separation.find(recipe, other, depth, columns)
              : Tie.Other.SCALES;
      ties.add(new Tie(recipe, input));
    }
    return ties;
  }

  /** True if sums of both are multiplied by scales at the same place, or nowhere. */
  private static boolean scaledAlike(GemmRecipe a, GemmRecipe b) {
    boolean scales = a.scalesX() || a.scalesW() || b.scalesX() || b.scalesW();
    return !scales
        || (a.epilogue().equals(b.epilogue())
            && a.scalesX() == b.scalesX()
            && a.scalesW() == b.scalesW());
  }

  private Optional<Identification> tiles(Placement where, int tried) {
    TileSearch search = new TileSearch(where, columns, this::searched, trials::hits);
    return search.run(outputs.order()).map(tiles -> tiles(tiles, tried));
  }

  private Identification tiles(List<TileMatch> tiles, int tried) {
    boolean single = tiles.stream().allMatch(tile -> tile.classes() == 1);
    return new Identification(
        new Outcome.Tiles(tiles.size(), single),
        gemm.y().elements(),
        tiles.stream().map(tile -> new Match(tile.recipe(), tile.outputs())).toList(),
        List.of(),
        List.of(),
        tiles,
        List.of(),
        tried);
  }

  private Identification unexplained(Round round) {
    Outcome outcome = new Outcome.Unexplained(OptionalDouble.of(outputs.correlation()));
    return Identification.nothing(
        outcome, gemm.y().elements(), nearest(round), excluded(round), round.tried());
  }

  /** The classes that reproduce some of the outputs. */
  private List<FunctionClass> searched(int[] order) {
    return round(order, _ -> true).found();
  }

  /** The plainest recipes of all kinds. */
  private List<GemmRecipe> plain() {
    return forms.stream().flatMap(form -> form.space().plain().stream()).toList();
  }

  /** Plain recipes of each kind, and those that the sieve dropped last. */
  private List<Match> nearest(Round round) {
    List<GemmRecipe> candidates = new ArrayList<>(plain());
    round.nearest().stream()
        .sorted(
            Comparator.comparingInt(Survivor::outputs)
                .reversed()
                .thenComparing(Survivor::simplest, Preference.SIMPLE))
        .limit(2)
        .map(Survivor::simplest)
        .forEach(candidates::add);
    return candidates.stream()
        .distinct()
        .filter(Kernels::isFast)
        .map(recipe -> new Match(recipe, trials.equal(recipe)))
        .sorted(Comparator.comparingLong(Match::equal).reversed())
        .toList();
  }

  /** By kind of accumulator, those that got at least the first output right first. */
  private static List<Excluded> excluded(Round round) {
    Map<String, Integer> most = new LinkedHashMap<>();
    round.nearest().stream()
        .sorted(Comparator.comparing(Survivor::simplest, Preference.SIMPLE))
        .forEach(survivor -> most.merge(survivor.core().family(), survivor.outputs(), Math::max));
    return most.entrySet().stream()
        .sorted(Comparator.comparing(kind -> kind.getValue() == 0))
        .<Excluded>map(kind -> new Excluded.Kind(kind.getKey(), kind.getValue()))
        .toList();
  }
}

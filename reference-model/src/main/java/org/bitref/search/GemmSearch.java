package org.bitref.search;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.bitref.diagnose.Bounded;
import org.bitref.diagnose.Corruption;
import org.bitref.diagnose.GemmBound;
import org.bitref.diagnose.Pattern;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.search.GemmHypotheses.Cut;
import org.bitref.search.Sieve.Survivor;

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

  /** Fewer outputs with a product other than zero decide nothing. */
  private static final int LEAST_INFORMATIVE = 8;

  /** Ties that are listed, each with the input that parts it. */
  private static final int LISTED = 16;

  /** Classes that fit beyond which the rest is not tried: the data are weak. */
  private static final int CROWD = 128;

  /** With more classes than this their neighbours add nothing. */
  private static final int FEW = 6;

  /** Products beyond which only a corner of a large capture is judged. */
  private static final long MOST_JUDGED = 100_000_000;

  /** Part of K gives a correlation like the root of that part. */
  private static final double LEAST_CORRELATED = 0.2;

  private static final double MOST_CORRELATED = 0.98;

  private final Captured<Product> gemm;
  private final GemmHints hints;
  private final Workers workers;
  private final Outputs outputs;
  private final GemmHypotheses hypotheses;
  private final CutGroups cuts;
  private final Confirmation confirmation;

  private GemmSearch(Captured<Product> gemm, GemmHints hints, Workers workers) {
    this.gemm = gemm;
    this.hints = hints;
    this.workers = workers;
    this.outputs = Outputs.of(gemm, workers);
    this.hypotheses = new GemmHypotheses(gemm);
    this.cuts =
        new CutGroups(
            hints.orderCuts(hypotheses.cuts()),
            gemm.operation().depth(),
            gemm.operation().columns());
    this.confirmation = new Confirmation(gemm, outputs.order(), workers);
  }

  /** Finds the recipe of a product of which it is not known where its outputs sat. */
  public static Identification identify(Captured<Product> gemm, Workers workers) {
    return identify(gemm, Optional.empty(), GemmHints.NONE, workers);
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
    return new GemmSearch(gemm, hints, workers).run(placement);
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
    if (outputs.informative() < LEAST_INFORMATIVE) {
      String reason =
          "%d of %d outputs have a product other than zero, and fewer than %d decide nothing"
              .formatted(outputs.informative(), gemm.y().elements(), LEAST_INFORMATIVE);
      return new Findings(gemm, 0).inconclusive(reason);
    }
    Round round = round(outputs.order(), one -> confirmation.reproduces(one.simplest()));
    Findings findings = new Findings(gemm, round.tried());
    if (round.found().isEmpty()) {
      return unexplained(findings, round, placement);
    }
    List<FunctionClass> found = withNeighbours(round.found());
    return findings.found(found, found.size() >= CROWD, ties(found));
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
    while (found.size() < CROWD && !sieves.stream().allMatch(Sieve::isDone)) {
      List<Survivor> survivors = Collections.synchronizedList(new ArrayList<>());
      forEach(sieves, sieve -> survivors.addAll(sieve.next(order, COARSE, SIEVED)));
      for (FunctionClass one : classes(survivors)) {
        if (found.size() < CROWD && (found.containsKey(one.function()) || confirmed.test(one))) {
          found.merge(one.function(), one, FunctionClass::with);
        }
      }
    }
    int tried = sieves.stream().mapToInt(Sieve::size).sum();
    List<Survivor> nearest = sieves.stream().map(Sieve::nearest).filter(Objects::nonNull).toList();
    return new Round(sorted(found.values()), nearest, tried);
  }

  private List<Sieve> sieves() {
    CutGroups whole =
        new CutGroups(List.of(Cut.NONE), gemm.operation().depth(), gemm.operation().columns());
    List<Sieve> sieves = new ArrayList<>();
    hints
        .order(hypotheses.cores())
        .forEach(core -> sieves.add(new Sieve(gemm, core, cuts, hypotheses)));
    hints
        .order(hypotheses.lanes())
        .forEach(core -> sieves.add(new Sieve(gemm, core, whole, hypotheses)));
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
      classes.merge(function, new FunctionClass(function, recipes), FunctionClass::with);
    }
    return sorted(classes.values());
  }

  /** Those that the hints suggest first, the simplest of them first. */
  private List<FunctionClass> sorted(Collection<FunctionClass> classes) {
    return classes.stream().sorted(hints.order()).toList();
  }

  private GemmFunction function(GemmRecipe recipe) {
    return GemmFunction.of(recipe, gemm.operation().depth(), gemm.operation().columns());
  }

  /** The classes with those of their neighbours that fit as well. */
  private List<FunctionClass> withNeighbours(List<FunctionClass> found) {
    if (found.size() > FEW) {
      return found;
    }
    Map<GemmFunction, GemmRecipe> near = new LinkedHashMap<>();
    for (FunctionClass one : found) {
      for (GemmRecipe recipe :
          Neighbours.of(one.simplest(), gemm.operation().depth(), gemm.operation().columns())) {
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
                .filter(confirmation::reproducesFirst)
                .forEach(fitting::add));
    List<FunctionClass> all = new ArrayList<>(found);
    fitting.stream()
        .filter(confirmation::reproduces)
        .forEach(recipe -> all.add(new FunctionClass(function(recipe), List.of(recipe))));
    return sorted(all);
  }

  private List<Tie> ties(List<FunctionClass> found) {
    List<Tie> ties = new ArrayList<>();
    for (int i = 0; found.size() > 1 && i < Math.min(found.size(), LISTED); i++) {
      GemmRecipe recipe = found.get(i).simplest();
      GemmRecipe other = found.get(i == 0 ? 1 : 0).simplest();
      String probe =
          Separation.find(recipe, other, gemm.operation().depth(), gemm.operation().columns())
              .orElse("no input that parts it was found: it may be the same function");
      ties.add(new Tie(recipe, probe));
    }
    return ties;
  }

  private Identification unexplained(
      Findings findings, Round round, Optional<Placement> placement) {
    Optional<List<TileMatch>> tiles =
        placement.flatMap(
            where ->
                new TileSearch(
                        where, gemm.operation().columns(), this::searched, confirmation::hits)
                    .run(outputs.order()));
    return tiles.map(findings::tiles).orElseGet(() -> rounding(findings, round));
  }

  private Identification rounding(Findings findings, Round round) {
    Captured<Product> part = Product.corner(gemm, MOST_JUDGED);
    Optional<Corruption> corruption = Corruption.find(part, workers);
    if (corruption.isEmpty()) {
      String bound = GemmBound.of(part, workers).narrowest().map(Bounded::family).orElse("");
      return findings.unexplained(bound, nearest(round), excluded(round));
    }
    boolean unnamed = corruption.get().pattern() == Pattern.UNNAMED;
    double correlation = outputs.correlation();
    if (unnamed && correlation > LEAST_CORRELATED && correlation < MOST_CORRELATED) {
      return findings.inconclusive(
          "y follows x·wᵀ only loosely (correlation %.2f): K may not be whole, or x and w may not be those of y"
              .formatted(correlation));
    }
    return findings.corrupt(corruption.get(), nearest(round));
  }

  /** The classes that reproduce some of the outputs. */
  private List<FunctionClass> searched(int[] order) {
    return round(order, _ -> true).found();
  }

  /** Plain recipes of each kind, and those that the sieve dropped last. */
  private List<Match> nearest(Round round) {
    List<GemmRecipe> candidates = new ArrayList<>(hypotheses.plain());
    round.nearest().stream()
        .sorted(
            Comparator.comparingInt(Survivor::outputs)
                .reversed()
                .thenComparing(Survivor::simplest, Simplicity.ORDER))
        .limit(2)
        .map(Survivor::simplest)
        .forEach(candidates::add);
    return candidates.stream()
        .distinct()
        .filter(Kernels::isFast)
        .map(recipe -> new Match(recipe, confirmation.equal(recipe)))
        .sorted(Comparator.comparingLong(Match::equal).reversed())
        .toList();
  }

  private static List<String> excluded(Round round) {
    Map<String, Integer> most = new LinkedHashMap<>();
    round.nearest().stream()
        .sorted(Comparator.comparing(Survivor::simplest, Simplicity.ORDER))
        .forEach(survivor -> most.merge(survivor.core().family(), survivor.outputs(), Math::max));
    List<String> lines = new ArrayList<>();
    List<String> none = new ArrayList<>();
    most.forEach(
        (family, outputs) -> {
          if (outputs == 0) {
            none.add(family);
          } else {
            lines.add(family + ": none got more than the first " + outputs + " outputs right");
          }
        });
    if (!none.isEmpty()) {
      lines.add(String.join("; ", none) + ": none got the first output right");
    }
    return lines;
  }
}

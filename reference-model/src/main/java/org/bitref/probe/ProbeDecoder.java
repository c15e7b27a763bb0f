package org.bitref.probe;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bitref.numerics.Format;
import org.bitref.probe.Decoded.Evidence;
import org.bitref.probe.Row.Terms;
import org.bitref.recipe.Chain;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Presets.Preset;
import org.bitref.tensor.Tensor;

/**
 * Reads the arithmetic of a device from its answers to a {@link Probe}. The order of sums follows
 * from the cancellations without any assumption on roundings; then roundings are tried out on that
 * order; a recipe counts only if it reproduces every answer and every output of the random products
 * that is computed again.
 */
public final class ProbeDecoder {
  /** Multiply-adds spent on random products in a confirmation. */
  private static final long EFFORT = 1L << 24;

  /** Recipes after a first look that are too many to be told apart by random products. */
  private static final int CROWD = 1000;

  /**
   * Multiply-adds spent on trying orders and recipes, for each k. Most of what is found takes a
   * tenth or less; of 340 recipes drawn from the grammar the most was nine tenths, for an E4M3
   * product whose order of sums does not show.
   */
  private static final long BUDGET = 3L << 20;

  private static final String STOPPED = "The search was stopped";

  /** Sets of columns that can each spend it all. */
  private static final int SPENDERS = 4;

  /** F of the tensor cores that are known. */
  private static final List<Integer> MEASURED = List.of(13, 23, 24, 25);

  private final Probe probe;
  private final Answers answers;
  private final List<Evidence> evidence = new ArrayList<>();
  private final List<String> open = new ArrayList<>();
  private final int column;
  private final Budget budget;
  private long confirmed;

  private ProbeDecoder(Answers answers, int column, Budget budget) {
    this.probe = answers.probe();
    this.answers = answers;
    this.budget = budget;
    this.column = column;
  }

  /**
   * Decodes the results of all calls, in the order of {@link Probe#calls}.
   *
   * @param results each [M, N] of the setup's output type
   * @return one entry for all columns, or one for each set of columns that answered alike
   */
  public static List<Decoded> decode(Probe probe, List<Tensor> results) {
    return decode(probe, results, BUDGET * probe.setup().k());
  }

  /**
   * The same with another bound.
   *
   * @param multiplyAdds after which the search for the recipe of a set of columns ends; all of them
   *     together get four times as many
   */
  static List<Decoded> decode(Probe probe, List<Tensor> results, long multiplyAdds) {
    Answers answers = new Answers(probe, results);
    List<Decoded> all = new ArrayList<>();
    long left = SPENDERS * multiplyAdds;
    for (List<Integer> columns : answers.columnClasses()) {
      Budget budget = new Budget(Math.clamp(left, 0, multiplyAdds));
      ProbeDecoder decoder = new ProbeDecoder(answers, columns.getFirst(), budget);
      List<GemmRecipe> recipes = decoder.recipes(columns);
      left -= budget.spent();
      List<GemmRecipe> familiar = recipes.stream().sorted(Familiar.FIRST).toList();
      List<List<GemmRecipe>> classes = Separation.classes(familiar, probe);
      decoder.conclude(classes);
      all.add(new Decoded(columns, classes, decoder.evidence, decoder.open, decoder.confirmed));
    }
    return all;
  }

  private void note(String about, String finding) {
    evidence.add(new Evidence(about, finding));
  }

  private List<GemmRecipe> recipes(List<Integer> columns) {
    if (!probe.setup().candidates().isEmpty()) {
      return remaining(probe.setup().candidates(), columns);
    }
    if (budget.isSpent()) {
      return stopped("all recipes");
    }
    List<Storing> storings = Storing.read(answers, column, Format.F32);
    if (storings.isEmpty()) {
      note("operands and epilogue", "no known way to round operands and results fits");
      open.add("The outputs of one and two terms alone do not fit any known epilogue.");
      return List.of();
    }
    Cancellations cancellations = cancellations(storings);
    if (cancellations == null) {
      return List.of();
    }
    ProbeSetup setup = probe.setup();
    Skeletons skeletons = new Skeletons(setup, cancellations, budget);
    List<GemmRecipe> chained = skeletons.chained();
    List<GemmRecipe> laned = chained.isEmpty() ? skeletons.laned() : List.of();
    if (budget.isSpent()) {
      return stopped("some orders of sums");
    }
    note(
        "order of sums",
        "%d of %d cancellations read; %d orders of the grammar give them all"
            .formatted(
                cancellations.size(), Findings.questions(probe), chained.size() + laned.size()));
    List<GemmRecipe> found = confirmed(chained, storings, columns);
    if (found.isEmpty() && laned.isEmpty()) {
      laned = skeletons.laned();
    }
    if (found.isEmpty()) {
      found = confirmed(laned, storings, columns);
    }
    if (found.isEmpty()) {
      // A sum that float32 does not hold may be stored in more ways.
      List<Storing> wide = new ArrayList<>(Storing.read(answers, column, Format.F64));
      wide.removeAll(storings);
      List<GemmRecipe> both = Stream.concat(chained.stream(), laned.stream()).toList();
      found = confirmed(both.stream().filter(ProbeDecoder::isWide).toList(), wide, columns);
    }
    if (found.isEmpty()) {
      Roundings likely = new Roundings(probe.setup(), storings, MEASURED, false);
      found = confirmed(skeletons.hidden(), likely, every(columns));
    }
    if (found.isEmpty()) {
      List<GemmRecipe> known = Presets.GEMM.all().stream().map(Preset::recipe).toList();
      found = confirmed(known, storings, columns);
    }
    return found;
  }

  /** True if the sum may have more bits than a float. */
  private static boolean isWide(GemmRecipe skeleton) {
    return !(skeleton.inner() instanceof Inner.Fda) || skeleton.chain() instanceof Chain.Promote;
  }

  private List<GemmRecipe> confirmed(
      List<GemmRecipe> skeletons, List<Storing> storings, List<Integer> columns) {
    int seen = fraction();
    // No F at all if a product is never lost beside a larger one: no fused step.
    List<Integer> first = seen > 40 ? List.of() : List.of(seen);
    List<Integer> every = IntStream.rangeClosed(1, 40).boxed().toList();
    List<GemmRecipe> left = skeletons;
    for (List<Integer> fractions : List.of(first, every)) {
      for (boolean floors : new boolean[] {false, true}) {
        Roundings roundings = new Roundings(probe.setup(), storings, fractions, floors);
        List<GemmRecipe> found = confirmed(left, roundings, every(columns));
        if (!found.isEmpty()) {
          return found;
        }
        // The others have neither F nor a least exponent.
        left = left.stream().filter(r -> r.inner() instanceof Inner.Fda).toList();
      }
    }
    return List.of();
  }

  private void conclude(List<List<GemmRecipe>> classes) {
    if (classes.isEmpty()) {
      if (!wasStopped()) {
        open.add("No recipe of the grammar gives every answer: the next round asks more densely.");
      }
      return;
    }
    evidence.addAll(Findings.of(answers, column, classes.getFirst().getFirst()));
    note("confirmation", confirmed + " of " + confirmed + " outputs equal");
    if (classes.size() > 1) {
      open.add(
          classes.size()
              + " recipes that are different functions give every answer: the next round asks for"
              + " random products on which they differ.");
    }
  }

  private List<GemmRecipe> confirmed(
      List<GemmRecipe> skeletons, Roundings roundings, List<Integer> columns) {
    if (budget.isSpent()) {
      return stopped("some orders of sums");
    }
    Samples screen = new Samples(answers, budget);
    screen.addRows(Terms.class, column);
    screen.addRandom(64, columns);
    List<GemmRecipe> left = new ArrayList<>();
    for (int i = 0; i < skeletons.size(); i++) {
      for (GemmRecipe recipe : roundings.of(skeletons.get(i))) {
        if (budget.isSpent()) {
          return stopped("%d of %d orders".formatted(skeletons.size() - i, skeletons.size()));
        }
        if (screen.allow(recipe)) {
          left.add(recipe);
        }
      }
    }
    if (left.size() > CROWD) {
      open.add(left.size() + " recipes give the answers that were looked at first: too many.");
      return List.of();
    }
    Samples all = new Samples(answers, budget);
    all.addRows(Row.class, column);
    all.addRandom(EFFORT / probe.setup().k(), columns);
    Samples fewer = new Samples(answers, budget);
    fewer.addRandom(EFFORT / 64 / probe.setup().k(), columns);
    List<GemmRecipe> confirmed = new ArrayList<>();
    for (GemmRecipe recipe : left) {
      if (budget.isSpent()) {
        return stopped(left.size() + " recipes that give the first answers");
      }
      if ((confirmed.isEmpty() ? all : fewer).allow(recipe)) {
        confirmed.add(recipe);
        this.confirmed = all.size();
      }
    }
    return confirmed;
  }

  /** Those of an earlier round's that give the random products of this one. */
  private List<GemmRecipe> remaining(List<GemmRecipe> candidates, List<Integer> columns) {
    Samples all = new Samples(answers, budget);
    all.addRandom(EFFORT / probe.setup().k(), every(columns));
    confirmed = all.size();
    List<GemmRecipe> left = new ArrayList<>();
    for (int i = 0; i < candidates.size(); i++) {
      if (budget.isSpent()) {
        return stopped("%d of %d recipes".formatted(candidates.size() - i, candidates.size()));
      }
      if (all.allow(candidates.get(i))) {
        left.add(candidates.get(i));
      }
    }
    return left;
  }

  /** Nothing: a recipe is not found before all others have been tried. */
  private List<GemmRecipe> stopped(String untried) {
    if (!wasStopped()) {
      open.add(
          (STOPPED + " after %d million multiply-adds: %s were left.")
              .formatted(budget.all() >> 20, untried));
    }
    return List.of();
  }

  private boolean wasStopped() {
    return !open.isEmpty() && open.getLast().startsWith(STOPPED);
  }

  /** With given weights one column answers the rows, and all answer random products. */
  private List<Integer> every(List<Integer> columns) {
    boolean fixed = probe.setup().mode() == ProbeSetup.Mode.WEIGHTS;
    return fixed ? Samples.columns(probe.setup().n()) : columns;
  }

  private Cancellations cancellations(List<Storing> storings) {
    for (Storing storing : storings) {
      Cancellations read = Cancellations.read(answers, column, storing);
      if (read.unread() == 0) {
        return read;
      }
    }
    open.add("The cancellations cannot be read: the next round takes other sizes.");
    return null;
  }

  /** F as the alignment rows show it. */
  private int fraction() {
    int seen = 0;
    for (int r = 0; r < probe.rows().size(); r++) {
      if (probe.rows().get(r) instanceof Terms terms
          && terms.purpose().equals(RoundingRows.ALIGN)
          && terms.at().size() == 3
          && terms.values().get(2) > 0
          && answers.value(r, column) != 0) {
        double ratio = terms.values().get(0) / terms.values().get(2);
        seen = Math.max(seen, Math.getExponent(ratio));
      }
    }
    return Math.max(seen, 1);
  }
}

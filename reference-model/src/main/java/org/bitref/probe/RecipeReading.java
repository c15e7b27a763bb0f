package org.bitref.probe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bitref.numerics.Format;
import org.bitref.probe.Decoded.Open;
import org.bitref.probe.Decoded.Open.Untried;
import org.bitref.probe.Row.Terms;
import org.bitref.recipe.Chain;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Hardware;
import org.bitref.recipe.Inner;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Presets.Preset;
import org.bitref.search.space.OperandRounding;
import org.bitref.search.space.RoundingSpace;

/**
 * Finds the recipes that give the answers of columns that answered alike: what happens to operands
 * and results first, then orders of sums, then roundings tried out on these.
 */
final class RecipeReading {
  /** Multiply-adds spent on random products in a confirmation. */
  private static final long EFFORT = 1L << 24;

  /** Recipes after a first look that are too many to be told apart by random products. */
  private static final int CROWD = 1000;

  /** More fraction bits are not looked for. */
  private static final int MOST_FRACTION = 40;

  private final Answers answers;
  private final ProbeSetup setup;
  private final List<Integer> columns;
  private final int column;
  private final Budget budget;
  private final List<Open> open = new ArrayList<>();
  private Optional<Decoded.Orders> orders = Optional.empty();
  private long confirmed;

  RecipeReading(Answers answers, List<Integer> columns, Budget budget) {
    this.answers = answers;
    this.setup = answers.probe().setup();
    this.columns = columns;
    this.column = columns.getFirst();
    this.budget = budget;
  }

  /** What it leaves undecided. */
  List<Open> open() {
    return open;
  }

  /** Empty if it did not come so far. */
  Optional<Decoded.Orders> orders() {
    return orders;
  }

  /** Outputs that the recipes found give, all that were asked for. */
  long confirmed() {
    return confirmed;
  }

  List<GemmRecipe> recipes() {
    if (!setup.candidates().isEmpty()) {
      return remaining(setup.candidates());
    }
    if (budget.isSpent()) {
      return stopped(Untried.ALL, 0, 0);
    }
    List<OperandRounding> operands = OperandReading.read(answers, column, Format.F32);
    if (operands.isEmpty()) {
      open.add(Open.Plain.NO_EPILOGUE);
      return List.of();
    }
    Optional<Cancellations> read =
        operands.stream()
            .map(one -> Cancellations.read(answers, column, one))
            .filter(one -> one.unread() == 0)
            .findFirst();
    if (read.isEmpty()) {
      open.add(Open.Plain.UNREADABLE);
      return List.of();
    }
    return recipes(operands, read.get());
  }

  private List<GemmRecipe> recipes(List<OperandRounding> operands, Cancellations cancellations) {
    OrderReading reading = new OrderReading(setup, cancellations, budget);
    List<GemmRecipe> chained = reading.chained();
    List<GemmRecipe> laned = chained.isEmpty() ? reading.laned() : List.of();
    if (budget.isSpent()) {
      return stopped(Untried.SOME_ORDERS, 0, 0);
    }
    long asked = answers.probe().rows().stream().filter(Row.Cancel.class::isInstance).count();
    int found = chained.size() + laned.size();
    orders = Optional.of(new Decoded.Orders(cancellations.size(), asked, found));
    return rounded(reading, operands, chained, laned);
  }

  private List<GemmRecipe> rounded(
      OrderReading reading,
      List<OperandRounding> operands,
      List<GemmRecipe> chained,
      List<GemmRecipe> shown) {
    List<GemmRecipe> laned = shown;
    List<GemmRecipe> found = rounded(chained, operands);
    if (found.isEmpty() && laned.isEmpty()) {
      laned = reading.laned();
    }
    if (found.isEmpty()) {
      found = rounded(laned, operands);
    }
    if (found.isEmpty()) {
      // A sum that float32 does not hold may be stored in more ways.
      List<OperandRounding> wide =
          new ArrayList<>(OperandReading.read(answers, column, Format.F64));
      wide.removeAll(operands);
      Stream<GemmRecipe> both = Stream.concat(chained.stream(), laned.stream());
      found = rounded(both.filter(RecipeReading::isWide).toList(), wide);
    }
    if (found.isEmpty()) {
      List<Integer> measured = Hardware.fractions().reversed();
      found = confirmed(reading.hidden(), space(operands, measured, false));
    }
    if (found.isEmpty()) {
      found = rounded(Presets.GEMM.all().stream().map(Preset::recipe).toList(), operands);
    }
    return found;
  }

  /** True if the sum may have more bits than a float. */
  private static boolean isWide(GemmRecipe order) {
    return !(order.inner() instanceof Inner.Fda) || order.chain() instanceof Chain.Promote;
  }

  private RoundingSpace space(
      List<OperandRounding> operands, List<Integer> fractions, boolean floors) {
    return new RoundingSpace(setup.out(), operands, fractions, floors);
  }

  /** Those that the likely roundings make of these orders; without one, all roundings. */
  private List<GemmRecipe> rounded(List<GemmRecipe> orders, List<OperandRounding> operands) {
    int seen = fraction();
    // No F at all if a product is never lost beside a larger one: no fused step.
    List<Integer> first = seen > MOST_FRACTION ? List.of() : List.of(seen);
    List<Integer> every = IntStream.rangeClosed(1, MOST_FRACTION).boxed().toList();
    List<GemmRecipe> left = orders;
    for (List<Integer> fractions : List.of(first, every)) {
      for (boolean floors : new boolean[] {false, true}) {
        List<GemmRecipe> found = confirmed(left, space(operands, fractions, floors));
        if (!found.isEmpty()) {
          return found;
        }
        // The others have neither F nor a least exponent.
        left = left.stream().filter(r -> r.inner() instanceof Inner.Fda).toList();
      }
    }
    return List.of();
  }

  private List<GemmRecipe> confirmed(List<GemmRecipe> orders, RoundingSpace roundings) {
    if (budget.isSpent()) {
      return stopped(Untried.SOME_ORDERS, 0, 0);
    }
    Samples screen = samples();
    screen.addRows(Terms.class, column);
    screen.addRandom(64, every());
    List<GemmRecipe> left = new ArrayList<>();
    for (int i = 0; i < orders.size(); i++) {
      for (GemmRecipe recipe : roundings.of(orders.get(i))) {
        if (budget.isSpent()) {
          return stopped(Untried.ORDERS, orders.size() - i, orders.size());
        }
        if (screen.allow(recipe)) {
          left.add(recipe);
        }
      }
    }
    if (left.size() > CROWD) {
      open.add(new Open.Crowd(left.size()));
      return List.of();
    }
    Samples all = samples();
    all.addRows(Row.class, column);
    all.addRandom(EFFORT / setup.k(), every());
    Samples fewer = samples();
    fewer.addRandom(EFFORT / 64 / setup.k(), every());
    List<GemmRecipe> found = new ArrayList<>();
    for (GemmRecipe recipe : left) {
      if (budget.isSpent()) {
        return stopped(Untried.SCREENED, left.size(), left.size());
      }
      if ((found.isEmpty() ? all : fewer).allow(recipe)) {
        found.add(recipe);
        confirmed = all.size();
      }
    }
    return found;
  }

  /** Those of an earlier round's that give the random products of this one. */
  private List<GemmRecipe> remaining(List<GemmRecipe> candidates) {
    Samples all = samples();
    all.addRandom(EFFORT / setup.k(), every());
    confirmed = all.size();
    List<GemmRecipe> left = new ArrayList<>();
    for (int i = 0; i < candidates.size(); i++) {
      if (budget.isSpent()) {
        return stopped(Untried.CANDIDATES, candidates.size() - i, candidates.size());
      }
      if (all.allow(candidates.get(i))) {
        left.add(candidates.get(i));
      }
    }
    return left;
  }

  /** Nothing: a recipe is not found before all others have been tried. */
  private List<GemmRecipe> stopped(Untried what, int left, int of) {
    if (open.isEmpty() || !(open.getLast() instanceof Open.Stopped)) {
      open.add(new Open.Stopped(budget.all(), what, left, of));
    }
    return List.of();
  }

  private Samples samples() {
    return new Samples(answers, budget, setup.k());
  }

  /** With given weights one column answers the rows, and all answer random products. */
  private List<Integer> every() {
    boolean fixed = setup.mode() == ProbeSetup.Mode.WEIGHTS;
    return fixed ? Samples.columns(setup.n()) : columns;
  }

  /** F as the alignment rows show it. */
  private int fraction() {
    List<Row> rows = answers.probe().rows();
    int seen = 1;
    for (int r = 0; r < rows.size(); r++) {
      if (rows.get(r) instanceof Terms terms
          && terms.purpose() == Evidence.Purpose.ALIGNMENT
          && terms.at().size() == 3
          && terms.values().get(2) > 0
          && answers.value(r, column) != 0) {
        double ratio = terms.values().get(0) / terms.values().get(2);
        seen = Math.max(seen, Math.getExponent(ratio));
      }
    }
    return seen;
  }
}

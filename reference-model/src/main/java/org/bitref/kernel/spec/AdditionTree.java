package org.bitref.kernel.spec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.bitref.kernel.spec.KPlan.Range;
import org.bitref.kernel.spec.KPlan.Run;
import org.bitref.recipe.Combine;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.recipe.KOrder;
import org.bitref.recipe.Lanes;

/**
 * Who is added to whom under a recipe, for one K: the tree whose leaves are the K products. It says
 * nothing of roundings.
 */
public final class AdditionTree {
  /** Steps of a later range of a run come after all steps of an earlier one. */
  private static final int RANGE = 1 << 24;

  private final GemmRecipe recipe;
  private final KPlan plan;
  private final int[] placeOf;
  private final int length;
  private Place[] places = {};

  /**
   * Where a term stands.
   *
   * @param slice the slice that it is in
   * @param run the run of that slice
   * @param at the term's index in the run
   * @param range of the run
   * @param offset the term's index in the range
   * @param runLength terms of the run
   */
  private record Place(int slice, int run, int at, int range, int offset, int runLength) {}

  private AdditionTree(GemmRecipe recipe, KPlan plan, int k) {
    this.recipe = recipe;
    this.plan = plan;
    this.length = k;
    this.placeOf = recipe.inner() instanceof Inner.Fda fda ? inverse(fda.kper()) : new int[0];
  }

  /**
   * The tree of K products.
   *
   * @param n columns of the product, which one blocking rule looks at
   */
  public static AdditionTree of(GemmRecipe recipe, int k, int n) {
    return new AdditionTree(recipe, KPlan.of(recipe, k, n), k);
  }

  /** The same accumulators for a recipe that has the same chain and split as this tree's. */
  public AdditionTree with(GemmRecipe other) {
    AdditionTree tree = new AdditionTree(other, plan, length);
    tree.places = places();
    return tree;
  }

  /** Of every term; found when they are first asked for. */
  private Place[] places() {
    if (places.length < length) {
      places = new Place[length];
      for (int s = 0; s < plan.slices().size(); s++) {
        List<Run> runs = plan.slices().get(s);
        for (int r = 0; r < runs.size(); r++) {
          locate(s, r, runs.get(r));
        }
      }
    }
    return places;
  }

  private void locate(int s, int r, Run terms) {
    int before = 0;
    for (int i = 0; i < terms.ranges().size(); i++) {
      Range part = terms.ranges().get(i);
      for (int k = part.from(); k < part.to(); k++) {
        int offset = k - part.from();
        places[k] = new Place(s, r, before + offset, i, offset, terms.length());
      }
      before += part.length();
    }
  }

  private Place place(int k) {
    return places()[k];
  }

  private static int[] inverse(KOrder order) {
    int[] inverse = new int[order.period()];
    for (int i = 0; i < inverse.length; i++) {
      inverse[order.order().get(i)] = i;
    }
    return inverse;
  }

  /** Which accumulator sees which terms, equal for two trees if that is the same in both. */
  public Object accumulators() {
    return plan;
  }

  /** Equal for two trees in which every operation has the same terms. */
  public Object shape() {
    List<Object> shape = new ArrayList<>();
    shape.add(plan);
    shape.add(order());
    shape.add(recipe.inner().getClass());
    for (int k = 0; k < length; k++) {
      switch (recipe.inner()) {
        case Inner.Fda fda -> {
          shape.add(step(k, fda.w()));
          shape.add(fda.clast() ? step(k, 2 * fda.w()) : -1);
        }
        case Inner.Fma fma -> shape.add(lane(fma.lanes(), k));
        case Inner.MulAdd muladd -> shape.add(lane(muladd.lanes(), k));
        case Inner.Bf16Dp pairs -> shape.add(turn(k, pairs));
        case Inner.Exact _ -> shape.add(0);
      }
    }
    if (recipe.inner() instanceof Inner.Fma fma) {
      shape.add(fma.lanes().count());
      shape.add(fma.lanes().tree());
    }
    return shape;
  }

  /** How many slices there are. */
  public int slices() {
    return plan.slices().size();
  }

  /** How many accumulators the slice of most has. */
  public int runs() {
    return plan.slices().stream().mapToInt(List::size).max().orElse(0);
  }

  /** Every k at which an accumulator's terms begin anew: k - 1 was another's, or k is 0. */
  public NavigableSet<Integer> starts() {
    NavigableSet<Integer> starts = new TreeSet<>();
    for (List<Run> runs : plan.slices()) {
      for (Run run : runs) {
        int end = -1;
        for (Range part : run.ranges()) {
          if (part.from() != end) {
            starts.add(part.from());
          }
          end = part.to();
        }
      }
    }
    return starts;
  }

  /**
   * True if term p has been added before the terms i and j meet, or is added in the operation in
   * which they do: if i and j are huge and cancel, a small p is lost.
   */
  public boolean meets(int i, int j, int p) {
    if (recipe.inner() instanceof Inner.Exact) {
      return false;
    }
    if (place(i).slice != place(j).slice) {
      return under(order(), plan.slices().size(), place(i).slice, place(j).slice, place(p).slice);
    }
    if (place(p).slice != place(i).slice) {
      return false;
    }
    if (place(i).run != place(j).run) {
      return place(p).run <= Math.max(place(i).run, place(j).run);
    }
    return place(p).run == place(i).run && meetsInRun(i, j, p);
  }

  private Combine.Order order() {
    return recipe.combine() instanceof Combine.Sum sum ? sum.order() : Combine.Order.FWD;
  }

  private boolean meetsInRun(int i, int j, int p) {
    return switch (recipe.inner()) {
      case Inner.Fda fda when fda.clast() -> {
        int last = Math.max(step(i, 2 * fda.w()), step(j, 2 * fda.w()));
        yield step(i, 2 * fda.w()) == step(j, 2 * fda.w())
            ? step(p, 2 * fda.w()) == last && within(i, j, p, fda.w())
            : step(p, 2 * fda.w()) <= last;
      }
      case Inner.Fda fda -> within(i, j, p, fda.w());
      case Inner.Fma fma -> meetsInLanes(fma.lanes(), i, j, p);
      case Inner.MulAdd muladd -> meetsInLanes(muladd.lanes(), i, j, p);
      case Inner.Bf16Dp pairs -> turn(p, pairs) <= Math.max(turn(i, pairs), turn(j, pairs));
      case Inner.Exact _ -> false;
    };
  }

  private boolean within(int i, int j, int p, int width) {
    return step(p, width) <= Math.max(step(i, width), step(j, width));
  }

  private int step(int k, int width) {
    int period = placeOf.length;
    int at = place(k).offset - place(k).offset % period + placeOf[place(k).offset % period];
    return place(k).range * RANGE + at / width;
  }

  private int turn(int k, Inner.Bf16Dp pairs) {
    int swapped =
        pairs.order() == Inner.Bf16Dp.Order.ODDEVEN ? place(k).offset ^ 1 : place(k).offset;
    return place(k).range * RANGE + swapped;
  }

  private boolean meetsInLanes(Lanes lanes, int i, int j, int p) {
    int laneI = lane(lanes, i);
    int laneJ = lane(lanes, j);
    int laneP = lane(lanes, p);
    int last = Math.max(place(i).at, place(j).at);
    if (laneI < 0 || laneJ < 0) {
      return laneP >= 0 || place(p).at <= last;
    }
    if (laneP < 0) {
      return false;
    }
    if (laneI == laneJ) {
      return laneP == laneI && place(p).at <= last;
    }
    return under(Fold.order(lanes.tree()), lanes.count(), laneI, laneJ, laneP);
  }

  /** Which lane takes term k; -1 if it comes on top of the lanes' sum. */
  private int lane(Lanes lanes, int k) {
    return lanes.lane(place(k).at, place(k).runLength);
  }

  /** True if c of n values is in the sum in which a and b, two different ones, meet. */
  private static boolean under(Combine.Order order, int n, int a, int b, int c) {
    return switch (order) {
      case FWD -> c <= Math.max(a, b);
      case REV -> c >= Math.min(a, b);
      case PAIR -> {
        int level = 32 - Integer.numberOfLeadingZeros(a ^ b);
        yield c >> level == a >> level;
      }
      case TREE -> {
        int[] at = {a, b, c};
        for (int size = n; at[0] != at[1]; ) {
          int half = (size + 1) / 2;
          Arrays.setAll(at, i -> at[i] >= half ? at[i] - half : at[i]);
          size = half;
        }
        yield at[2] == at[0];
      }
    };
  }
}

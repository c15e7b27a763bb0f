package org.bitref.probe;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Chain.KBlock;
import org.bitref.recipe.Inner;
import org.bitref.recipe.KOrder;
import org.bitref.recipe.Lanes;
import org.bitref.recipe.Split;
import org.bitref.tensor.DType;

/**
 * The splits, chains and accumulators that are tried: the numbers that libraries use, and those
 * that the answers suggest.
 */
final class Orders {
  private static final int PERIOD = 32;
  private static final int MOST_SLICES = 132;

  /** How many boundaries are tried as the length of a block. */
  private static final int FIRM = 6;

  private static final int[] GRAINS = {64, 128, 32, 256, 16, 8, 4, 2, 1};
  private static final List<Integer> HARDWARE = List.of(16, 8, 4, 32, 64);
  private static final int[] TILES = {64, 32, 128, 16, 256, 8};

  private final ProbeSetup setup;
  private final Cancellations answers;
  private final List<Integer> begins;
  private final List<Integer> gaps;

  Orders(ProbeSetup setup, Cancellations answers) {
    this.setup = setup;
    this.answers = answers;
    this.begins = Skeletons.seen(answers.begins());
    Set<Integer> lengths = new LinkedHashSet<>();
    int before = 0;
    for (int begin : begins) {
      if (lengths.size() < 6) {
        lengths.add(begin - before);
      }
      before = begin;
    }
    this.gaps = List.copyOf(lengths);
  }

  static Inner chain(Accumulator accumulator) {
    return new Inner.Fma(accumulator, Lanes.ONE);
  }

  Inner plain() {
    return chain(Accumulator.F32RNE);
  }

  List<Split> splits() {
    List<Split> splits = new ArrayList<>();
    splits.add(new Split.None());
    if (begins.isEmpty()) {
      return splits;
    }
    int most = Math.min(MOST_SLICES, setup.k() / 2);
    for (int g : GRAINS) {
      for (int s = 2; s <= most; s++) {
        splits.add(new Split.SplitK(s, g, Split.SplitK.Residue.LAST, Split.SplitK.TILE));
        for (int bk : TILES) {
          splits.add(new Split.SplitK(s, g, Split.SplitK.Residue.FIRST, bk));
        }
      }
    }
    Set<Integer> tiles = new LinkedHashSet<>(gaps);
    for (int tile : TILES) {
      tiles.add(tile);
    }
    for (int bk : tiles) {
      for (int s = 2; s <= most; s++) {
        splits.add(new Split.Cyclic(s, bk));
        splits.add(new Split.StreamK(s, bk));
      }
    }
    for (int s = 2; s <= most; s++) {
      splits.add(new Split.Even(s));
    }
    splits.addAll(bounds());
    return splits;
  }

  /**
   * Every place where something begins, or those of them at which the first or last term is met.
   */
  private List<Split> bounds() {
    List<Split> splits = new ArrayList<>();
    List<Integer> firm = begins.stream().filter(answers::isFirm).toList();
    for (List<Integer> ends : List.of(begins, firm, across(firm, 0), across(firm, setup.k() - 1))) {
      for (int from = 0; from < Math.min(ends.size(), 8); from++) {
        splits.add(new Split.Bounds(ends.subList(from, ends.size())));
        splits.add(new Split.Bounds(ends.subList(0, ends.size() - from)));
      }
    }
    return splits;
  }

  private List<Integer> across(List<Integer> some, int p) {
    return some.stream().filter(k -> answers.lostAcross(k - 1, p)).toList();
  }

  List<Chain> chains() {
    List<Chain> chains = new ArrayList<>();
    chains.add(new Chain.Seq());
    if (begins.isEmpty()) {
      return chains;
    }
    Set<Integer> lengths = new LinkedHashSet<>(gaps);
    for (int n : new int[] {8, 16, 32, 64, 128, 256, 512, 1024}) {
      lengths.add(n);
    }
    begins.stream().filter(answers::isFirm).limit(FIRM).forEach(lengths::add);
    for (int tile : lengths) {
      for (int q : new int[] {2, 3, 4, 8}) {
        chains.add(new Chain.Sliced(q, tile * q));
      }
    }
    for (int every : lengths) {
      chains.add(new Chain.Promote(every, Accumulator.F32RNE, false));
    }
    chains.addAll(blocks(lengths));
    return chains;
  }

  private List<Chain> blocks(Set<Integer> lengths) {
    Set<Integer> blocks = new LinkedHashSet<>(lengths);
    for (int q : new int[] {192, 320, 352, 384, 448, 640, 768, setup.k() - 1, setup.k() / 2 + 1}) {
      blocks.add(q);
    }
    gaps.forEach(gap -> blocks.add(2 * gap));
    List<Chain> chains = new ArrayList<>();
    for (int q : blocks) {
      for (KBlock.Rule rule : KBlock.Rule.values()) {
        chains.add(new KBlock(q, rule, KBlock.UNROLL));
      }
      for (int unroll : new int[] {2, 4, 8, 32}) {
        chains.add(new KBlock(q, KBlock.Rule.OPENBLAS, unroll));
      }
    }
    return chains;
  }

  /** Accumulators that take their terms one after another, or a step at a time. */
  List<Inner> chained() {
    List<Inner> inners = new ArrayList<>();
    inners.add(plain());
    if (setup.in() == DType.BF16) {
      inners.add(new Inner.Bf16Dp(Inner.Bf16Dp.Order.ODDEVEN, true));
      inners.add(new Inner.Bf16Dp(Inner.Bf16Dp.Order.EVENODD, true));
    }
    Set<KOrder> orders = new LinkedHashSet<>(List.of(KOrder.ID, KOrder.PAIRS, KOrder.V8X4));
    orders.add(seenOrder());
    for (KOrder order : orders) {
      for (int w : widths()) {
        Inner.Fda fda = Inner.Fda.of(w, 25, Accumulator.F32RZ);
        inners.add(new Inner.Fda(w, 25, fda.acc(), order, false, fda.floor()));
        inners.add(new Inner.Fda(w, 25, fda.acc(), order, true, fda.floor()));
      }
    }
    return inners;
  }

  /** Those of known hardware. */
  List<Inner> fused() {
    List<Inner> inners = new ArrayList<>();
    for (KOrder order : List.of(KOrder.ID, KOrder.PAIRS, KOrder.V8X4)) {
      for (int w : HARDWARE) {
        Inner.Fda fda = Inner.Fda.of(w, 25, Accumulator.F32RZ);
        inners.add(new Inner.Fda(w, 25, fda.acc(), order, false, fda.floor()));
        inners.add(new Inner.Fda(w, 25, fda.acc(), order, true, fda.floor()));
      }
    }
    return inners;
  }

  /** Those of known hardware first. */
  private static Set<Integer> widths() {
    Set<Integer> widths = new LinkedHashSet<>(HARDWARE);
    for (int w = 1; w <= 64; w++) {
      widths.add(w);
    }
    return widths;
  }

  /** The first 32 terms by when they were added, in the shortest period that says so. */
  private KOrder seenOrder() {
    int n = Math.min(PERIOD, setup.k());
    int[] rank = new int[n];
    List<Integer> order = new ArrayList<>();
    for (int p = 0; p < n; p++) {
      rank[p] = answers.rank(p, PERIOD);
      order.add(p);
    }
    order.sort(Comparator.<Integer>comparingInt(p -> -rank[p]).thenComparing(p -> p));
    for (int period = 1; period < n; period *= 2) {
      if (repeats(order, period)) {
        return new KOrder(order.subList(0, period));
      }
    }
    return new KOrder(order);
  }

  private static boolean repeats(List<Integer> order, int period) {
    for (int i = 0; i < order.size(); i++) {
      int first = order.get(i % period);
      if (first >= period || order.get(i) != first + i - i % period) {
        return false;
      }
    }
    return true;
  }

  /** Partial sums side by side. */
  List<Inner> lanes() {
    List<Inner> inners = new ArrayList<>();
    for (int count = 2; count <= 64; count++) {
      for (Lanes.Tree tree : Lanes.Tree.values()) {
        for (Lanes.Tail tail : Lanes.Tail.values()) {
          inners.add(lanes(new Lanes(count, Lanes.Order.STRIDED, tree, tail)));
        }
        inners.add(lanes(new Lanes(count, Lanes.Order.BLOCKED, tree, Lanes.Tail.LANES)));
      }
    }
    return inners;
  }

  private static Inner lanes(Lanes lanes) {
    return new Inner.Fma(Accumulator.F32RNE, lanes);
  }
}

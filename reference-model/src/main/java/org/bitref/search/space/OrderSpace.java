package org.bitref.search.space;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.bitref.numerics.Format;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Chain.KBlock;
import org.bitref.recipe.Hardware;
import org.bitref.recipe.Inner;
import org.bitref.recipe.KOrder;
import org.bitref.recipe.Lanes;
import org.bitref.recipe.Split;

/**
 * The orders of a sum that a device's answers are held against: splits, chains and accumulators
 * with the numbers that libraries use, and with those that the answers suggest. Formats are
 * placeholders; {@link RoundingSpace} fills them in.
 */
public final class OrderSpace {
  /** How many distances and boundaries are tried as the length of a block. */
  private static final int LENGTHS = 6;

  private static final int[] GRAINS = {64, 128, 32, 256, 16, 8, 4, 2, 1};
  private static final List<Integer> TILES = List.of(64, 32, 128, 16, 256, 8);

  private final int k;
  private final Seen seen;
  private final List<Integer> gaps;

  /**
   * What the answers suggest.
   *
   * @param begins where sums were seen to begin anew, ascending
   * @param firm those of them that the term 16 before shows as well
   * @param across those of the firm ones at which the first term is met, and the last
   * @param order in which a step takes its terms
   * @param pairs true if there may be a dot product of two bfloat16 terms
   */
  public record Seen(
      List<Integer> begins,
      List<Integer> firm,
      List<List<Integer>> across,
      KOrder order,
      boolean pairs) {}

  /**
   * @param k terms of a sum
   */
  public OrderSpace(int k, Seen seen) {
    this.k = k;
    this.seen = seen;
    List<Integer> distances = new ArrayList<>();
    int before = 0;
    for (int begin : seen.begins()) {
      distances.add(begin - before);
      before = begin;
    }
    this.gaps = distances.stream().distinct().limit(LENGTHS).toList();
  }

  /** One accumulator that takes a term at a time. */
  public static Inner chain(Accumulator accumulator) {
    return new Inner.Fma(accumulator, Lanes.ONE);
  }

  /** The ways to cut K into slices. */
  public List<Split> splits() {
    List<Split> splits = new ArrayList<>();
    splits.add(new Split.None());
    if (seen.begins().isEmpty()) {
      return splits;
    }
    int most = Math.min(Hardware.MULTIPROCESSORS, k / 2);
    for (int g : GRAINS) {
      for (int s = 2; s <= most; s++) {
        splits.add(splitk(s, g));
        for (int bk : TILES) {
          splits.add(new Split.SplitK(s, g, Split.SplitK.Residue.FIRST, bk));
        }
      }
    }
    Set<Integer> tiles = new LinkedHashSet<>(gaps);
    tiles.addAll(TILES);
    for (int bk : tiles) {
      for (int s = 2; s <= most; s++) {
        splits.add(new Split.Cyclic(s, bk));
        splits.add(new Split.StreamK(s, bk));
      }
    }
    IntStream.rangeClosed(2, most).mapToObj(Split.Even::new).forEach(splits::add);
    bounds(seen.begins(), splits);
    bounds(seen.firm(), splits);
    seen.across().forEach(ends -> bounds(ends, splits));
    return splits;
  }

  static Split splitk(int s, int g) {
    return new Split.SplitK(s, g, Split.SplitK.Residue.LAST, Split.SplitK.TILE);
  }

  private static void bounds(List<Integer> ends, List<Split> splits) {
    for (int from = 0; from < Math.min(ends.size(), 8); from++) {
      splits.add(new Split.Bounds(ends.subList(from, ends.size())));
      splits.add(new Split.Bounds(ends.subList(0, ends.size() - from)));
    }
  }

  /** The ways to give the terms of a slice to accumulators. */
  public List<Chain> chains() {
    List<Chain> chains = new ArrayList<>();
    chains.add(new Chain.Seq());
    if (seen.begins().isEmpty()) {
      return chains;
    }
    Set<Integer> lengths = new LinkedHashSet<>(gaps);
    lengths.addAll(List.of(8, 16, 32, 64, 128, 256, 512, 1024));
    seen.firm().stream().limit(LENGTHS).forEach(lengths::add);
    for (int tile : lengths) {
      for (int q : new int[] {2, 3, 4, 8}) {
        chains.add(new Chain.Sliced(q, tile * q));
      }
    }
    for (int every : lengths) {
      chains.add(new Chain.Promote(every, Accumulator.F32RNE, false));
    }
    Set<Integer> blocks = new LinkedHashSet<>(lengths);
    blocks.addAll(List.of(192, 320, 352, 384, 448, 640, 768, k - 1, k / 2 + 1));
    gaps.forEach(gap -> blocks.add(2 * gap));
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
  public List<Inner> chained() {
    List<Inner> inners = new ArrayList<>();
    inners.add(chain(Accumulator.F32RNE));
    if (seen.pairs()) {
      inners.add(new Inner.Bf16Dp(Inner.Bf16Dp.Order.ODDEVEN, true));
      inners.add(new Inner.Bf16Dp(Inner.Bf16Dp.Order.EVENODD, true));
    }
    Set<KOrder> orders = new LinkedHashSet<>(orders());
    orders.add(seen.order());
    Set<Integer> widths = new LinkedHashSet<>(widths());
    IntStream.rangeClosed(1, 64).forEach(widths::add);
    orders.forEach(order -> widths.forEach(w -> inners.addAll(steps(w, order))));
    return inners;
  }

  /** Those of known hardware. */
  public List<Inner> fused() {
    List<Inner> inners = new ArrayList<>();
    orders().forEach(order -> widths().forEach(w -> inners.addAll(steps(w, order))));
    return inners;
  }

  private static List<KOrder> orders() {
    return List.of(KOrder.ID, KOrder.PAIRS, KOrder.V8X4);
  }

  private static List<Integer> widths() {
    List<Integer> widths = new ArrayList<>(Hardware.widths(Format.F16));
    widths.add(64);
    return widths;
  }

  private static List<Inner> steps(int w, KOrder order) {
    Inner.Fda plain = Inner.Fda.of(w, 25, Accumulator.F32RZ);
    return List.of(
        new Inner.Fda(w, 25, plain.acc(), order, false, plain.floor()),
        new Inner.Fda(w, 25, plain.acc(), order, true, plain.floor()));
  }

  /** Partial sums side by side. */
  public static List<Inner> laned() {
    return IntStream.rangeClosed(2, 64)
        .mapToObj(OrderSpace::lanes)
        .flatMap(List::stream)
        .<Inner>map(lanes -> new Inner.Fma(Accumulator.F32RNE, lanes))
        .toList();
  }

  /** So many of them, by what they take, how they are added and where the rest goes. */
  static List<Lanes> lanes(int count) {
    List<Lanes> all = new ArrayList<>();
    for (Lanes.Tree tree : Lanes.Tree.values()) {
      Arrays.stream(Lanes.Tail.values())
          .map(tail -> new Lanes(count, Lanes.Order.STRIDED, tree, tail))
          .forEach(all::add);
      all.add(new Lanes(count, Lanes.Order.BLOCKED, tree, Lanes.Tail.LANES));
    }
    return all;
  }
}

package org.bitref.recipe;

import static org.bitref.recipe.Value.word;

import java.util.function.Function;

/**
 * Partial sums that run side by side along K and are added at the end: the registers of a
 * vectorised dot product, or the threads of a warp. {@code lanes=1} is a plain chain in the order
 * of k.
 *
 * <p>Worked example, K = 6, {@code lanes=2,order=strided,tree=seq}: p0 takes k = 0, 2, 4; p1 takes
 * 1, 3, 5; the result is p0 + p1. With {@code run=2} p0 takes k = 0, 1, 4, 5; with {@code
 * order=blocked} 0, 1, 2, and with {@code run=2} besides 0, 1, 4, 5 again. Over 2^24 and seven ones
 * in f32 RNE they hold 2^24 and 4; 2^24 + 4 is {@code 0x4B800002}, one chain stays at 2^24 ({@code
 * 0x4B800000}).
 *
 * @param count how many partial sums, at least 1
 * @param order which k a lane takes
 * @param tree how the partial sums are added
 * @param run how many consecutive terms a lane takes at a time
 * @param tail where the last K mod {@code count} terms go
 */
public record Lanes(int count, Order order, int run, Tree tree, Tail tail) {
  /** One chain. */
  public static final Lanes ONE = new Lanes(1, Order.STRIDED, Tree.SEQ, Tail.LANES);

  /** Which k a lane takes. */
  public enum Order {
    /** Lane l takes the runs l, l + L, l + 2L, ... */
    STRIDED(1),
    /** The same, but a run is no longer than it takes to give each lane one: ceil(K / L). */
    BLOCKED(Integer.MAX_VALUE);

    private final int run;

    Order(int run) {
      this.run = run;
    }
  }

  /** How the partial sums are added. */
  public enum Tree {
    /** ((p0 + p1) + p2) + ... */
    SEQ,
    /** Neighbours: p0 + p1, p2 + p3, ..., then the same again; an odd one out moves up. */
    PAIR,
    /** Halves: p[i] + p[i + ceil(L / 2)] for the i that have a partner, then the same again. */
    BUTTERFLY
  }

  /** Where the terms go that do not fill all lanes. */
  public enum Tail {
    /** To lanes 0, 1, ... as if there were more to come. */
    LANES,
    /** All to lane 0, in order, before the lanes are added. */
    FIRST,
    /** On top of the finished sum, in order. */
    AFTER
  }

  /**
   * @throws IllegalArgumentException if count or run is below 1, or a tail is named where there is
   *     none
   */
  public Lanes {
    if (count < 1) {
      throw new IllegalArgumentException("lanes= must be at least 1, not " + count);
    }
    Check.positive("run", run);
    boolean plain = order == Order.STRIDED && run == 1;
    Check.that(
        count > 1 || (plain && tree == Tree.SEQ && tail == Tail.LANES),
        "one lane has neither order, run, tree nor tail");
    Check.that(order != Order.BLOCKED || tail == Tail.LANES, "order=blocked leaves no tail");
    Check.that(plain || tail == Tail.LANES, "lanes that take runs leave no tail");
  }

  /** Single terms where lanes are strided; where they are blocked, one run for each lane. */
  public Lanes(int count, Order order, Tree tree, Tail tail) {
    this(count, order, order.run, tree, tail);
  }

  /** So many lanes, otherwise the same. */
  public Lanes withCount(int other) {
    return new Lanes(other, order, run, tree, tail);
  }

  /** The same without a tail. */
  public Lanes withoutTail() {
    return new Lanes(count, order, run, tree, Tail.LANES);
  }

  /** The lane that takes term k of {@code length}; -1 if it comes on top of the lanes' sum. */
  public int lane(int k, int length) {
    if (tail != Tail.LANES && k >= length - length % count) {
      return tail == Tail.FIRST ? 0 : -1;
    }
    int each = order == Order.BLOCKED ? Math.clamp(Math.ceilDiv(length, count), 1, run) : run;
    return k / each % count;
  }

  /** The keys of lanes, which stand among those of what has lanes. */
  static <R> Lanes keys(Keys<R> around, Function<R, Lanes> of) {
    Keys<Lanes> keys = around.branch(of);
    int count = keys.shown("lanes", Value.INTEGER, Lanes::count, 1);
    boolean several = count != 1;
    Order order = keys.get("order", word(Order.class), Lanes::order, Order.STRIDED, several);
    Lanes lanes =
        new Lanes(
            count,
            order,
            keys.get("run", Value.INTEGER, Lanes::run, order.run),
            keys.get("tree", word(Tree.class), Lanes::tree, Tree.SEQ, several),
            keys.get("tail", word(Tail.class), Lanes::tail, Tail.LANES));
    around.append(keys);
    return lanes;
  }
}

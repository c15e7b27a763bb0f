package org.bitref.recipe;

import static org.bitref.recipe.Value.word;

import java.util.Optional;
import org.bitref.numerics.Format;

/** How the slices of a split become one sum. */
public sealed interface Combine {
  /** The canonical text. */
  default String text() {
    return this instanceof Sum sum ? Keys.write(sum, Sum::keys) : "none";
  }

  /** Nothing to combine: the only slice's sum stays as it is, bit for bit. */
  record None() implements Combine {}

  /**
   * The slices' sums are rounded to nearest even into {@code partial} and added, {@code
   * partial=f32,order=fwd,add=f32rne}.
   *
   * <p>Worked example, slices 2049 and -2047.5, output f16: {@code partial=f32,add=f32rne} gives
   * 1.5 ({@code 0x3E00}); {@code partial=f32,add=inplace} writes 2048 first and gives 0.5 ({@code
   * 0x3800}); {@code partial=f16,add=f16rne} rounds both to ±2048 and gives 0.
   *
   * @param partial the format in which a slice's sum is stored
   * @param order who is added to whom
   * @param add how a sum of two is rounded
   */
  record Sum(Format partial, Order order, Add add) implements Combine {
    /**
     * @throws IllegalArgumentException for a partial of another format, or a running sum that is a
     *     tree
     */
    public Sum {
      Check.that(
          partial == Format.F32 || partial == Format.F16 || partial == Format.BF16,
          "partial= is one of f32 f16 bf16");
      Check.that(
          add != Add.INPLACE || order == Order.FWD || order == Order.REV,
          "add=inplace has an order, fwd or rev, not a tree");
    }

    static Sum keys(Keys<Sum> keys) {
      return new Sum(
          keys.get("partial", Value.FORMAT, Sum::partial),
          keys.shown("order", word(Order.class), Sum::order, Order.FWD),
          keys.get("add", word(Add.class), Sum::add));
    }
  }

  /** Who is added to whom. */
  enum Order {
    /** ((s0 + s1) + s2) + ... */
    FWD,
    /** From the last slice to the first. */
    REV,
    /** Neighbours: s0 + s1, s2 + s3, ..., then the same again; an odd one out moves up. */
    PAIR,
    /** Halves: s[i] + s[i + ceil(n / 2)] for the i that have a partner, then the same again. */
    TREE
  }

  /** How a sum of two is rounded, always to nearest even. */
  enum Add {
    F32RNE,
    F16RNE,
    BF16RNE,
    /** Added in float32 and then rounded into the output's format, for the sum lives there. */
    INPLACE;

    /** The format of the sum; empty for {@link #INPLACE}. */
    public Optional<Format> format() {
      return switch (this) {
        case F32RNE -> Optional.of(Format.F32);
        case F16RNE -> Optional.of(Format.F16);
        case BF16RNE -> Optional.of(Format.BF16);
        case INPLACE -> Optional.empty();
      };
    }
  }

  static Combine parse(String text) {
    return text.strip().equals("none")
        ? new None()
        : Keys.read(Part.parse("combine(" + text + ")"), Sum::keys);
  }
}

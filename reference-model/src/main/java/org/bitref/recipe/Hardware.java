package org.bitref.recipe;

import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.bitref.numerics.Format;

/**
 * The tensor cores that are known, a row of integers for each chip, operand format and accumulator.
 * Presets, search and probes read this table; nothing else knows these numbers.
 *
 * <p>To add an accumulator, add a line to {@code hardware.txt} beside this class: the chip, the
 * format of its operands and the accumulator as it stands in a recipe's second field, under a
 * comment that says what shows it. It then has the preset {@code CHIP-FORMAT-f32acc} (or {@code
 * -f16acc}), and its block size, fraction bits and floor are tried by search and probes. What has a
 * new rule of summing, not just new numbers, is first a new {@link Inner}.
 *
 * @param chip for example {@code hopper}; {@code hopper-mma} for the older of two instructions
 * @param in format of both operands
 * @param fda block size w, fraction bits F, format and rounding of the register, least exponent
 * @param evidence one sentence: what shows that the chip does this
 */
public record Hardware(String chip, Format in, Inner.Fda fda, String evidence) {
  /** Multiprocessors of an H100: a library has no reason to split K into more slices. */
  public static final int MULTIPROCESSORS = 132;

  private static final Comparator<Integer> DESCENDING = Comparator.reverseOrder();

  private static final List<Hardware> ROWS =
      Recipes.blocks("hardware.txt").stream().flatMap(Hardware::rows).toList();

  private static Stream<Hardware> rows(Recipes.Block block) {
    return block.lines().stream()
        .map(line -> line.split(" +", 3))
        .map(
            cells ->
                new Hardware(
                    cells[0],
                    Input.parse("in=" + cells[1]).x(),
                    (Inner.Fda) Grammar.INNER.parse(cells[2]),
                    block.evidence()));
  }

  /** All rows, from old chips to new ones. */
  public static List<Hardware> rows() {
    return ROWS;
  }

  /** The plain product: one accumulator for all of K, in order, stored as such products are. */
  Presets.Preset<GemmRecipe> preset() {
    boolean half = fda.acc() == Accumulator.F16RNE;
    String stored = half ? "f16" : Part.word(in);
    String epilogue = half || in.width() == 16 ? "cvt(" + stored + ",rne)" : "none";
    String input = "in=" + Part.word(in);
    return new Presets.Preset<>(
        chip + "-" + Part.word(in) + (half ? "-f16acc" : "-f32acc"),
        GemmRecipe.parse(String.join(" | ", input, fda.text(), "seq", "none", "none", epilogue)),
        evidence);
  }

  /**
   * Block sizes w, larger ones first: of 8-bit operands those of their own rows; of longer ones
   * their own and then those of 8-bit operands.
   */
  public static List<Integer> widths(Format in) {
    Predicate<Hardware> bytes = row -> row.in().width() == 8;
    return Stream.of(bytes.negate(), bytes)
        .skip(in.width() == 8 ? 1 : 0)
        .flatMap(rows -> ROWS.stream().filter(rows).map(row -> row.fda().w()).sorted(DESCENDING))
        .distinct()
        .toList();
  }

  /** Fraction bits F of all rows, more first. */
  public static List<Integer> fractions() {
    return ROWS.stream().map(row -> row.fda().fraction()).distinct().sorted(DESCENDING).toList();
  }

  /** The least exponents that were measured with this accumulator, lower ones first. */
  public static List<Integer> floors(Accumulator acc) {
    return ROWS.stream()
        .map(Hardware::fda)
        .filter(fda -> fda.acc() == acc)
        .flatMap(fda -> fda.floor().stream().boxed())
        .distinct()
        .sorted()
        .toList();
  }

  /** The accumulators that take their terms in another order than that of k. */
  public static List<Inner.Fda> permuted() {
    return ROWS.stream()
        .map(Hardware::fda)
        .filter(fda -> !fda.kper().isIdentity())
        .distinct()
        .toList();
  }

  /**
   * The least exponent that goes with F, as all measured rows have it and others would. Operands
   * whose products do not reach so low have none.
   */
  public static OptionalInt floor(Format in, int fraction, Accumulator acc) {
    if (acc == Accumulator.F16RNE) {
      return fraction < 23 ? OptionalInt.empty() : OptionalInt.of(4 - fraction);
    }
    boolean wide = in.emin() < -100;
    return wide && fraction > 23 ? OptionalInt.of(-108 - fraction) : OptionalInt.empty();
  }
}

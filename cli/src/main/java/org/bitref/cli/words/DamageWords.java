package org.bitref.cli.words;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bitref.bound.InputRounding;
import org.bitref.bound.ProductFamily;
import org.bitref.bound.Region;
import org.bitref.diagnose.Corruption;
import org.bitref.diagnose.Damage;
import org.bitref.diagnose.Pattern;
import org.bitref.numerics.Format;

/** What happened to an output, in one sentence. */
public final class DamageWords {
  private DamageWords() {}

  /** Without a full stop. */
  public static String of(Corruption corruption) {
    return of(corruption.pattern(), corruption.damage());
  }

  private static String of(Pattern pattern, Damage damage) {
    return switch (damage) {
      case Damage.Known known -> known(known);
      case Damage.Special special -> special(pattern, special);
      case Damage.Scaled scaled -> "all outputs are scaled " + factor(scaled);
      case Damage.ScaledLines(boolean rows, double least, double most) ->
          String.format(
              Locale.ROOT,
              "each %s has its own factor, %.3g … %.3g",
              rows ? "row" : "column",
              least,
              most);
      case Damage.OtherWeight(int number) ->
          "this is the product of another weight, number " + number + " of those given";
      case Damage.RangeOfK(int from, int to) ->
          "K from %s to %s was %s".formatted(from, to, counted(pattern));
      case Damage.SliceOfK(int slice, int slices, int tile) ->
          "slice %s of %s cyclic slices of K in tiles of %s was %s"
              .formatted(slice, slices, tile, counted(pattern));
      case Damage.Misread(boolean x, int offset, int length, int depth) ->
          (x ? "x" : "w")
              + (length == depth
                  ? " was read " + offset + " elements off"
                  : " was read with rows of " + length + " elements instead of " + depth);
      case Damage.Run(int offset, int length, int columns) ->
          length == columns
              ? "the output is shifted by " + offset + " elements"
              : "the output was read from element %s with rows of %s".formatted(offset, length);
      case Damage.Shifted shifted ->
          shifted(pattern == Pattern.ROWS_SHIFTED ? "row" : "column", shifted);
      case Damage.Permuted(List<Integer> map, int block) ->
          block > 1
              ? "heads are permuted: blocks of " + block + " columns hold " + blocks(map, block)
              : permuted(pattern == Pattern.ROWS_PERMUTED ? "rows" : "columns", map);
      case Damage.Held(List<Integer> map) ->
          (pattern == Pattern.HEADS_PERMUTED ? "heads" : "rows")
              + " of the output are permuted: they hold "
              + map.subList(0, Math.min(map.size(), 8))
              + (map.size() > 8 ? " ..." : "");
      case Damage.HeadsModulo(int kvHeads) ->
          "query head h read key and value head h mod " + kvHeads;
      case Damage.Window(int keys) ->
          "queries see " + keys + " keys at most, as under a sliding window";
      case Damage.MaskShifted(int keys) ->
          "the mask shows " + Math.abs(keys) + (keys > 0 ? " keys too many" : " keys too few");
      case Damage.MaskSeen(int first, int last) ->
          "another mask was applied: the first query sees the keys up to %s, the last those up to %s"
              .formatted(first, last);
      case Damage.Tile(Region box, Optional<Region> source) ->
          region(box)
              + source.map(other -> " hold the values of " + region(other)).orElse(" hold zeros");
      case Damage.Within(Region box, Damage there) ->
          "in " + region(box) + ", and only there: " + of(pattern, there);
      case Damage.Outside(long outside, long total) ->
          "%s of %s outputs are outside every bound; no pattern was recognised"
              .formatted(outside, total);
      case Damage.OutsideFamily outside -> outside(outside);
    };
  }

  private static String known(Damage.Known known) {
    return switch (known) {
      case ALL_ZERO -> "all outputs are zero";
      case BIAS_LEFT_OUT -> "the bias was left out";
      case BIAS_ADDED_TWICE -> "the bias was added twice";
      case OUTPUT_TRANSPOSED -> "the output is transposed";
      case X_READ_TRANSPOSED -> "x was read transposed";
      case W_READ_TRANSPOSED -> "w was read transposed";
      case HEADS_AND_TOKENS_TRANSPOSED -> "heads and tokens of the output are transposed";
      case KEYS_AND_VALUES_EXCHANGED -> "keys and values are exchanged";
      case HEADS_READ_FROM_THE_END -> "query head h read key and value head from the end";
      case SCALE_MISSING -> "the scale is missing";
      case SCALE_SQUARED -> "the scale was applied twice, as its square";
      case SCALE_ROOT -> "only the root of the scale was applied";
      case SCALE_INVERTED -> "the scores were divided by the scale";
      case SCALE_OF_ROOT_OF_HEAD_DIM -> "the scale is 1/sqrt(head_dim)";
      case SCALE_OF_HEAD_DIM -> "the scale is 1/head_dim";
      case SCALE_ON_OUTPUT_ONLY -> "the scale was applied to v or to the output, not to the scores";
      case SCALE_ON_OUTPUT_TOO -> "the scale was applied to the scores, and to v or the output too";
      case SCALE_ON_OUTPUT_AND_SQUARED_ON_SCORES ->
          "the scale was applied to v or the output, and its square to the scores";
      case OUTPUT_DIVIDED_BY_SCALE -> "the output was divided by the scale";
      case EXPONENTIAL_OF_BASE_2 -> "the exponential is one of base 2";
      case EXPONENTS_OF_BASE_2_TAKEN_OF_E -> "scores times log2(e) were taken as exponents of e";
      case MASK_MISSING -> "the mask is missing: every key was seen";
      case MASK_FROM_FIRST_KEY -> "a causal mask that starts with the first key was applied";
      case MASK_TO_LAST_KEY -> "a causal mask that ends with the last key was applied";
    };
  }

  private static String special(Pattern pattern, Damage.Special special) {
    String where = special.region().map(region -> " in " + region(region)).orElse("");
    String number = special.region().isEmpty() ? "NaN or infinite" : "NaN";
    String infinite = pattern == Pattern.OVERFLOW ? "infinite" : number;
    String what =
        special
            .heldAt()
            .map(format -> "held at " + (int) format.maxFinite() + ", the largest " + format)
            .orElse(infinite + ", where nothing overflows");
    return special.count() + " outputs" + where + " are " + what;
  }

  private static String factor(Damage.Scaled scaled) {
    return scaled.names().isEmpty()
        ? String.format(Locale.ROOT, "by the constant %.3g", scaled.factor())
        : scaled.names().stream()
            .map(DamageWords::constant)
            .collect(Collectors.joining(" = ", "by ", ""));
  }

  private static String constant(Damage.Constant constant) {
    String of = (constant.depth() ? "K = " : "") + constant.of();
    return switch (constant.kind()) {
      case POWER_OF_TWO -> "2^" + of;
      case MINUS_ONE -> "-1";
      case ROOT -> "sqrt(" + of + ")";
      case INVERSE_ROOT -> "1/sqrt(" + of + ")";
      case ITSELF -> of;
      case INVERSE -> "1/" + of;
    };
  }

  private static String counted(Pattern pattern) {
    return pattern == Pattern.K_MISSING ? "left out" : "counted twice";
  }

  private static String shifted(String line, Damage.Shifted shifted) {
    String index = shifted.by() < 0 ? "i - " + -shifted.by() : "i + " + shifted.by();
    String there = shifted.around() ? "(" + index + ") mod " + shifted.lines() : index;
    return line + " i holds " + line + " " + there;
  }

  private static List<Integer> blocks(List<Integer> map, int size) {
    return IntStream.range(0, map.size() / size).mapToObj(b -> map.get(b * size) / size).toList();
  }

  private static String permuted(String what, List<Integer> map) {
    int[] changed = IntStream.range(0, map.size()).filter(i -> map.get(i) != i).toArray();
    int first = changed[0];
    int there = map.get(first);
    if (changed.length == 2 && changed[1] == there && map.get(there) == first) {
      return what + " " + first + " and " + there + " are exchanged";
    }
    boolean permutation = map.stream().distinct().count() == map.size();
    return (permutation ? what + " are permuted: " : "some " + what + " hold others: ")
        + "%s of %s are elsewhere, the first %s, which holds %s"
            .formatted(changed.length, map.size(), first, there);
  }

  private static String outside(Damage.OutsideFamily out) {
    return String.format(
        Locale.ROOT,
        "%d of %d outputs (%.1f %%), in %s, are outside the bound of %s%s; no pattern was"
            + " recognised",
        out.outside(),
        out.total(),
        100.0 * out.outside() / out.total(),
        region(out.region()),
        family(out.family()),
        out.every() ? " and of every other" : ", and far beyond a chain of coarse sums");
  }

  /** A family of products, as in "inside the bound of ...". */
  public static String family(ProductFamily family) {
    String order = family.inOrder() ? " in the order of K" : " in any order";
    String format = family.rounded().map(DamageWords::lower).orElse("");
    return switch (family.arithmetic()) {
      case FLOAT64 -> "a float64 accumulator";
      case FLOAT8_STEPS -> "fused FP8 steps";
      case FLOAT32 -> "a float32 accumulator" + inputs(family.input()) + order;
      case FLOAT32_DROPPED_ROUNDING ->
          "a float32 accumulator with one dropped rounding of the inputs to " + format;
      case FLOAT32_ROUNDED_SUMS ->
          "a float32 accumulator with up to %s partial sums rounded to %s%s"
              .formatted(ProductFamily.ROUNDED_SLICES, format, order);
      case FLOAT16_STEPS_OF_16 -> "a float16 accumulator, fused steps of 16 or more terms" + order;
      case FLOAT16_STEPS_OF_4 -> "a float16 accumulator, fused steps of 4 or more terms" + order;
      case FLOAT16_EACH -> "a float16 accumulator, every product and sum rounded," + order;
    };
  }

  private static String inputs(InputRounding input) {
    return input == InputRounding.NONE
        ? ""
        : " of factors rounded to " + input.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String lower(Format format) {
    return format.name().toLowerCase(Locale.ROOT);
  }

  /** For example {@code rows 0-15, columns 64-127}. */
  private static String region(Region region) {
    return "rows %s, columns %s"
        .formatted(
            range(region.firstRow(), region.lastRow()),
            range(region.firstColumn(), region.lastColumn()));
  }

  private static String range(int first, int last) {
    return first == last ? "" + first : first + "-" + last;
  }
}

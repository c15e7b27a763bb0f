package org.bitref.cli.words;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.bitref.bound.InputRounding;
import org.bitref.bound.ProductFamily;
import org.bitref.bound.ProductFamily.Arithmetic;
import org.bitref.bound.Region;
import org.bitref.diagnose.Corruption;
import org.bitref.diagnose.Damage;
import org.bitref.diagnose.Damage.Constant;
import org.bitref.diagnose.Damage.Constant.Kind;
import org.bitref.diagnose.Pattern;
import org.bitref.numerics.Format;
import org.junit.jupiter.api.Test;

/** The sentences are those that reports have always held. */
class DamageWordsTest {
  private static final Region BOX = new Region(8, 15, 5, 5);

  private static void says(String text, Pattern pattern, Damage damage) {
    assertEquals(text, DamageWords.of(new Corruption(pattern, damage, 0, 10, BOX)));
  }

  @Test
  void specialValues() {
    says(
        "1 outputs in rows 8-15, columns 5 are NaN, where nothing overflows",
        Pattern.NOT_A_NUMBER,
        new Damage.Special(1, Optional.of(BOX), Optional.empty()));
    says(
        "2 outputs in rows 8-15, columns 5 are infinite, where nothing overflows",
        Pattern.OVERFLOW,
        new Damage.Special(2, Optional.of(BOX), Optional.empty()));
    says(
        "3 outputs in rows 8-15, columns 5 are held at 65504, the largest F16",
        Pattern.OVERFLOW,
        new Damage.Special(3, Optional.of(BOX), Optional.of(Format.F16)));
    says(
        "32 outputs are NaN or infinite, where nothing overflows",
        Pattern.NOT_A_NUMBER,
        new Damage.Special(32, Optional.empty(), Optional.empty()));
  }

  @Test
  void factors() {
    List<Constant> names =
        List.of(
            new Constant(Kind.POWER_OF_TWO, -4, false),
            new Constant(Kind.INVERSE_ROOT, 256, false),
            new Constant(Kind.INVERSE, 16, true));
    says(
        "all outputs are scaled by 2^-4 = 1/sqrt(256) = 1/K = 16",
        Pattern.SCALED,
        new Damage.Scaled(0.0625, names));
    says(
        "all outputs are scaled by the constant 3.30",
        Pattern.SCALED,
        new Damage.Scaled(3.3, List.of()));
  }

  @Test
  void places() {
    says("row i holds row i - 3", Pattern.ROWS_SHIFTED, new Damage.Shifted(-3, 9, false));
    says(
        "column i holds column (i + 5) mod 9",
        Pattern.COLUMNS_SHIFTED,
        new Damage.Shifted(5, 9, true));
    says(
        "rows 1 and 3 are exchanged",
        Pattern.ROWS_PERMUTED,
        new Damage.Permuted(List.of(0, 3, 2, 1), 1));
    says(
        "columns are permuted: 3 of 4 are elsewhere, the first 1, which holds 2",
        Pattern.COLUMNS_PERMUTED,
        new Damage.Permuted(List.of(0, 2, 3, 1), 1));
    says(
        "some rows hold others: 1 of 3 are elsewhere, the first 1, which holds 2",
        Pattern.ROWS_PERMUTED,
        new Damage.Permuted(List.of(0, 2, 2), 1));
    says(
        "heads are permuted: blocks of 2 columns hold [1, 0]",
        Pattern.HEADS_PERMUTED,
        new Damage.Permuted(List.of(2, 3, 0, 1), 2));
    says(
        "heads of the output are permuted: they hold [1, 0]",
        Pattern.HEADS_PERMUTED,
        new Damage.Held(List.of(1, 0)));
    says(
        "rows of the output are permuted: they hold [8, 7, 6, 5, 4, 3, 2, 1] ...",
        Pattern.ROWS_PERMUTED,
        new Damage.Held(List.of(8, 7, 6, 5, 4, 3, 2, 1, 0)));
    says("the output is shifted by -11 elements", Pattern.SHIFTED, new Damage.Run(-11, 40, 40));
    says(
        "the output was read from element 0 with rows of 32",
        Pattern.SHIFTED,
        new Damage.Run(0, 32, 40));
  }

  @Test
  void factorsAndK() {
    says("x was read 3 elements off", Pattern.MISREAD, new Damage.Misread(true, 3, 64, 64));
    says(
        "w was read with rows of 56 elements instead of 64",
        Pattern.MISREAD,
        new Damage.Misread(false, 0, 56, 64));
    says("K from 32 to 63 was left out", Pattern.K_MISSING, new Damage.RangeOfK(32, 63));
    says(
        "slice 1 of 4 cyclic slices of K in tiles of 8 was counted twice",
        Pattern.K_TWICE,
        new Damage.SliceOfK(1, 4, 8));
    says(
        "this is the product of another weight, number 2 of those given",
        Pattern.OTHER_WEIGHT,
        new Damage.OtherWeight(2));
  }

  @Test
  void blocks() {
    says(
        "rows 8-15, columns 5 hold zeros",
        Pattern.STALE_TILE,
        new Damage.Tile(BOX, Optional.empty()));
    says(
        "in rows 8-15, columns 5, and only there: rows 8-15, columns 5 hold the values of rows 0,"
            + " columns 0-3",
        Pattern.STALE_TILE,
        new Damage.Within(BOX, new Damage.Tile(BOX, Optional.of(new Region(0, 0, 0, 3)))));
  }

  @Test
  void attention() {
    says(
        "the scale was applied twice, as its square",
        Pattern.SCALE_MISPLACED,
        Damage.Known.SCALE_SQUARED);
    says("the mask shows 1 keys too many", Pattern.MASK_WRONG, new Damage.MaskShifted(1));
    says("the mask shows 2 keys too few", Pattern.MASK_WRONG, new Damage.MaskShifted(-2));
    says(
        "another mask was applied: the first query sees the keys up to 0, the last those up to 7",
        Pattern.MASK_WRONG,
        new Damage.MaskSeen(0, 7));
    says(
        "query head h read key and value head h mod 2",
        Pattern.HEADS_PERMUTED,
        new Damage.HeadsModulo(2));
    says(
        "3 of 10 outputs are outside every bound; no pattern was recognised",
        Pattern.UNNAMED,
        new Damage.Outside(3, 10));
  }

  @Test
  void families() {
    ProductFamily sums =
        family(Arithmetic.FLOAT32_ROUNDED_SUMS, InputRounding.NONE, Optional.of(Format.BF16));
    says(
        "3 of 8 outputs (37.5 %), in rows 8-15, columns 5, are outside the bound of a float32"
            + " accumulator with up to 16 partial sums rounded to bf16 in the order of K and of"
            + " every other; no pattern was recognised",
        Pattern.UNNAMED, new Damage.OutsideFamily(3, 8, BOX, sums, true));
    assertEquals(
        "a float32 accumulator of factors rounded to tf32 rna in the order of K",
        DamageWords.family(family(Arithmetic.FLOAT32, InputRounding.TF32_RNA, Optional.empty())));
    assertEquals(
        "a float32 accumulator with one dropped rounding of the inputs to f16",
        DamageWords.family(
            family(
                Arithmetic.FLOAT32_DROPPED_ROUNDING, InputRounding.NONE, Optional.of(Format.F16))));
    assertEquals(
        "a float16 accumulator, fused steps of 16 or more terms in the order of K",
        DamageWords.family(
            family(Arithmetic.FLOAT16_STEPS_OF_16, InputRounding.NONE, Optional.empty())));
  }

  private static ProductFamily family(
      Arithmetic arithmetic, InputRounding input, Optional<Format> rounded) {
    return new ProductFamily(arithmetic, input, rounded, true, 0, 0, 1);
  }
}

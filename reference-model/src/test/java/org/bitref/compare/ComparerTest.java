package org.bitref.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bitref.compare.TensorComparison.Worst;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The rules of equality and of the report, one by one. */
final class ComparerTest {
  private static final double INFINITY = Double.POSITIVE_INFINITY;
  private static final double NAN = Double.NaN;

  private static Tensor doubles(double... values) {
    return Tensor.ofDoubles(Shape.of(values.length), values);
  }

  private static Tensor bfloats(double... values) {
    return doubles(values).cast(DType.BF16);
  }

  @Test
  void theFinerSideIsRoundedToNearestEvenFirst() {
    TensorComparison c =
        Comparer.compare(
            bfloats(1, 1, 1, 1.0078125, 0),
            doubles(1.00390625, 1.00390626, 0.998, 1.01171875, 1e-60));
    assertEquals(DType.BF16, c.dtype());
    assertEquals(0, c.equal());
    assertEquals(2, c.equalRounded());
    assertFalse(c.allEqualRounded());
    assertEquals(List.of(2L, 3L), c.ulps().counts().subList(0, 2));
    assertEquals(1, c.maxUlp());
    assertEquals(1.00390626 - 1, c.maxAbs());
    assertEquals(List.of(1L), c.worst().getFirst().at());
  }

  @Test
  void aNanEqualsAnyNan() {
    TensorComparison c =
        Comparer.compare(
            Tensor.ofShorts(DType.F16, Shape.of(3), (short) 0x7E00, (short) 0xFFFF, (short) 0x3C00),
            doubles(NAN, NAN, 1));
    assertTrue(c.allEqual());
    assertEquals(2, c.nanA());
    assertEquals(2, c.nanB());
    assertEquals(0, c.maxAbs());
    assertEquals(INFINITY, c.snrDecibels());
    assertEquals(List.of(), c.worst());
  }

  @Test
  void aNanAgainstANumberDiffersWithoutMeasure() {
    TensorComparison c = Comparer.compare(bfloats(1, NAN, 7, 3), bfloats(1, 2, 6, NAN));
    assertEquals(1, c.equal());
    assertTrue(Double.isNaN(c.maxAbs()));
    assertTrue(Double.isNaN(c.meanAbs()));
    assertEquals(Long.MAX_VALUE, c.maxUlp());
    assertEquals(2, c.ulps().counts().getLast());
    assertEquals(1, c.percentiles().p50());
    assertTrue(Double.isNaN(c.percentiles().p90()));
    assertEquals(List.of(List.of(1L), List.of(3L), List.of(2L)), places(c));
  }

  private static List<List<Long>> places(TensorComparison c) {
    return c.worst().stream().map(Worst::at).toList();
  }

  @Test
  void zerosOfOppositeSignAreUnequalAndListedLast() {
    TensorComparison c = Comparer.compare(doubles(0.0, -0.0, 5, -0.0), doubles(-0.0, 0.0, 4, -0.0));
    assertEquals(1, c.equal());
    assertEquals(2, c.signedZeros());
    assertEquals(List.of(3L, 0L), c.ulps().counts().subList(0, 2));
    assertEquals(List.of(List.of(2L), List.of(0L), List.of(1L)), places(c));
    assertEquals("8000000000000000", c.worst().get(1).bBits());
    assertFalse(c.allEqual());
  }

  /** What rounds to a zero of the coarser type has that zero's sign. */
  @Test
  void zerosCountAfterRounding() {
    TensorComparison c = Comparer.compare(doubles(1e-60, -1e-60, -1e-60), bfloats(-0.0, 0.0, -0.0));
    assertEquals(0, c.equal());
    assertEquals(1, c.equalRounded());
    assertEquals(2, c.signedZeros());
    assertEquals(0, c.maxUlp());
    assertEquals(1e-60, c.maxAbs());
  }

  private static Tensor halves(double... values) {
    return doubles(values).cast(DType.F16);
  }

  /** Bfloat16 has steps of 2^-7 above 1; each of these float16 numbers lies within one of them. */
  @Test
  void bfloat16AgainstFloat16CountsBegunSteps() {
    TensorComparison c =
        Comparer.compare(
            halves(1, 1 + 0x1p-9, 1 - 0x1p-10, -1 - 0x1p-9, 1 + 0x1p-9, 0x1p-24, -0.0, NAN),
            bfloats(1, 1, 1, -1, 1 + 0x1p-6, 0x1p-24, 0.0, NAN));
    assertEquals(DType.BF16, c.dtype());
    assertEquals(3, c.equal());
    assertEquals(6, c.equalRounded(), "all but a zero and the one that is two steps away");
    assertEquals(1, c.signedZeros());
    assertEquals(2, c.maxUlp());
    assertEquals(List.of(4L, 3L, 1L), c.ulps().counts().subList(0, 3));
    TensorComparison swapped = Comparer.compare(bfloats(1, 3), halves(1 + 0x1p-9, 3));
    assertEquals(1, swapped.equal());
    assertEquals(1, swapped.maxUlp());
    assertEquals(Long.MAX_VALUE, Comparer.compare(halves(NAN), bfloats(1)).maxUlp());
  }

  @Test
  void typesAreNestedWhereOneHoldsTheOther() {
    assertTrue(Comparer.areNested(DType.BF16, DType.F8_E4M3));
    assertTrue(Comparer.areNested(DType.F8_E5M2, DType.F16));
    assertTrue(Comparer.areNested(DType.F32, DType.F32));
    assertFalse(Comparer.areNested(DType.BF16, DType.F16));
    assertFalse(Comparer.areNested(DType.F8_E5M2, DType.F8_E4M3));
  }

  /** What a float32 tensor holds of bfloat16 is counted in bfloat16, and its words stay. */
  @Test
  void narrowerTypesThanTheStoredOnesCount() {
    Tensor a = Tensor.ofFloats(Shape.of(2), 1 + 0x1p-7f, 2);
    Tensor b = Tensor.ofFloats(Shape.of(2), 1, 2 + 0x1p-20f);
    TensorComparison c = Comparer.compare(a, DType.BF16, b, DType.F32);
    assertEquals(DType.BF16, c.dtype());
    assertEquals(1, c.maxUlp());
    assertEquals(0, c.equal());
    assertEquals(1, c.equalRounded());
    assertEquals("3f810000", c.worst().getFirst().aBits());
  }

  @Test
  void infinitiesOfOneSignAreEqual() {
    TensorComparison same =
        Comparer.compare(doubles(INFINITY, -INFINITY), doubles(INFINITY, -INFINITY));
    assertTrue(same.allEqual());
    assertEquals(0, same.maxAbs());
    assertEquals(0, same.meanAbs());
    assertEquals(2, same.infinitiesA());
    assertEquals(2, same.infinitiesB());
    TensorComparison other = Comparer.compare(doubles(INFINITY, 1), doubles(-INFINITY, 1));
    assertEquals(1, other.equal());
    assertEquals(INFINITY, other.maxAbs());
    assertEquals(INFINITY, other.meanAbs());
    TensorComparison overflow = Comparer.compare(doubles(1e39), bfloats(INFINITY));
    assertTrue(overflow.allEqualRounded());
    assertFalse(overflow.allEqual());
    assertEquals(INFINITY, overflow.maxAbs());
    TensorComparison neighbour = Comparer.compare(bfloats(0x1.FEp127), bfloats(INFINITY));
    assertEquals(1, neighbour.maxUlp());
  }

  @Test
  void theWorstComeLargestFirstWithTheirCoordinates() {
    double[] a = new double[24];
    double[] b = new double[24];
    int[] place = {23, 7, 0, 12, 13, 14, 15};
    double[] size = {1, 9, 4, 2, 2, 2, 2};
    for (int i = 0; i < place.length; i++) {
      b[place[i]] = size[i];
    }
    TensorComparison c =
        Comparer.compare(Tensor.ofDoubles(Shape.of(2, 3, 4), a), Tensor.ofDoubles(Shape.of(24), b));
    assertEquals(
        List.of(
            List.of(0L, 1L, 3L),
            List.of(0L, 0L, 0L),
            List.of(1L, 0L, 0L),
            List.of(1L, 0L, 1L),
            List.of(1L, 0L, 2L)),
        places(c));
    assertEquals(9, c.worst().getFirst().b());
    assertEquals("4022000000000000", c.worst().getFirst().bBits());
    assertEquals("0000000000000000", c.worst().getFirst().aBits());
  }

  @Test
  void aScalarHasNoCoordinates() {
    Tensor one = Tensor.ofFloats(Shape.of(), 1);
    Tensor two = Tensor.ofFloats(Shape.of(), 1 + 0x1p-23f);
    assertEquals(List.of(List.of()), places(Comparer.compare(one, two)));
    assertEquals(1, Comparer.compare(one, two).maxUlp());
  }

  @Test
  void nothingComparesEqualToNothing() {
    TensorComparison c =
        Comparer.compare(Tensor.ofFloats(Shape.of(0, 4)), Tensor.ofDoubles(Shape.of(0, 4)));
    assertTrue(c.allEqual());
    assertEquals(0, c.total());
    assertEquals(0, c.maxAbs());
    assertEquals(0, c.meanAbs());
    assertEquals(new TensorComparison.Percentiles(0, 0, 0, 0), c.percentiles());
    assertEquals(1, c.cosine());
    assertEquals(1, c.normRatio());
    assertEquals(INFINITY, c.snrDecibels());
    assertEquals(List.of(), c.worst());
  }

  @Test
  void equalValuesHaveTheCosineOneWhateverTheyAre() {
    for (Tensor same :
        List.of(doubles(0, 0), doubles(0, -0.0), doubles(1, Double.NaN), doubles(INFINITY, 3))) {
      TensorComparison c = Comparer.compare(same, same);
      assertEquals(1, c.cosine());
      assertEquals(1, c.normRatio());
    }
    assertEquals(1, Comparer.compare(doubles(0, 0), doubles(0, -0.0)).cosine());
    assertEquals(1, Comparer.compare(doubles(3, 5, 7), doubles(3, 5, 7)).cosine());
  }

  @Test
  void aZeroAndAnotherHaveNoAngle() {
    assertTrue(Double.isNaN(Comparer.compare(doubles(0, 0), doubles(3, 4)).cosine()));
    assertTrue(Double.isNaN(Comparer.compare(doubles(3, 4), doubles(0, 0)).cosine()));
    assertEquals(0, Comparer.compare(doubles(3, 4), doubles(0, 0)).normRatio());
    assertEquals(INFINITY, Comparer.compare(doubles(0, 0), doubles(0, 0)).snrDecibels());
    assertEquals(INFINITY, Comparer.compare(doubles(0, 0), doubles(3, 4)).normRatio());
    assertEquals(-INFINITY, Comparer.compare(doubles(0, 0), doubles(3, 4)).snrDecibels());
  }

  /** Sums in float stray: their cosine of nearly equal vectors exceeds one; this one may not. */
  @Test
  void theCosineIsRightWhereFloatsGiveMoreThanOne() {
    boolean above = false;
    for (long seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      float[] x = new float[20_000];
      float[] y = new float[x.length];
      float xy = 0;
      float xx = 0;
      float yy = 0;
      for (int i = 0; i < x.length; i++) {
        x[i] = 100 + random.nextFloat();
        y[i] = x[i] * (1 + 1e-4f * random.nextFloat());
        xy += x[i] * y[i];
        xx += x[i] * x[i];
        yy += y[i] * y[i];
      }
      above |= xy / (Math.sqrt(xx) * Math.sqrt(yy)) > 1;
      Tensor a = Tensor.ofFloats(Shape.of(x.length), x);
      double cosine = Comparer.compare(a, Tensor.ofFloats(Shape.of(y.length), y)).cosine();
      assertTrue(cosine < 1 && cosine > 1 - 1e-8, "seed " + seed + ": " + cosine);
    }
    assertTrue(above, "no example of a float cosine above one");
  }

  /** The sum keeps what plain doubles lose: 1 beside 2^60. */
  @Test
  void sumsDoNotLoseSmallTerms() {
    double[] a = new double[4097];
    a[0] = 0x1p60;
    java.util.Arrays.fill(a, 1, 4097, 1.0);
    TensorComparison c = Comparer.compare(doubles(a), doubles(new double[4097]));
    assertEquals((0x1p60 + 4096) / 4097, c.meanAbs());
  }

  @Test
  void wholeNumbersAreComparedExactly() {
    Tensor a = Tensor.ofLongs(Shape.of(4), (1L << 53) + 1, Long.MIN_VALUE, 5, -3);
    Tensor b = Tensor.ofLongs(Shape.of(4), 1L << 53, Long.MAX_VALUE, 5, -5);
    TensorComparison c = Comparer.compare(a, b);
    assertEquals(1, c.equal());
    assertEquals(Long.MAX_VALUE, c.maxUlp());
    assertEquals(List.of(1L, 1L, 1L), c.ulps().counts().subList(0, 3));
    assertEquals(List.of(List.of(1L), List.of(3L), List.of(0L)), places(c));
    Tensor unsigned =
        new Tensor(DType.U64, Shape.of(4), Tensor.ofLongs(Shape.of(4), -1, 1L << 53, 5, -1).data());
    Tensor signed = Tensor.ofLongs(Shape.of(4), Long.MAX_VALUE, 1L << 53, 5, -1);
    TensorComparison mixed = Comparer.compare(unsigned, signed);
    assertEquals(2, mixed.equal());
    assertEquals(Long.MAX_VALUE, mixed.maxUlp());
    Tensor bytes = Tensor.ofBytes(DType.I8, Shape.of(2), new byte[] {-1, 7});
    Tensor words = Tensor.ofShorts(DType.U16, Shape.of(2), (short) -1, (short) 7);
    assertEquals(DType.U16, Comparer.compare(bytes, words).dtype());
    assertEquals(65536, Comparer.compare(bytes, words).maxUlp());
  }

  @Test
  void tensorsOfOtherSizesOrKindsAreRefused() {
    IllegalArgumentException sizes =
        assertThrows(
            IllegalArgumentException.class, () -> Comparer.compare(doubles(1), doubles(1, 2)));
    assertEquals("[1] against [2]", sizes.getMessage());
    Tensor whole = Tensor.ofLongs(Shape.of(1), 1);
    IllegalArgumentException kinds =
        assertThrows(IllegalArgumentException.class, () -> Comparer.compare(doubles(1), whole));
    assertEquals("F64 against I64", kinds.getMessage());
  }

  @Test
  void bucketsEndAtPowersOfTwo() {
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < UlpHistogram.BUCKETS; i++) {
      labels.add(new UlpHistogram.Bucket(UlpHistogram.low(i), UlpHistogram.high(i), 0).ulp());
    }
    assertEquals(
        List.of(
            "0",
            "1",
            "2",
            "3-4",
            "5-8",
            "9-16",
            "17-32",
            "33-64",
            "65-128",
            "129-256",
            "257-512",
            "513-1024",
            "1025-2048",
            "2049-4096",
            "4097-8192",
            "8193-16384",
            "16385-32768",
            "32769-65536",
            ">65536"),
        labels);
    for (int i = 0; i < UlpHistogram.BUCKETS; i++) {
      assertEquals(i, UlpHistogram.bucket(UlpHistogram.low(i)));
      assertEquals(i, UlpHistogram.bucket(UlpHistogram.high(i)));
    }
    assertEquals(Long.MAX_VALUE, UlpHistogram.high(UlpHistogram.BUCKETS - 1));
  }

  @Test
  void smallTensorsTakeLittleMemory() {
    Tensor a = Tensor.ofFloats(Shape.of(1), new float[] {1});
    Tensor b = Tensor.ofFloats(Shape.of(1), new float[] {2});
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    assertEquals(1, Comparer.compare(a, b).maxAbs());
    long before = threads.getCurrentThreadAllocatedBytes();
    assertEquals(1, Comparer.compare(a, b).maxAbs());
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated < 50_000, () -> allocated + " bytes");
  }
}

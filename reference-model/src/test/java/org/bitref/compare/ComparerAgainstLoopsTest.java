package org.bitref.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.bitref.compare.TensorComparison.Worst;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every number of a comparison against its definition in plain loops, for all pairs of types. */
final class ComparerAgainstLoopsTest {
  private static final MathContext DIGITS = new MathContext(60);
  private static final double U = 0x1p-53;

  /** Finest first. */
  private static final List<DType> TYPES =
      List.of(DType.F64, DType.F32, DType.F16, DType.BF16, DType.F8_E4M3, DType.F8_E5M2);

  static Stream<Arguments> pairs() {
    return TYPES.stream().flatMap(a -> TYPES.stream().map(b -> Arguments.of(a, b)));
  }

  /**
   * Values that all types reach; most of b a little off a, the rest equal, zero or the negative.
   */
  private static Tensor[] near(Random random, DType typeA, DType typeB, int n) {
    TensorBuilder a = new TensorBuilder(typeA, Shape.of(n));
    TensorBuilder b = new TensorBuilder(typeB, Shape.of(n));
    for (int i = 0; i < n; i++) {
      double x = Math.scalb(random.nextGaussian(), random.nextInt(5));
      double y =
          switch (random.nextInt(8)) {
            case 0 -> x;
            case 1 -> 0.0;
            case 2 -> -x;
            default -> x * (1 + Math.scalb(random.nextGaussian(), -random.nextInt(40)));
          };
      a.set(i, random.nextInt(9) == 0 ? -0.0 : x);
      b.set(i, y);
    }
    return new Tensor[] {a.build(), b.build()};
  }

  /** Any words, every other pair of them of one value where the types are the same. */
  private static Tensor[] words(Random random, DType typeA, DType typeB, int n) {
    TensorBuilder a = new TensorBuilder(typeA, Shape.of(n / 5, 5));
    TensorBuilder b = new TensorBuilder(typeB, Shape.of(n / 5, 5));
    for (int i = 0; i < n; i++) {
      long word = random.nextLong();
      a.setBits(i, word);
      b.setBits(i, random.nextBoolean() ? word : random.nextLong());
    }
    return new Tensor[] {a.build(), b.build()};
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void equalsTheDefinitions(DType typeA, DType typeB) {
    for (long seed = 1; seed <= 6; seed++) {
      Random random = new Random(seed);
      int n = 5 * random.nextInt(1, 120);
      check(near(random, typeA, typeB, n), typeA + " " + typeB + " near, seed " + seed);
      check(words(random, typeA, typeB, n), typeA + " " + typeB + " words, seed " + seed);
    }
  }

  private static void check(Tensor[] pair, String what) {
    Tensor a = pair[0];
    Tensor b = pair[1];
    TensorComparison actual = Comparer.compare(a, b);
    DType coarser = TYPES.indexOf(a.dtype()) >= TYPES.indexOf(b.dtype()) ? a.dtype() : b.dtype();
    assertEquals(coarser, actual.dtype(), what);
    int n = (int) a.elements();
    Tensor roundedA = a.cast(coarser);
    Tensor roundedB = b.cast(coarser);
    boolean apart = APART.contains(EnumSet.of(a.dtype(), b.dtype()));
    long equal = 0;
    long equalRounded = 0;
    long zeros = 0;
    BigInteger maxUlp = BigInteger.ZERO;
    long[] histogram = new long[19];
    double[] differences = new double[n];
    for (int i = 0; i < n; i++) {
      double x = roundedA.get(i);
      double y = roundedB.get(i);
      boolean nans = Double.isNaN(x) && Double.isNaN(y);
      equalRounded += nans || (!Double.isNaN(x) && roundedA.bits(i) == roundedB.bits(i)) ? 1 : 0;
      boolean same = a.get(i) == b.get(i) && 1 / a.get(i) == 1 / b.get(i);
      equal += same || (Double.isNaN(a.get(i)) && Double.isNaN(b.get(i))) ? 1 : 0;
      boolean zero = apart ? a.get(i) == 0 && b.get(i) == 0 : x == 0 && y == 0;
      zeros += zero && roundedA.bits(i) != roundedB.bits(i) ? 1 : 0;
      BigInteger ulp = nans ? BigInteger.ZERO : steps(roundedA, roundedB, i);
      ulp = apart ? begun(coarser, a.get(i), b.get(i)) : ulp;
      maxUlp = maxUlp.max(ulp);
      histogram[bucket(ulp)]++;
      differences[i] = difference(a.get(i), b.get(i));
    }
    assertEquals(n, actual.total(), what);
    assertEquals(equal, actual.equal(), what);
    assertEquals(equal == n, actual.allEqual(), what);
    assertEquals(equalRounded, actual.equalRounded(), what);
    assertEquals(equalRounded == n, actual.allEqualRounded(), what);
    assertEquals(zeros, actual.signedZeros(), what);
    assertEquals(maxUlp.min(LIMIT), BigInteger.valueOf(actual.maxUlp()), what);
    assertEquals(Arrays.stream(histogram).boxed().toList(), actual.ulps().counts(), what);
    assertEquals(count(a, Double::isNaN), actual.nanA(), what);
    assertEquals(count(b, Double::isNaN), actual.nanB(), what);
    assertEquals(count(a, Double::isInfinite), actual.infinitiesA(), what);
    assertEquals(count(b, Double::isInfinite), actual.infinitiesB(), what);
    checkWorst(a, b, actual, what);
    checkDifferences(differences, actual, what);
    if (Arrays.stream(a.toDoubles()).allMatch(x -> Math.abs(x) < 1e9)
        && Arrays.stream(b.toDoubles()).allMatch(x -> Math.abs(x) < 1e9)) {
      checkAngles(a, b, actual, what);
    }
  }

  private static final BigInteger LIMIT = BigInteger.valueOf(Long.MAX_VALUE);

  private static long count(Tensor tensor, java.util.function.DoublePredicate test) {
    return Arrays.stream(tensor.toDoubles()).filter(test).count();
  }

  private static double difference(double x, double y) {
    if (Double.isNaN(x) || Double.isNaN(y)) {
      return Double.isNaN(x) && Double.isNaN(y) ? 0 : Double.NaN;
    }
    return x == y ? 0 : Math.abs(x - y);
  }

  /** One more than the numbers of the type strictly between two values; zeros are one number. */
  private static BigInteger begun(DType type, double x, double y) {
    if (Double.isNaN(x) || Double.isNaN(y)) {
      return Double.isNaN(x) && Double.isNaN(y) ? BigInteger.ZERO : LIMIT;
    }
    if (x == y) {
      return BigInteger.ZERO;
    }
    double[] all = NUMBERS.computeIfAbsent(type, ComparerAgainstLoopsTest::numbers);
    int above = ~Arrays.binarySearch(all, Math.nextUp(Math.min(x, y)));
    int below = ~Arrays.binarySearch(all, Math.nextDown(Math.max(x, y)));
    return BigInteger.valueOf(below - above + 1);
  }

  private static final Map<DType, double[]> NUMBERS = new HashMap<>();

  private static double[] numbers(DType type) {
    TensorBuilder all = new TensorBuilder(type, Shape.of(1L << (8 * type.bytes())));
    for (int i = 0; i < 1 << (8 * type.bytes()); i++) {
      all.setBits(i, i);
    }
    return Arrays.stream(all.build().toDoubles())
        .filter(x -> !Double.isNaN(x))
        .map(x -> x + 0.0)
        .distinct()
        .sorted()
        .toArray();
  }

  /** Pairs of types of which neither holds the other. */
  private static final Set<Set<DType>> APART =
      Set.of(Set.of(DType.BF16, DType.F16), Set.of(DType.F8_E4M3, DType.F8_E5M2));

  private static BigInteger steps(Tensor a, Tensor b, int i) {
    if (Double.isNaN(a.get(i)) || Double.isNaN(b.get(i))) {
      return LIMIT;
    }
    return steps(a, i).subtract(steps(b, i)).abs();
  }

  private static BigInteger steps(Tensor tensor, int i) {
    long sign = 1L << (8 * tensor.dtype().bytes() - 1);
    BigInteger magnitude = BigInteger.valueOf(tensor.bits(i) & ~sign);
    return (tensor.bits(i) & sign) == 0 ? magnitude : magnitude.negate();
  }

  /** 0, 1, 2, to 4, to 8 and so on to 2^16, more. */
  private static int bucket(BigInteger ulp) {
    if (ulp.signum() == 0) {
      return 0;
    }
    for (int power = 0; power <= 16; power++) {
      if (ulp.compareTo(BigInteger.ONE.shiftLeft(power)) <= 0) {
        return power + 1;
      }
    }
    return 18;
  }

  private static void checkDifferences(double[] differences, TensorComparison actual, String what) {
    double[] sorted = differences.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    assertEquals(sorted[n - 1], actual.maxAbs(), what);
    assertEquals((float) sorted[(500 * n + 999) / 1000 - 1], actual.percentiles().p50(), what);
    assertEquals((float) sorted[(900 * n + 999) / 1000 - 1], actual.percentiles().p90(), what);
    assertEquals((float) sorted[(990 * n + 999) / 1000 - 1], actual.percentiles().p99(), what);
    assertEquals((float) sorted[(999 * n + 999) / 1000 - 1], actual.percentiles().p999(), what);
    if (!Double.isFinite(sorted[n - 1])) {
      assertEquals(sorted[n - 1], actual.meanAbs(), what);
    } else if (sorted[n - 1] < 1e300) {
      BigDecimal sum = BigDecimal.ZERO;
      for (double difference : differences) {
        sum = sum.add(new BigDecimal(difference));
      }
      double mean = sum.divide(new BigDecimal(n), DIGITS).doubleValue();
      assertEquals(mean, actual.meanAbs(), 4 * U * mean, what);
    }
  }

  private static void checkWorst(Tensor a, Tensor b, TensorComparison actual, String what) {
    List<Integer> order = new ArrayList<>();
    double[] sizes = new double[(int) a.elements()];
    Tensor x = a.cast(actual.dtype());
    Tensor y = b.cast(actual.dtype());
    for (int i = 0; i < sizes.length; i++) {
      double difference = difference(a.get(i), b.get(i));
      sizes[i] = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
      boolean zeros = x.get(i) == 0 && y.get(i) == 0;
      boolean unequal = x.bits(i) != y.bits(i) && zeros;
      if (sizes[i] != 0 || unequal) {
        order.add(i);
      }
    }
    order.sort(Comparator.comparingDouble((Integer i) -> -sizes[i]).thenComparingInt(i -> i));
    List<Integer> expected = order.subList(0, Math.min(5, order.size()));
    int width = a.shape().rank() == 2 ? 5 : sizes.length;
    List<Integer> found =
        actual.worst().stream()
            .map(
                w ->
                    (int)
                        (w.at().size() == 2
                            ? w.at().get(0) * width + w.at().get(1)
                            : w.at().get(0)))
            .toList();
    assertEquals(expected, found, what);
    for (int k = 0; k < found.size(); k++) {
      Worst worst = actual.worst().get(k);
      int i = found.get(k);
      assertEquals(a.get(i), worst.a(), what);
      assertEquals(b.get(i), worst.b(), what);
      assertEquals(a.bits(i), Long.parseUnsignedLong(worst.aBits(), 16), what);
      assertEquals(b.bits(i), Long.parseUnsignedLong(worst.bBits(), 16), what);
      assertEquals(2 * a.dtype().bytes(), worst.aBits().length(), what);
      assertEquals(2 * b.dtype().bytes(), worst.bBits().length(), what);
    }
  }

  /** Products and squares err by U each, sums and roots by U, quotients by U. */
  private static void checkAngles(Tensor a, Tensor b, TensorComparison actual, String what) {
    BigDecimal products = BigDecimal.ZERO;
    BigDecimal squaresA = BigDecimal.ZERO;
    BigDecimal squaresB = BigDecimal.ZERO;
    BigDecimal errors = BigDecimal.ZERO;
    for (int i = 0; i < a.elements(); i++) {
      BigDecimal x = new BigDecimal(a.get(i));
      BigDecimal y = new BigDecimal(b.get(i));
      products = products.add(x.multiply(y));
      squaresA = squaresA.add(x.pow(2));
      squaresB = squaresB.add(y.pow(2));
      errors = errors.add(x.subtract(y).pow(2));
    }
    if (squaresA.signum() == 0 || squaresB.signum() == 0) {
      assertEquals(errors.signum() == 0 ? 1 : Double.NaN, actual.cosine(), what);
      return;
    }
    BigDecimal lengths = squaresA.multiply(squaresB).sqrt(DIGITS);
    double cosine = products.divide(lengths, DIGITS).doubleValue();
    assertEquals(cosine, actual.cosine(), 10 * U, what);
    double normA = squaresA.sqrt(DIGITS).doubleValue();
    assertEquals(normA, actual.normA(), 4 * U * normA, what);
    double normB = squaresB.sqrt(DIGITS).doubleValue();
    assertEquals(normB, actual.normB(), 4 * U * normB, what);
    double ratio = squaresB.divide(squaresA, DIGITS).sqrt(DIGITS).doubleValue();
    assertEquals(ratio, actual.normRatio(), 8 * U * ratio, what);
    if (errors.signum() == 0) {
      assertEquals(Double.POSITIVE_INFINITY, actual.snrDecibels(), what);
    } else {
      double snr = 10 * Math.log10(squaresA.divide(errors, DIGITS).doubleValue());
      assertEquals(snr, actual.snrDecibels(), (64 + 8 * Math.abs(snr)) * U, what);
    }
  }
}

package org.bitref.compare.verdict;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bitref.compare.TensorComparison;
import org.bitref.compare.verdict.Form.Known;
import org.bitref.tensor.Tensor;

/**
 * Judges the difference of two tensors from the two alone.
 *
 * <p>What roundings leave is not known by its amount: behind many layers it is a hundred ULP and
 * more. It is known by its shape. It has no direction, and no row, column, head or block stands out
 * of the others. So every place where large errors are denser than elsewhere is looked at ({@link
 * Scan}), and the whole, and it is {@link Verdict#STRUCTURED} if
 *
 * <ul>
 *   <li>a simple form explains it ({@link Fits}), which is no mark of truncation;
 *   <li>its values are others: the squared difference is at least a quarter of the squares of A,
 *       and errors are at least four times those elsewhere, as root of the mean square;
 *   <li>there is no difference elsewhere, and there is more than two ULP, which two roundings that
 *       fall otherwise make; not if it is the tokens from one on, as each token hands its rounding
 *       to those after it;
 *   <li>its lines stand out of at least eight others ({@link Spread#standsOut}), by more than two
 *       ULP as well.
 * </ul>
 *
 * <p>A place without a form is several runs of indices on one axis at most. Of several places that
 * one counts which makes both errors inside and outside likeliest, as normal ones of two variances,
 * less the cost of naming it ({@link Coding}). Without a place or form a difference is {@link
 * Verdict#CORRUPT} if single errors are half the size of values or more where the others are a
 * sixteenth of that (no normal errors are: 16 standard deviations) and in the lines through them as
 * well, or if B is further from A than zeros are. Otherwise it is {@link Verdict#ROUNDING}.
 */
public final class PairJudge {
  /**
   * With fewer values, a factor that leaves a quarter of the squared difference is not beyond
   * chance: n/2 · ln 4 is to exceed {@value Coding#CHANCE} and the 24 bits of the factor, 16.6.
   */
  private static final int FEWEST = 53;

  /** The share of the squares of A that a difference makes where B holds other values. */
  private static final double OTHER = 0.25;

  /** Two ULP, in unit roundoffs of the smallest value of a binade. */
  private static final double TWO_ULP = 4;

  /** Errors half the size of values. */
  private static final double HALF = 0.5;

  private static final double SIXTEENTH = HALF / 16;

  /** The largest that is judged; an array of bytes has no more. */
  private static final long MOST = Integer.MAX_VALUE - 8;

  /** An axis that is longer is not searched for places: counts for each index take 256 bytes. */
  private static final int LONGEST = 1 << 18;

  private final Layout layout;
  private final Sides sides;
  private final Levels levels;
  private final Fits fits;
  private final double roundoff;

  private PairJudge(Tensor a, Tensor b, Layout layout, TensorComparison figures) {
    boolean whole = !figures.dtype().isFloat();
    this.layout = layout;
    this.sides = new Sides(a, b, layout);
    this.levels = new Levels(sides, whole);
    this.roundoff = whole ? 0 : figures.dtype().format().orElseThrow().unitRoundoff();
    this.fits = new Fits(sides, roundoff);
  }

  /**
   * Judges one pair; {@code b} has as many elements as {@code a}.
   *
   * @param name of the stage, which says what the axes are
   * @param known lengths of axes
   * @param figures of the same pair
   */
  public static TensorVerdict judge(
      String name, Tensor a, Tensor b, KnownLengths known, TensorComparison figures) {
    if (figures.allEqual()) {
      return TensorVerdict.of(Verdict.EQUAL, 0);
    }
    if (figures.dtype().isFloat() && figures.allEqualRounded()) {
      double length = Math.max(figures.normA(), figures.normB());
      double noise = Math.pow(10, -figures.snrDecibels() / 20);
      return TensorVerdict.of(Verdict.ROUNDING, length == 0 ? 0 : noise);
    }
    if (a.elements() > MOST) {
      return TensorVerdict.undecided(Known.FEW_VALUES, Double.NaN);
    }
    return new PairJudge(a, b, Layout.of(name, a.shape(), known), figures).judge();
  }

  /** A place that may be what differs. */
  private record Candidate(TensorVerdict verdict, double cost) {}

  private TensorVerdict judge() {
    Region whole = Region.whole(layout);
    if (levels.count(Levels.NOT_FINITE) > 0) {
      Place place = Place.of(layout, holding(Levels.NOT_FINITE));
      return TensorVerdict.at(Verdict.CORRUPT, place, Known.NOT_FINITE, Double.NaN, 0);
    }
    Spread all = Spread.of(layout, levels, whole);
    double level = Math.sqrt(all.inside());
    if (layout.elements() < FEWEST) {
      return level <= TWO_ULP * roundoff
          ? TensorVerdict.of(Verdict.ROUNDING, level)
          : TensorVerdict.undecided(Known.FEW_VALUES, level);
    }
    List<Candidate> candidates = new ArrayList<>();
    fits.best(whole, all.inside() >= OTHER * OTHER)
        .ifPresent(fit -> candidates.add(candidate(whole, all, Verdict.STRUCTURED, fit)));
    if (isSearched()) {
      new Scan(layout, levels).regions().forEach(r -> candidate(r).ifPresent(candidates::add));
    }
    return candidates.stream()
        .min(
            Comparator.comparing((Candidate c) -> c.verdict().verdict() == Verdict.ROUNDING)
                .thenComparingDouble(Candidate::cost))
        .map(Candidate::verdict)
        .orElseGet(() -> formless(whole, level));
  }

  private Optional<Candidate> candidate(Region found) {
    Region region = Spread.of(layout, levels, found).trimmed(layout, levels, found);
    Spread spread = Spread.of(layout, levels, region);
    boolean moves = spread.inside() >= OTHER * OTHER && spread.isFar();
    boolean large = Math.sqrt(spread.inside()) > TWO_ULP * roundoff;
    Optional<Fit> fit = fits.best(region, moves);
    if (fit.isPresent()) {
      return Optional.of(candidate(region, spread, Verdict.STRUCTURED, fit.get()));
    }
    if (isRagged(region)) {
      return Optional.empty();
    }
    if (spread.isFar() && isOther(region)) {
      return Optional.of(candidate(region, spread, Known.OTHER_VALUES));
    }
    if (spread.isConfined()) {
      boolean rounding = !large || isHandedOn(region);
      Verdict verdict = rounding ? Verdict.ROUNDING : Verdict.STRUCTURED;
      return Optional.of(candidate(region, spread, verdict, new Fit(Known.CONFINED, 1, 0, 0)));
    }
    boolean standsOut =
        large
            && spread.isFar()
            && IntStream.range(0, Layout.AXES)
                .filter(axis -> region.set(axis).length < layout.length(axis))
                .allMatch(axis -> Spread.standsOut(layout, levels, region, axis));
    return standsOut ? Optional.of(candidate(region, spread, Known.LARGER)) : Optional.empty();
  }

  /** True if a region is several runs on more than one axis, which no cause leaves. */
  private static boolean isRagged(Region region) {
    return Arrays.stream(region.sets()).filter(set -> Place.runs(set).size() > 1).count() > 1;
  }

  private Candidate candidate(Region region, Spread spread, Form form) {
    return candidate(region, spread, Verdict.STRUCTURED, new Fit(form, 1, 0, 0));
  }

  private Candidate candidate(Region region, Spread spread, Verdict verdict, Fit fit) {
    double quarter = roundoff / 4;
    double floor = Math.max(quarter * quarter, Levels.square(1));
    double cost = spread.cost(fit.left(), floor) + fit.cost() + Coding.region(layout, region);
    double inside = Math.sqrt(spread.inside());
    double outside = Math.sqrt(spread.outside());
    Place place = Place.of(layout, region);
    return new Candidate(TensorVerdict.at(verdict, place, fit.form(), inside, outside), cost);
  }

  /** True if the difference makes a quarter of the squares of A or more. */
  private boolean isOther(Region region) {
    return ofSquares(region) >= OTHER;
  }

  private double ofSquares(Region region) {
    Sample sample = Sample.of(layout, region);
    double differences = 0;
    double squares = 0;
    for (long i : sample.index()) {
      double weight = Fits.weight(sides.size(i));
      double difference = sides.b(i) - sides.a(i);
      differences += weight * difference * difference;
      squares += weight * sides.a(i) * sides.a(i);
    }
    return differences / squares;
  }

  /** True of the tokens from one on, most of them: what attention hands on. */
  private boolean isHandedOn(Region region) {
    for (int axis = 0; axis < Layout.AXES; axis++) {
      int[] set = region.set(axis);
      int n = layout.length(axis);
      boolean late = set[set.length - 1] == n - 1 && 4 * set.length >= 3 * (n - set[0]);
      if (set.length < n && !(layout.axis(axis) == Axis.TOKEN && late)) {
        return false;
      }
    }
    return true;
  }

  private TensorVerdict formless(Region whole, double level) {
    if (roundoff == 0) {
      Place place = Place.of(layout, holding(1));
      return TensorVerdict.at(Verdict.UNDECIDED, place, Known.OTHER_NUMBERS, level, 0);
    }
    int large = Levels.of(HALF);
    long far = levels.above(large);
    double rest = levels.squares();
    for (int i = large; i < Levels.NOT_FINITE; i++) {
      rest -= levels.count(i) * Levels.square(i);
    }
    double others = Math.sqrt(Math.max(0, rest) / Math.max(1, layout.elements() - far));
    Region holding = holding(large);
    if (far > 0 && others <= SIXTEENTH && standsAlone(holding, large)) {
      Place place = Place.of(layout, holding);
      return TensorVerdict.at(Verdict.CORRUPT, place, Known.SCATTERED, level, others);
    }
    double share = ofSquares(whole);
    if (share >= 1) {
      Place place = Place.of(layout, whole);
      return TensorVerdict.at(Verdict.CORRUPT, place, Known.UNRELATED, level, 0);
    }
    return share >= OTHER
        ? TensorVerdict.undecided(Known.FAR_EVERYWHERE, level)
        : TensorVerdict.of(Verdict.ROUNDING, level);
  }

  /**
   * True if the lines through single values are otherwise as near as the rest. A small channel that
   * shares a scale of few bits with large ones is far off in many values, and is rounded.
   */
  private boolean standsAlone(Region values, int large) {
    Region whole = Region.whole(layout);
    return IntStream.range(0, Layout.AXES)
        .filter(axis -> values.set(axis).length < layout.length(axis))
        .allMatch(axis -> near(values.with(axis, whole.set(axis)), large));
  }

  /** True if the elements of a region below a level are a sixteenth off or less. */
  private boolean near(Region region, int below) {
    long[] within = levels.within(region);
    double squares = 0;
    long cells = within[0];
    for (int i = 1; i < below; i++) {
      squares += within[i] * Levels.square(i);
      cells += within[i];
    }
    return squares <= SIXTEENTH * SIXTEENTH * cells;
  }

  private boolean isSearched() {
    return layout.lengths().stream().allMatch(length -> length <= LONGEST);
  }

  /**
   * The indices, on every axis, under which there is an element of a level or more; all if they are
   * too many.
   */
  private Region holding(int least) {
    Region whole = Region.whole(layout);
    if (!isSearched()) {
      return whole;
    }
    int[][] sets = new int[Layout.AXES][];
    for (int axis = 0; axis < Layout.AXES; axis++) {
      int[][] counts = levels.byIndex(whole, axis);
      sets[axis] =
          IntStream.range(0, counts.length)
              .filter(i -> Arrays.stream(counts[i], least, Levels.LEVELS).anyMatch(n -> n > 0))
              .toArray();
    }
    return new Region(sets);
  }
}

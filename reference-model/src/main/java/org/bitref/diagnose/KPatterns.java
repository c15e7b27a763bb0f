package org.bitref.diagnose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bitref.bound.Factors;
import org.bitref.bound.GemmBound;
import org.bitref.bound.InputRounding;
import org.bitref.diagnose.Judge.Hypothesis;

/**
 * A range of K that was left out or counted twice: what y lacks is then the product over that
 * range. The range is sought by least squares, first between the ends of at most 512 granules, then
 * term by term around the ends that were found; after that among the slices of cyclic splits.
 */
final class KPatterns {
  private static final int GRANULES = 512;
  private static final int SAMPLE = 192;

  /** A range must explain this share of the squared differences. */
  private static final double SHARE = 0.75;

  /** As much a multiple of some granules must, in which the range is only a part. */
  private static final double COARSE_SHARE = 0.25;

  private final GemmBound bound;
  private final Factors factors;
  private final int depth;
  private final int granule;
  private final int[] sample;

  KPatterns(GemmBound bound) {
    this.bound = bound;
    this.factors = bound.factors();
    this.depth = factors.depth();
    this.granule = Math.max(1, (depth + GRANULES - 1) / GRANULES);
    this.sample = Nearest.spread(SAMPLE, bound.y().length);
  }

  List<Hypothesis> all() {
    double[] exact = bound.product(InputRounding.NONE).exact();
    double[] lacks = IntStream.of(sample).mapToDouble(i -> exact[i] - bound.y()[i]).toArray();
    if (!Arrays.stream(lacks).allMatch(Double::isFinite)) {
      return List.of();
    }
    double[][] prefix = prefixes();
    List<Hypothesis> all = new ArrayList<>();
    for (int sign : new int[] {1, -1}) {
      double[] target = Arrays.stream(lacks).map(lack -> sign * lack).toArray();
      contiguous(target, prefix).ifPresent(range -> all.add(hypothesis(range, sign)));
      cyclic(target, prefix).ifPresent(slice -> all.add(hypothesis(slice, sign)));
    }
    return all;
  }

  /** [granule ends][sample]: the sums of the products before. */
  private double[][] prefixes() {
    int ends = (depth + granule - 1) / granule;
    double[][] prefix = new double[ends + 1][sample.length];
    for (int e = 0; e < ends; e++) {
      double[] part = sums(e * granule, Math.min(depth, (e + 1) * granule));
      for (int i = 0; i < sample.length; i++) {
        prefix[e + 1][i] = prefix[e][i] + part[i];
      }
    }
    return prefix;
  }

  /** Of the products of a range of K, for each output of the sample. */
  private double[] sums(int from, int to) {
    double[] sums = new double[sample.length];
    for (int i = 0; i < sums.length; i++) {
      int row = sample[i] / factors.columns() * depth;
      int column = sample[i] % factors.columns() * depth;
      for (int k = from; k < to; k++) {
        sums[i] += factors.x()[row + k] * factors.w()[column + k];
      }
    }
    return sums;
  }

  private Optional<Damage> contiguous(double[] target, double[][] prefix) {
    double whole = square(target);
    return coarse(target, prefix, COARSE_SHARE * whole)
        .map(ends -> refined(target, ends))
        .filter(ends -> rest(target, ends) <= (1 - SHARE) * whole)
        .map(ends -> new Damage.RangeOfK(ends[0], ends[1] - 1));
  }

  /** The granules of which a multiple explains most; empty if less than {@code least}. */
  private Optional<int[]> coarse(double[] target, double[][] prefix, double least) {
    double[] along = Arrays.stream(prefix).mapToDouble(sums -> dot(target, sums)).toArray();
    double best = least;
    Optional<int[]> ends = Optional.empty();
    for (int a = 0; a < prefix.length; a++) {
      for (int b = a + 1; b < prefix.length; b++) {
        double projected = Math.max(0, along[b] - along[a]);
        double explained = projected * projected / square(minus(prefix[a], prefix[b]));
        if (explained > best) {
          best = explained;
          ends = Optional.of(new int[] {a * granule, Math.min(depth, b * granule)});
        }
      }
    }
    return ends;
  }

  /** Moves each end term by term within a granule to where least remains. */
  private int[] refined(double[] target, int[] coarse) {
    int[] ends = coarse.clone();
    for (int pass = 0; pass < 4 && granule > 1; pass++) {
      int end = pass % 2;
      int[] tried = ends.clone();
      double best = Double.POSITIVE_INFINITY;
      int from = Math.max(0, ends[end] - granule);
      int to = Math.min(depth, ends[end] + granule);
      for (int at = from; at <= to; at++) {
        tried[end] = at;
        double rest = tried[0] < tried[1] ? rest(target, tried) : Double.POSITIVE_INFINITY;
        if (rest < best) {
          best = rest;
          ends[end] = at;
        }
      }
    }
    return ends;
  }

  private double rest(double[] target, int[] ends) {
    return square(minus(target, sums(ends[0], ends[1])));
  }

  /** Slice j of s, which takes the tiles of bk terms j, j + s, ... */
  private Optional<Damage> cyclic(double[] target, double[][] prefix) {
    double best = (1 - SHARE) * square(target);
    Optional<Damage> found = Optional.empty();
    for (int bk = Math.max(8, granule); bk <= 256 && bk < depth; bk *= 2) {
      if (bk % granule != 0) {
        continue;
      }
      for (int s = 2; s <= 16 && bk * s < depth; s++) {
        for (int j = 0; j < s; j++) {
          double rest = rest(target, prefix, j, s, bk);
          if (rest < best) {
            best = rest;
            found = Optional.of(new Damage.SliceOfK(j, s, bk));
          }
        }
      }
    }
    return found;
  }

  private double rest(double[] target, double[][] prefix, int j, int s, int bk) {
    double[] left = target;
    for (int k = j * bk; k < depth; k += s * bk) {
      double[] to = prefix[Math.min(prefix.length - 1, (k + bk) / granule)];
      left = minus(left, minus(to, prefix[k / granule]));
    }
    return square(left);
  }

  private Hypothesis hypothesis(Damage slice, int sign) {
    double cost = 2 * Math.log(depth) / Math.log(2);
    return new Hypothesis(
        sign > 0 ? Pattern.K_MISSING : Pattern.K_TWICE,
        slice,
        cost,
        (in, _) -> in.withX(weighted(in.x(), slice, sign > 0 ? 0 : 2)).product(bound.workers()));
  }

  private double[] weighted(double[] x, Damage slice, int times) {
    return IntStream.range(0, x.length)
        .mapToDouble(i -> x[i] * (taken(slice, i % depth) ? times : 1))
        .toArray();
  }

  private static boolean taken(Damage slice, int k) {
    return switch (slice) {
      case Damage.RangeOfK(int from, int to) -> k >= from && k <= to;
      case Damage.SliceOfK(int j, int slices, int tile) -> k / tile % slices == j;
      default -> false;
    };
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double square(double[] a) {
    return dot(a, a);
  }

  private static double[] minus(double[] a, double[] b) {
    double[] difference = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      difference[i] = a[i] - b[i];
    }
    return difference;
  }
}

package org.bitref.diagnose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bitref.bound.Factors;
import org.bitref.bound.GemmBound;
import org.bitref.bound.InputRounding;

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
    int outputs = bound.y().length;
    int n = Math.min(SAMPLE, outputs);
    this.sample = new int[n];
    for (int i = 0; i < n; i++) {
      sample[i] = (int) ((long) i * outputs / n);
    }
  }

  List<Hypothesis> all() {
    double[] lacks = new double[sample.length];
    double[] exact = bound.product(InputRounding.NONE).exact();
    for (int i = 0; i < lacks.length; i++) {
      lacks[i] = exact[sample[i]] - bound.y()[sample[i]];
      if (!Double.isFinite(lacks[i])) {
        return List.of();
      }
    }
    double[][] prefix = prefixes();
    List<Hypothesis> all = new ArrayList<>();
    for (int sign : new int[] {1, -1}) {
      double[] target = lacks.clone();
      for (int i = 0; i < target.length; i++) {
        target[i] *= sign;
      }
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
      int to = Math.min(depth, (e + 1) * granule);
      for (int i = 0; i < sample.length; i++) {
        prefix[e + 1][i] = prefix[e][i] + sum(sample[i], e * granule, to);
      }
    }
    return prefix;
  }

  private double sum(int output, int from, int to) {
    int row = output / factors.columns() * depth;
    int column = output % factors.columns() * depth;
    double sum = 0;
    for (int k = from; k < to; k++) {
      sum += factors.x()[row + k] * factors.w()[column + k];
    }
    return sum;
  }

  private record Slice(String text, boolean[] taken) {}

  private Optional<Slice> contiguous(double[] target, double[][] prefix) {
    double whole = dot(target, target);
    int[] ends = coarse(target, prefix, COARSE_SHARE * whole);
    if (ends == null) {
      return Optional.empty();
    }
    refine(target, ends);
    if (rest(target, ends) > (1 - SHARE) * whole) {
      return Optional.empty();
    }
    boolean[] taken = new boolean[depth];
    Arrays.fill(taken, ends[0], ends[1], true);
    return Optional.of(new Slice("K from %d to %d".formatted(ends[0], ends[1] - 1), taken));
  }

  /** The granules of which a multiple explains most; null if that is less than {@code least}. */
  private int[] coarse(double[] target, double[][] prefix, double least) {
    double[] along = new double[prefix.length];
    for (int a = 0; a < prefix.length; a++) {
      along[a] = dot(target, prefix[a]);
    }
    double best = least;
    int[] ends = null;
    for (int a = 0; a < prefix.length; a++) {
      for (int b = a + 1; b < prefix.length; b++) {
        double projected = Math.max(0, along[b] - along[a]);
        double explained = projected * projected / squaredDistance(prefix[a], prefix[b]);
        if (explained > best) {
          best = explained;
          ends = new int[] {a * granule, Math.min(depth, b * granule)};
        }
      }
    }
    return ends;
  }

  /** Moves each end term by term within a granule to where least remains. */
  private void refine(double[] target, int[] ends) {
    if (granule == 1) {
      return;
    }
    for (int pass = 0; pass < 4; pass++) {
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
  }

  private double rest(double[] target, int[] ends) {
    double rest = 0;
    for (int i = 0; i < target.length; i++) {
      double difference = target[i] - sum(sample[i], ends[0], ends[1]);
      rest += difference * difference;
    }
    return rest;
  }

  /** Slice j of s, which takes the tiles of bk terms j, j + s, ... */
  private Optional<Slice> cyclic(double[] target, double[][] prefix) {
    double best = (1 - SHARE) * dot(target, target);
    Slice found = null;
    for (int bk = Math.max(8, granule); bk <= 256 && bk < depth; bk *= 2) {
      if (bk % granule != 0) {
        continue;
      }
      for (int s = 2; s <= 16 && bk * s < depth; s++) {
        for (int j = 0; j < s; j++) {
          double rest = rest(target, prefix, j, s, bk);
          if (rest < best) {
            best = rest;
            found = slice(j, s, bk);
          }
        }
      }
    }
    return Optional.ofNullable(found);
  }

  private double rest(double[] target, double[][] prefix, int j, int s, int bk) {
    double[] left = target.clone();
    for (int k = j * bk; k < depth; k += s * bk) {
      double[] from = prefix[k / granule];
      double[] to = prefix[Math.min(prefix.length - 1, (k + bk) / granule)];
      for (int i = 0; i < left.length; i++) {
        left[i] -= to[i] - from[i];
      }
    }
    return dot(left, left);
  }

  private Slice slice(int j, int s, int bk) {
    boolean[] taken = new boolean[depth];
    for (int k = 0; k < depth; k++) {
      taken[k] = k / bk % s == j;
    }
    return new Slice("slice %d of %d cyclic slices of K in tiles of %d".formatted(j, s, bk), taken);
  }

  private Hypothesis hypothesis(Slice slice, int sign) {
    double cost = 2 * Math.log(depth) / Math.log(2);
    return Hypothesis.of(
        sign > 0 ? Pattern.K_MISSING : Pattern.K_TWICE,
        slice.text() + (sign > 0 ? " was left out" : " was counted twice"),
        cost,
        (in, _) ->
            in.withX(weighted(in.x(), slice.taken(), sign > 0 ? 0 : 2)).product(bound.workers()));
  }

  private double[] weighted(double[] x, boolean[] taken, int times) {
    double[] result = x.clone();
    for (int i = 0; i < result.length; i++) {
      result[i] *= taken[i % depth] ? times : 1;
    }
    return result;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double squaredDistance(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return sum;
  }
}

package org.bitref.replay;

import java.util.Arrays;
import org.bitref.numerics.Format;

/** Matrices on the grids of quantisers whose groups are no whole rows or that have a zero point. */
final class Quantised {
  /** Quantiles of the normal distribution between -1 and 1, as QLoRA (2023) lists them. */
  private static final double[] NF4 = {
    -1.0,
    -0.6961928009986877,
    -0.5250730514526367,
    -0.39491748809814453,
    -0.28444138169288635,
    -0.18477343022823334,
    -0.09105003625154495,
    0.0,
    0.07958029955625534,
    0.16093020141124725,
    0.24611230194568634,
    0.33791524171829224,
    0.44070982933044434,
    0.5626170039176941,
    0.7229568362236023,
    1.0
  };

  /** The exponent of the largest binade of float4. */
  private static final int FLOAT4_EXPONENT = 2;

  private static final int MX_GROUP = 32;

  private Quantised() {}

  /** In float32, as quantisers compute. */
  private static float most(double[] row, int from, int to) {
    double most = 0;
    for (int i = from; i < to; i++) {
      most = Math.max(most, Math.abs(row[i]));
    }
    return (float) most;
  }

  /** Some neighbouring values of a row. */
  @FunctionalInterface
  private interface Group {
    void quantise(double[] row, int from, int to);
  }

  private static Matrix grouped(Matrix matrix, int size, Group group) {
    return new Matrix.Read(
        matrix.rows(),
        matrix.columns(),
        (n, into) -> {
          matrix.row(n, into);
          for (int from = 0; from < into.length; from += size) {
            group.quantise(into, from, Math.min(into.length, from + size));
          }
        });
  }

  /** Whole steps of the largest magnitude of all over {@code steps}. */
  static Matrix byTensor(Matrix matrix, int steps) {
    float most = 0;
    double[] row = new double[matrix.columns()];
    for (int n = 0; n < matrix.rows(); n++) {
      matrix.row(n, row);
      most = Math.max(most, most(row, 0, row.length));
    }
    float step = most / steps;
    return step == 0 ? matrix : matrix.mapped(x -> (float) Math.rint((float) x / step) * step);
  }

  /** So many whole steps from the least value of a group to its largest, zero one of them. */
  static Matrix betweenEnds(Matrix matrix, int steps, int group) {
    return grouped(
        matrix,
        group,
        (row, from, to) -> {
          float least = (float) Arrays.stream(row, from, to).min().orElse(0);
          float largest = (float) Arrays.stream(row, from, to).max().orElse(0);
          float step = (largest - least) / steps;
          float zero = step == 0 ? 0 : (float) Math.rint(least / step);
          for (int i = from; i < to && step > 0; i++) {
            double whole = Math.clamp(Math.rint((float) row[i] / step) - zero, 0, steps);
            row[i] = ((float) whole + zero) * step;
          }
        });
  }

  /** A format after a scale of each block of so many rows and columns. */
  static Matrix byBlock(Matrix matrix, Format format, int size) {
    int across = (matrix.columns() + size - 1) / size;
    float[][] scale = new float[(matrix.rows() + size - 1) / size][across];
    double[] row = new double[matrix.columns()];
    for (int n = 0; n < matrix.rows(); n++) {
      matrix.row(n, row);
      for (int b = 0; b < across; b++) {
        float most = most(row, b * size, Math.min(row.length, (b + 1) * size));
        float due = (float) (most / format.maxFinite());
        scale[n / size][b] = Math.max(scale[n / size][b], due);
      }
    }
    return new Matrix.Read(
        matrix.rows(),
        matrix.columns(),
        (n, into) -> {
          matrix.row(n, into);
          for (int i = 0; i < into.length; i++) {
            float by = scale[n / size][i / size];
            into[i] = by == 0 ? 0 : (float) Matrix.saturated((float) into[i] / by, format) * by;
          }
        });
  }

  /** Float4 in groups, each with the power of two that brings its largest into the top binade. */
  static Matrix mxfp4(Matrix matrix) {
    return grouped(
        matrix,
        MX_GROUP,
        (row, from, to) -> {
          float most = most(row, from, to);
          double scale = most == 0 ? 1 : Math.scalb(1.0, Math.getExponent(most) - FLOAT4_EXPONENT);
          for (int i = from; i < to; i++) {
            row[i] = Math.copySign(float4(Math.abs(row[i]) / scale) * scale, row[i]);
          }
        });
  }

  /** Quantiles of normal numbers times the largest magnitude of each group. */
  static Matrix nf4(Matrix matrix, int group) {
    return grouped(
        matrix,
        group,
        (row, from, to) -> {
          float most = most(row, from, to);
          for (int i = from; i < to && most > 0; i++) {
            row[i] = (float) nearest(NF4, (float) row[i] / most) * most;
          }
        });
  }

  /** 0, 0.5, 1, 1.5, 2, 3, 4 or 6, of two that are as near the one with an even last bit. */
  private static double float4(double x) {
    double step = x < 2 ? 0.5 : x < 4 ? 1 : 2;
    return Math.min(6, Math.rint(x / step) * step);
  }

  private static double nearest(double[] levels, double x) {
    double nearest = levels[0];
    for (double level : levels) {
      nearest = Math.abs(x - level) < Math.abs(x - nearest) ? level : nearest;
    }
    return nearest;
  }

  /** The smaller two of every four elements of a row become zero. */
  static Matrix halfZero(Matrix matrix) {
    return grouped(
        matrix,
        4,
        (row, from, to) -> {
          double[] sizes = Arrays.stream(row, from, to).map(Math::abs).sorted().toArray();
          for (int i = from; i < to; i++) {
            row[i] = Math.abs(row[i]) < sizes[sizes.length / 2] ? 0 : row[i];
          }
        });
  }
}

package org.bitref.replay;

import static org.bitref.replay.Plain.each;

import java.util.Arrays;
import java.util.Comparator;
import org.bitref.diagnose.OtherFunction.Grid;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** Matrices on the grids of quantisers, by the definition. */
final class PlainGrids {
  private PlainGrids() {}

  /** Groups of n values, each after a division by its step; steps are in float32. */
  static double[] of(double[] x, int columns, Grid grid) {
    return switch (grid) {
      case E4M3 -> cast(x, DType.F8_E4M3, 448);
      case E5M2 -> cast(x, DType.F8_E5M2, 57344);
      case E4M3_SCALED -> {
        float scale = (float) (largest(x, 0, x.length) / 448);
        double[] scaled = cast(each(x.length, i -> (float) x[i] / scale), DType.F8_E4M3, 448);
        yield each(x.length, i -> (float) scaled[i] * scale);
      }
      case INT8_BY_ROW -> steps(x, columns, columns, 127);
      case INT4_BY_ROW -> steps(x, columns, columns, 7);
      case INT4_BY_32 -> steps(x, columns, 32, 7);
      case E4M3_BY_ROW -> {
        double[] scale =
            each(
                x.length / columns,
                n -> (float) (largest(x, n * columns, (n + 1) * columns) / 448));
        double[] scaled =
            cast(
                each(x.length, i -> (float) x[i] / (float) scale[i / columns]), DType.F8_E4M3, 448);
        yield each(x.length, i -> (float) scaled[i] * (float) scale[i / columns]);
      }
      case INT4_BY_64 -> steps(x, columns, 64, 7);
      case INT4_BY_128 -> steps(x, columns, 128, 7);
      case INT8_BY_TENSOR -> {
        float step = (float) largest(x, 0, x.length) / 127;
        yield each(x.length, i -> (float) Math.rint((float) x[i] / step) * step);
      }
      case INT4_ZERO_BY_32 -> between(x, columns, 32);
      case INT4_ZERO_BY_64 -> between(x, columns, 64);
      case INT4_ZERO_BY_128 -> between(x, columns, 128);
      // All is one block.
      case E4M3_BY_BLOCK -> of(x, columns, Grid.E4M3_SCALED);
      case MXFP4 -> mxfp4(x, columns);
      case NF4_BY_64 -> nf4(x, columns);
    };
  }

  /** 16 levels from the least of a group to its largest, zero a whole number of them away. */
  private static double[] between(double[] x, int columns, int group) {
    return each(
        x.length,
        i -> {
          int from = i - i % columns % group;
          int to = Math.min(i / columns * columns + columns, from + group);
          double[] sorted = Arrays.stream(x, from, to).sorted().toArray();
          float least = (float) sorted[0];
          float step = ((float) sorted[sorted.length - 1] - least) / 15;
          double zero = Math.rint(least / step);
          double level = Math.rint((float) x[i] / step) - zero;
          return (float) (Math.max(0, Math.min(15, level)) + zero) * step;
        });
  }

  /** By the nearest of the levels, of which those below have the smaller or even last bit. */
  private static double[] mxfp4(double[] x, int columns) {
    double[] levels = {0, 0.5, 1, 1.5, 2, 3, 4, 6};
    double[] ends = {0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5};
    return each(
        x.length,
        i -> {
          int from = i - i % columns % 32;
          double most = largest(x, from, Math.min(i / columns * columns + columns, from + 32));
          double scale = Math.pow(2, Math.floor(Math.log(most) / Math.log(2)) - 2);
          double size = Math.abs(x[i]) / scale;
          int level = 0;
          // Odd levels lose both ends of their interval.
          while (level < 7 && (level % 2 == 0 ? size > ends[level] : size >= ends[level])) {
            level++;
          }
          return Math.signum(x[i]) * levels[level] * scale;
        });
  }

  /** Levels as QLoRA lists them, in float32. */
  private static double[] nf4(double[] x, int columns) {
    double[] levels = {
      -1,
      -0.69619280f,
      -0.52507305f,
      -0.3949175f,
      -0.28444138f,
      -0.18477343f,
      -0.091050036f,
      0,
      0.079580300f,
      0.16093020f,
      0.24611230f,
      0.33791524f,
      0.44070983f,
      0.56261700f,
      0.72295684f,
      1
    };
    return each(
        x.length,
        i -> {
          int from = i - i % columns % 64;
          double most = largest(x, from, Math.min(i / columns * columns + columns, from + 64));
          return Arrays.stream(levels)
              .map(level -> level * most)
              .boxed()
              .min(Comparator.comparingDouble(level -> Math.abs(level - x[i])))
              .orElseThrow();
        });
  }

  private static double[] cast(double[] x, DType dtype, double most) {
    double[] cut = each(x.length, i -> Math.max(-most, Math.min(most, x[i])));
    return Tensor.ofDoubles(Shape.of(x.length), cut).cast(dtype).toDoubles();
  }

  private static double largest(double[] x, int from, int to) {
    double most = 0;
    for (int i = from; i < to; i++) {
      most = Math.max(most, Math.abs(x[i]));
    }
    return most;
  }

  private static double[] steps(double[] x, int columns, int group, int steps) {
    return each(
        x.length,
        i -> {
          int from = i - i % columns % group;
          int to = Math.min(i / columns * columns + columns, from + group);
          float step = (float) largest(x, from, to) / steps;
          return step == 0 ? 0 : (float) Math.rint((float) x[i] / step) * step;
        });
  }
}

package org.bitref.cli.compare;

import java.util.Arrays;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * A tensor [heads, tokens, channels] as two systems hold it: rows and columns of many sizes, one
 * channel far larger in one token, and in B what roundings may leave.
 */
final class Pair {
  /**
   * By how much the noise of tokens varies, as a deviation of logarithms. One line stands out of 50
   * if the logarithm of its mean square is some 9 deviations of those (2 · DRIFT) off: from 15
   * times the noise on. What is planted as noise has 45 % of the values' size or so, 70 times it.
   */
  private static final double DRIFT = 0.3;

  final int heads;
  final int tokens;
  final int channels;
  final double[] a;
  final double[] b;
  private final DType type;
  private final Format format;

  /** What B differs by from A before anything is planted. */
  enum Noise {
    /** Nothing. */
    NONE,
    /** A tenth of the values are the neighbour of A's. */
    ULP,
    /** All values by 0.5 % of the size of row and column, tokens by more or less. */
    GROWN
  }

  Pair(Random random, DType type, int heads, int tokens, int channels, Noise noise) {
    this.heads = heads;
    this.tokens = tokens;
    this.channels = channels;
    this.type = type;
    this.format = type.format().orElseThrow();
    this.a = new double[heads * tokens * channels];
    this.b = new double[a.length];
    double[] rows = sizes(random, heads * tokens, 0.5);
    double[] columns = sizes(random, heads * channels, 0.5);
    double[] drift = sizes(random, tokens, DRIFT);
    int huge = random.nextInt(a.length);
    for (int i = 0; i < a.length; i++) {
      int head = i / (tokens * channels);
      int token = i / channels % tokens;
      double size = rows[i / channels] * columns[head * channels + i % channels];
      a[i] = round((i == huge ? 300 : 1) * size * random.nextGaussian());
      double grown = a[i] + 0.005 * drift[token] * size * random.nextGaussian();
      double step = random.nextInt(10) == 0 ? random.nextBoolean() ? 1 : -1 : 0;
      b[i] =
          switch (noise) {
            case NONE -> a[i];
            case ULP -> round(a[i] + step * format.ulp(a[i]));
            case GROWN -> round(grown);
          };
    }
  }

  /** Log-normal. */
  private static double[] sizes(Random random, int n, double deviation) {
    double[] sizes = new double[n];
    Arrays.setAll(sizes, _ -> Math.exp(deviation * random.nextGaussian()));
    return sizes;
  }

  double round(double x) {
    return format.round(x, Rounding.RNE);
  }

  int at(int head, int token, int channel) {
    return (head * tokens + token) * channels + channel;
  }

  /** The length of an axis: 0 heads, 1 tokens, 2 channels. */
  int length(int axis) {
    return axis == 0 ? heads : axis == 1 ? tokens : channels;
  }

  int[] all(int axis) {
    int[] all = new int[length(axis)];
    Arrays.setAll(all, i -> i);
    return all;
  }

  /** What B holds at an element instead: of its index and its value. */
  interface Change {
    double at(int index, double value);
  }

  void change(int[][] sets, Change change) {
    double[] before = b.clone();
    for (int head : sets[0]) {
      for (int token : sets[1]) {
        for (int channel : sets[2]) {
          int i = at(head, token, channel);
          b[i] = round(change.at(i, before[i]));
        }
      }
    }
  }

  /** Lines of B become others of its own lines. */
  void move(int[][] sets, int axis, IntUnaryOperator source) {
    double[] before = b.clone();
    int stride = axis == 0 ? tokens * channels : axis == 1 ? channels : 1;
    change(
        sets,
        (i, _) -> {
          int line = i / stride % length(axis);
          return before[i + (source.applyAsInt(line) - line) * stride];
        });
  }

  /** B's memory holds the tensor with two axes exchanged. */
  void transpose(int first) {
    double[] before = b.clone();
    int rows = length(first);
    int columns = length(first + 1);
    int inner = first == 1 ? 1 : channels;
    for (int i = 0; i < b.length; i++) {
      int block = rows * columns * inner;
      int within = i % block / inner;
      int from = within % rows * columns + within / rows;
      b[i] = before[i - i % block + from * inner + i % inner];
    }
  }

  Tensor a(Shape shape, DType stored) {
    return tensor(a, shape, stored);
  }

  Tensor b(Shape shape, DType stored) {
    return tensor(b, shape, stored);
  }

  private static Tensor tensor(double[] values, Shape shape, DType stored) {
    return Tensor.ofDoubles(shape, values.clone()).cast(stored);
  }

  DType type() {
    return type;
  }
}

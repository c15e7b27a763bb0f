package org.bitref.replay;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntUnaryOperator;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * The values of a stage, token by token; heads of a token stand side by side.
 *
 * @param values [tokens][width], row-major
 */
record Rows(int tokens, int width, double[] values) {

  static Rows zeros(int tokens, int width) {
    return new Rows(tokens, width, new double[tokens * width]);
  }

  /**
   * The first tokens of a captured stage.
   *
   * @param all tokens that the tensor has
   * @param headsOuter true for [B, heads, S, D]
   */
  static Rows of(Tensor tensor, int all, int tokens, boolean headsOuter) {
    int width = Math.toIntExact(tensor.elements() / all);
    Rows rows = zeros(tokens, width);
    boolean outer = headsOuter && tensor.shape().rank() == 4;
    int heads = outer ? tensor.shape().intDim(1) : 1;
    int s = outer ? tensor.shape().intDim(2) : all;
    int d = width / heads;
    for (int token = 0; token < tokens; token++) {
      for (int head = 0; head < heads; head++) {
        long from = (((long) token / s * heads + head) * s + token % s) * d;
        for (int i = 0; i < d; i++) {
          rows.values[token * width + head * d + i] = tensor.get(from + i);
        }
      }
    }
    return rows;
  }

  double get(int token, int channel) {
    return values[token * width + channel];
  }

  Rows map(DoubleUnaryOperator function) {
    double[] mapped = new double[values.length];
    for (int i = 0; i < mapped.length; i++) {
      mapped[i] = function.applyAsDouble(values[i]);
    }
    return new Rows(tokens, width, mapped);
  }

  /** Files may hold a sample of columns. */
  private void check(Rows other) {
    if (tokens != other.tokens || width != other.width) {
      throw new NotReplayable("terms of one size");
    }
  }

  /** The sum a·this + b·other. */
  Rows plus(double a, double b, Rows other) {
    check(other);
    double[] sum = new double[values.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = a * values[i] + b * other.values[i];
    }
    return new Rows(tokens, width, sum);
  }

  /** Plus one row in every token. */
  Rows plusRow(double[] row) {
    if (row.length != width) {
      throw new NotReplayable("a bias of this width");
    }
    double[] sum = new double[values.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = values[i] + row[i % width];
    }
    return new Rows(tokens, width, sum);
  }

  Rows times(Rows other) {
    check(other);
    double[] product = new double[values.length];
    for (int i = 0; i < product.length; i++) {
      product[i] = values[i] * other.values[i];
    }
    return new Rows(tokens, width, product);
  }

  /** Blocks of {@code size} channels in another order: block i is what was block order(i). */
  Rows blocks(int size, IntUnaryOperator order) {
    Rows moved = zeros(tokens, width);
    for (int token = 0; token < tokens; token++) {
      for (int block = 0; block < width / size; block++) {
        System.arraycopy(
            values,
            token * width + order.applyAsInt(block) * size,
            moved.values,
            token * width + block * size,
            size);
      }
    }
    return moved;
  }

  /** Each sequence moved by some tokens; tokens that come from before its start are zero. */
  Rows later(int by, int sequence) {
    Rows moved = zeros(tokens, width);
    for (int token = 0; token < tokens; token++) {
      int from = token % sequence - by;
      if (from >= 0 && from < sequence && token - by < tokens) {
        System.arraycopy(values, (token - by) * width, moved.values, token * width, width);
      }
    }
    return moved;
  }

  /** Zeros in some tokens of each sequence. */
  Rows without(int first, int n, int sequence) {
    double[] left = values.clone();
    for (int token = 0; token < tokens; token++) {
      int at = token % sequence - first;
      if (at >= 0 && at < n) {
        Arrays.fill(left, token * width, (token + 1) * width, 0);
      }
    }
    return new Rows(tokens, width, left);
  }

  /** Each sequence moved by one token; the first stays. */
  Rows laterButFirst(int sequence) {
    Rows moved = later(1, sequence);
    for (int token = 0; token < tokens; token += sequence) {
      System.arraycopy(values, token * width, moved.values, token * width, width);
    }
    return moved;
  }

  double dot(Rows other) {
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      sum += values[i] * other.values[i];
    }
    return sum;
  }

  /** The root of the sum of squares. */
  double size() {
    return Math.sqrt(dot(this));
  }

  /** The first tokens. */
  Rows first(int n) {
    return new Rows(n, width, Arrays.copyOf(values, n * width));
  }

  /** The sum of squared differences of {@code n} channels, from {@code at} and of the other. */
  double distance(Rows other, int at, int otherAt, int n) {
    double sum = 0;
    for (int token = 0; token < tokens; token++) {
      for (int i = 0; i < n; i++) {
        double off = get(token, at + i) - other.get(token, otherAt + i);
        sum += off * off;
      }
    }
    return sum;
  }

  /** The largest magnitude. */
  double largest() {
    double most = 0;
    for (double value : values) {
      most = Math.max(most, Math.abs(value));
    }
    return most;
  }

  boolean isFinite() {
    for (double value : values) {
      if (!Double.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  /** As a tensor of this shape, [B, heads, S, D] with heads outer. */
  Tensor tensor(Shape shape, boolean headsOuter) {
    boolean outer = headsOuter && shape.rank() == 4;
    int heads = outer ? shape.intDim(1) : 1;
    int s = outer ? shape.intDim(2) : tokens;
    int d = width / heads;
    double[] out = new double[values.length];
    for (int i = 0; i < out.length; i++) {
      int token = i / width;
      int head = i % width / d;
      out[((token / s * heads + head) * s + token % s) * d + i % d] = values[i];
    }
    return Tensor.ofDoubles(shape, out);
  }
}

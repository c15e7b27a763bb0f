package org.bitref.bound;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.bitref.kernel.Workers;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.numerics.Format;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * Attention in double, and the bounds of {@link AttentionFamily} around it.
 *
 * @param q [heads, queries, d]
 * @param k [kv heads, keys, d]
 * @param v [kv heads, keys, d]
 */
public record AttentionRows(
    double[] q, double[] k, double[] v, int heads, int kvHeads, int queries, int keys, int d) {

  /**
   * How it is done, rightly or wrongly.
   *
   * @param function its scores; which keys are seen stands in {@code first} and {@code last}
   * @param onOutput what the output is multiplied by
   * @param first the first key that each query sees, and the last
   * @param kvHead the key and value head of each query head
   * @param swapped true if keys and values are exchanged
   */
  public record Way(
      AttentionFunction function,
      double onOutput,
      int[] first,
      int[] last,
      int[] kvHead,
      boolean swapped) {
    /** What scores are multiplied by. */
    public double onScores() {
      return function.scale();
    }

    public Way withScales(double scores, double output) {
      return new Way(function.withScale(scores), output, first, last, kvHead, swapped);
    }

    public Way withLast(int[] other) {
      return new Way(function, onOutput, first, other, kvHead, swapped);
    }

    public Way withHeads(int[] other) {
      return new Way(function, onOutput, first, last, other, swapped);
    }

    public Way withKeysAndValuesSwapped() {
      return new Way(function, onOutput, first, last, kvHead, !swapped);
    }

    /** The same where a query sees so many keys at most, up to its last. */
    public Way withWindow(int keys) {
      AttentionFunction windowed = function.withWindow(keys);
      int[] from = Arrays.stream(last).map(windowed::firstKey).toArray();
      return new Way(windowed, onOutput, from, last, kvHead, swapped);
    }
  }

  /**
   * An attention's exact output and, for each family, how far a right one may be from it before it
   * is converted, [heads * M * D].
   */
  public record Attended(double[] exact, double[][] error) {
    /** Output i is what stands here at {@code from} of i; NaN below 0. */
    public Attended moved(IntUnaryOperator from) {
      double[][] moved =
          Arrays.stream(error)
              .map(bound -> ExactProduct.taken(bound, from))
              .toArray(double[][]::new);
      return new Attended(ExactProduct.taken(exact, from), moved);
    }
  }

  /** Of tensors whose last two dimensions are a head's. */
  static AttentionRows of(Tensor q, Tensor k, Tensor v) {
    int queries = q.shape().intDim(-2);
    int keys = k.shape().intDim(-2);
    int d = q.shape().intDim(-1);
    return new AttentionRows(
        q.toDoubles(),
        k.toDoubles(),
        v.toDoubles(),
        heads(q.shape()),
        heads(k.shape()),
        queries,
        keys,
        d);
  }

  private static int heads(Shape shape) {
    int heads = 1;
    for (int i = 0; i < shape.rank() - 2; i++) {
      heads *= shape.intDim(i);
    }
    return heads;
  }

  /**
   * As it should be done: query head h reads key and value head h / (heads / kv heads).
   *
   * @param positions where each query lies among the keys
   */
  Way right(AttentionFunction function, int[] positions) {
    int group = heads / kvHeads;
    int[] kvHead = IntStream.range(0, heads).map(h -> h / group).toArray();
    int[] first = Arrays.stream(positions).map(function::firstKey).toArray();
    int[] last = Arrays.stream(positions).map(p -> function.lastKey(p, keys)).toArray();
    return new Way(function, 1, first, last, kvHead, false);
  }

  /** True if Σ|q·k| of a query and a key may be beyond {@code most}. */
  public boolean mayOverflow(double most) {
    return largestNorm(q) * largestNorm(k) >= most;
  }

  /** The largest Euclidean norm of d elements; by Cauchy's inequality no product is larger. */
  private double largestNorm(double[] vectors) {
    double largest = 0;
    for (int at = 0; at < vectors.length; at += d) {
      double sum = 0;
      for (int i = 0; i < d; i++) {
        sum += vectors[at + i] * vectors[at + i];
      }
      largest = Math.max(largest, Math.sqrt(sum));
    }
    return largest;
  }

  /** All outputs. */
  public Attended attend(Way way, List<AttentionFamily> families, Format format, Workers workers) {
    int n = heads * queries;
    Attended out = new Attended(new double[n * d], new double[families.size()][n * d]);
    workers.forEach(
        n,
        4,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            new AttentionRow(this, way, row).into(out, families, format);
          }
        });
    return out;
  }

  /** The exact outputs of one query of one head. */
  public double[] row(Way way, int row) {
    return new AttentionRow(this, way, row).exact();
  }

  /**
   * For each key, how far the outputs of one query of one head would be from {@code y} if that key
   * were the last that it sees, or with {@code first} the first one, added to {@code distance}.
   */
  public void distances(Way way, int row, double[] y, double[] distance, boolean first) {
    new AttentionRow(this, way, row).distances(y, distance, first);
  }
}

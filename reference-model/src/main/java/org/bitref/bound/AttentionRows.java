package org.bitref.bound;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
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
            new Row(this, way, row).into(out, families, format);
          }
        });
    return out;
  }

  /** The exact outputs of one query of one head. */
  public double[] row(Way way, int row) {
    return new Row(this, way, row).exact();
  }

  /**
   * For each key, how far the outputs of one query of one head would be from {@code y} if that key
   * were the last that it sees, or with {@code first} the first one, added to {@code distance}.
   */
  public void distances(Way way, int row, double[] y, double[] distance, boolean first) {
    new Row(this, way, row).distances(y, distance, first);
  }

  /** One query of one head. */
  static final class Row {
    private final AttentionRows in;
    private final Way way;
    private final int row;
    private final int keyAt;

    /** The first key that is seen; nothing before it counts. */
    final int first;

    /** The logit of the head's sink. */
    final double sink;

    private final double[] values;

    /** For each key that is seen q·k, Σ|q·k| and the probability. */
    final double[] dot;

    final double[] absolute;
    final double[] p;

    /** The largest score, the sink among them. */
    double most = Double.NEGATIVE_INFINITY;

    private double mostMagnitude;
    private double sinkP;

    Row(AttentionRows in, Way way, int row) {
      this.in = in;
      this.way = way;
      this.row = row;
      this.keyAt = way.kvHead()[row / in.queries()] * in.keys() * in.d();
      this.first = way.first()[row % in.queries()];
      int sinks = Math.max(1, way.function().sinks().size());
      this.sink = way.function().sink(row / in.queries() % sinks);
      int seen = way.last()[row % in.queries()] + 1;
      this.values = way.swapped() ? in.k() : in.v();
      this.dot = new double[seen];
      this.absolute = new double[seen];
      this.p = new double[seen];
      products();
      softmax();
    }

    private void products() {
      double[] keys = way.swapped() ? in.v() : in.k();
      most = sink;
      mostMagnitude = sink == Double.NEGATIVE_INFINITY ? 0 : Math.abs(sink);
      for (int j = first; j < dot.length; j++) {
        for (int i = 0; i < in.d(); i++) {
          double product = in.q()[row * in.d() + i] * keys[keyAt + j * in.d() + i];
          dot[j] += product;
          absolute[j] += Math.abs(product);
        }
        most = Math.max(most, score(j));
        mostMagnitude = Math.max(mostMagnitude, magnitude(j));
      }
    }

    private void softmax() {
      sinkP = sink == Double.NEGATIVE_INFINITY ? 0 : Math.exp(sink - most);
      double total = sinkP;
      for (int j = first; j < p.length; j++) {
        p[j] = Math.exp(score(j) - most);
        total += p[j];
      }
      sinkP /= total;
      for (int j = first; j < p.length; j++) {
        p[j] /= total;
      }
    }

    double score(int j) {
      return way.function().score(dot[j]);
    }

    /** The score before a softcap. */
    double scaled(int j) {
      return way.onScores() * dot[j];
    }

    private double magnitude(int j) {
      return Math.abs(way.onScores()) * absolute[j];
    }

    double value(int j, int i) {
      return values[keyAt + j * in.d() + i];
    }

    double[] exact() {
      double[] out = new double[in.d()];
      for (int j = first; j < p.length; j++) {
        for (int i = 0; i < out.length; i++) {
          out[i] += p[j] * value(j, i);
        }
      }
      for (int i = 0; i < out.length; i++) {
        out[i] *= way.onOutput();
      }
      return out;
    }

    void distances(double[] y, double[] distance, boolean fromEnd) {
      double[] sum = new double[in.d()];
      double total = sinkP;
      for (int n = 0; n < p.length; n++) {
        int j = fromEnd ? p.length - 1 - n : n;
        total += p[j];
        double away = 0;
        for (int i = 0; i < sum.length; i++) {
          sum[i] += p[j] * value(j, i);
          away += Math.abs(y[row * in.d() + i] - sum[i] / total);
        }
        // A query that sees no key has no output.
        distance[j] += total == 0 ? Double.POSITIVE_INFINITY : away;
      }
    }

    void into(Attended out, List<AttentionFamily> families, Format format) {
      System.arraycopy(exact(), 0, out.exact(), row * in.d(), in.d());
      for (int f = 0; f < families.size(); f++) {
        error(families.get(f), format, out.error()[f]);
      }
    }

    private void error(AttentionFamily family, Format format, double[] error) {
      int d = in.d();
      double[] off = new double[p.length];
      double least = sinkP == 0 ? 0 : sinkP * Math.exp(-family.sink(sink, most));
      OptionalDouble cap = way.function().softcap();
      for (int j = first; j < p.length; j++) {
        off[j] = family.score(scaled(j), score(j), magnitude(j), most, d);
        off[j] += cap.isEmpty() ? 0 : family.cap(cap.getAsDouble(), scaled(j), score(j), format);
        least += p[j] * Math.exp(-off[j]);
      }
      double rho = family.probability(format, p.length);
      // The reference itself: sums of D and of T terms in double, and an exponential.
      rho += (d + p.length + 64) * 0x1p-50 * (1 + mostMagnitude);
      double gain = family.gain(p.length);
      double[] sum = new double[d];
      for (int j = first; j < p.length; j++) {
        double relative = Math.expm1(off[j] + 2 * rho - Math.log(least));
        double weight =
            p[j] * (relative + gain * (1 + relative)) + format.minSubnormal() * (1 + gain);
        for (int i = 0; i < d; i++) {
          sum[i] += weight * Math.abs(value(j, i));
        }
      }
      double underflow = family.half() ? 0x1p-14 * gain : 0;
      for (int i = 0; i < d; i++) {
        error[row * d + i] = (sum[i] + underflow) * Math.abs(way.onOutput());
      }
    }
  }
}

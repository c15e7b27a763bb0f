package org.bitref.bound;

import java.util.List;
import java.util.OptionalDouble;
import org.bitref.numerics.Format;

/** One query of one head of {@link AttentionRows}, in double. */
final class AttentionRow {
  private final AttentionRows in;
  private final AttentionRows.Way way;
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
  double most;

  private double mostMagnitude;
  private double sinkP;

  AttentionRow(AttentionRows in, AttentionRows.Way way, int row) {
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

  void into(AttentionRows.Attended out, List<AttentionFamily> families, Format format) {
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

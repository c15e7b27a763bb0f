package org.bitref.replay;

import java.util.function.DoubleUnaryOperator;
import java.util.function.IntUnaryOperator;
import org.bitref.kernel.Workers;

/**
 * How tokens attend to each other.
 *
 * @param scale of the scores
 * @param score what becomes of a scaled score
 * @param sees which keys a query sees
 * @param keyHead the key head of a query head
 * @param bias what is added to a score
 * @param probability what becomes of a probability
 * @param sink a further term of the softmax's denominator that no value belongs to; 0 if none
 */
record AttentionShape(
    double scale,
    DoubleUnaryOperator score,
    Sees sees,
    IntUnaryOperator keyHead,
    Bias bias,
    DoubleUnaryOperator probability,
    double sink) {
  /**
   * @param sees which keys a query sees
   * @param keyHead the key head of a query head
   */
  static AttentionShape model(double scale, Sees sees, IntUnaryOperator keyHead) {
    return new AttentionShape(scale, x -> x, sees, keyHead, (_, _, _, _) -> 0, p -> p, 0);
  }

  /** Whether a query sees a key, both by their place in the sequence. */
  @FunctionalInterface
  interface Sees {
    boolean test(int sequence, int query, int key);
  }

  /** What is added to the score of a query head and a key. */
  @FunctionalInterface
  interface Bias {
    double of(int sequence, int head, int query, int key);
  }

  AttentionShape scaled(double by) {
    return new AttentionShape(scale * by, score, sees, keyHead, bias, probability, sink);
  }

  AttentionShape seeing(Sees other) {
    return new AttentionShape(scale, score, other, keyHead, bias, probability, sink);
  }

  AttentionShape scored(DoubleUnaryOperator other) {
    return new AttentionShape(scale, other, sees, keyHead, bias, probability, sink);
  }

  AttentionShape keyHeads(IntUnaryOperator other) {
    return new AttentionShape(scale, score, sees, other, bias, probability, sink);
  }

  AttentionShape withSink(double term) {
    return new AttentionShape(scale, score, sees, keyHead, bias, probability, term);
  }

  AttentionShape biased(Bias other) {
    return new AttentionShape(scale, score, sees, keyHead, other, probability, sink);
  }

  AttentionShape weighed(DoubleUnaryOperator other) {
    return new AttentionShape(scale, score, sees, keyHead, bias, other, sink);
  }

  /**
   * Attention of all heads.
   *
   * @param q [tokens][heads · d]
   * @param k [tokens][key heads · d], as v
   * @param sequence tokens of each sequence
   * @param stored how scores and probabilities are kept
   */
  Rows of(Rows q, Rows k, Rows v, int d, int sequence, Storage stored, Workers workers) {
    int heads = q.width() / d;
    Rows out = Rows.zeros(q.tokens(), q.width());
    workers.forEach(
        q.tokens() * heads,
        8,
        (from, to) -> {
          double[] weights = new double[sequence];
          for (int i = from; i < to; i++) {
            int head = i % heads;
            int first = i / heads / sequence * sequence;
            int keys = Math.min(sequence, q.tokens() - first);
            int group = keyHead.applyAsInt(head) * d;
            weigh(q, i / heads, head * d, k, group, d, first, keys, stored, weights);
            gather(v, group, d, first, keys, weights, out, i / heads * q.width() + head * d);
          }
        });
    return out;
  }

  private void weigh(
      Rows q,
      int token,
      int at,
      Rows k,
      int group,
      int d,
      int first,
      int keys,
      Storage stored,
      double[] weights) {
    int query = token * q.width() + at;
    int[] rows = new int[keys];
    int[] seen = new int[keys];
    int n = 0;
    for (int key = 0; key < keys; key++) {
      weights[key] = Double.NEGATIVE_INFINITY;
      if (sees.test(first, token - first, key)) {
        rows[n] = (first + key) * k.width() + group;
        seen[n++] = key;
      }
    }
    double[] sums = new double[n];
    dots(q.values(), query, k.values(), rows, d, sums);
    double most = sink > 0 ? Math.log(sink) : Double.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      int key = seen[i];
      double kept = stored.round(sums[i], place(query, k, key));
      double scaled = stored.round(kept * scale, -2L - place(query, k, key));
      double added = bias.of(first, at / d, token - first, key);
      weights[key] = score.applyAsDouble(scaled) + added;
      most = Math.max(most, weights[key]);
    }
    double total = sink > 0 ? sink * Math.exp(-most) : 0;
    for (int key = 0; key < keys; key++) {
      weights[key] = most == Double.NEGATIVE_INFINITY ? 0 : Math.exp(weights[key] - most);
      total += weights[key];
    }
    for (int key = 0; key < keys && total > 0; key++) {
      double p = probability.applyAsDouble(weights[key] / total);
      weights[key] = stored.round(p, 1 + place(query, k, key));
    }
  }

  /** Products of a query with keys, four at a time: each waits for its own sums only. */
  private static void dots(double[] q, int query, double[] k, int[] rows, int d, double[] sums) {
    int j = 0;
    for (; j + 4 <= sums.length; j += 4) {
      double sum0 = 0;
      double sum1 = 0;
      double sum2 = 0;
      double sum3 = 0;
      for (int i = 0; i < d; i++) {
        double x = q[query + i];
        sum0 += x * k[rows[j] + i];
        sum1 += x * k[rows[j + 1] + i];
        sum2 += x * k[rows[j + 2] + i];
        sum3 += x * k[rows[j + 3] + i];
      }
      sums[j] = sum0;
      sums[j + 1] = sum1;
      sums[j + 2] = sum2;
      sums[j + 3] = sum3;
    }
    for (; j < sums.length; j++) {
      for (int i = 0; i < d; i++) {
        sums[j] += q[query + i] * k[rows[j] + i];
      }
    }
  }

  private static long place(int query, Rows k, int key) {
    return 2 * ((long) query * k.tokens() + key);
  }

  private static void gather(
      Rows v, int group, int d, int first, int keys, double[] weights, Rows out, int at) {
    for (int key = 0; key < keys; key++) {
      if (weights[key] != 0) {
        int row = (first + key) * v.width() + group;
        add(weights[key], v.values(), row, out.values(), at, d);
      }
    }
  }

  private static void add(double weight, double[] v, int row, double[] out, int at, int d) {
    for (int i = 0; i < d; i++) {
      out[at + i] += weight * v[row + i];
    }
  }
}

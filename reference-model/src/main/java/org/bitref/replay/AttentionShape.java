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
    double most = sink > 0 ? Math.log(sink) : Double.NEGATIVE_INFINITY;
    for (int key = 0; key < keys; key++) {
      weights[key] = Double.NEGATIVE_INFINITY;
      if (sees.test(first, token - first, key)) {
        double sum = 0;
        int row = (first + key) * k.width() + group;
        int query = token * q.width() + at;
        for (int i = 0; i < d; i++) {
          sum += q.values()[query + i] * k.values()[row + i];
        }
        double kept = stored.round(sum, place(query, k, key));
        double scaled = stored.round(kept * scale, -2L - place(query, k, key));
        double added = bias.of(first, at / d, token - first, key);
        weights[key] = score.applyAsDouble(scaled) + added;
        most = Math.max(most, weights[key]);
      }
    }
    double total = sink > 0 ? sink * Math.exp(-most) : 0;
    for (int key = 0; key < keys; key++) {
      weights[key] = most == Double.NEGATIVE_INFINITY ? 0 : Math.exp(weights[key] - most);
      total += weights[key];
    }
    for (int key = 0; key < keys && total > 0; key++) {
      double p = probability.applyAsDouble(weights[key] / total);
      weights[key] = stored.round(p, 1 + place(token * q.width() + at, k, key));
    }
  }

  private static long place(int query, Rows k, int key) {
    return 2 * ((long) query * k.tokens() + key);
  }

  private static void gather(
      Rows v, int group, int d, int first, int keys, double[] weights, Rows out, int at) {
    for (int key = 0; key < keys; key++) {
      double weight = weights[key];
      int row = (first + key) * v.width() + group;
      for (int i = 0; i < d && weight != 0; i++) {
        out.values()[at + i] += weight * v.values()[row + i];
      }
    }
  }
}

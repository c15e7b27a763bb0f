package org.bitref.diagnose;

import java.util.Random;
import org.bitref.bound.AttentionCase;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * Attention written down plainly: float sums, scores and probabilities rounded to the tensors'
 * type.
 *
 * @param heads of q
 * @param kvHeads of k and v
 */
record PlainAttention(
    DType type,
    int heads,
    int kvHeads,
    int queries,
    int keys,
    int d,
    Tensor q,
    Tensor k,
    Tensor v) {

  static PlainAttention random(
      Random random, DType type, int heads, int kvHeads, int queries, int keys, int d) {
    return new PlainAttention(
        type,
        heads,
        kvHeads,
        queries,
        keys,
        d,
        normal(random, type, 2, heads, queries, d),
        normal(random, type, 1, kvHeads, keys, d),
        normal(random, type, 1, kvHeads, keys, d));
  }

  private static Tensor normal(Random random, DType type, double scale, long... dims) {
    TensorBuilder out = new TensorBuilder(type, Shape.of(dims));
    for (long i = 0; i < Shape.of(dims).elements(); i++) {
      out.set(i, scale * random.nextGaussian());
    }
    return out.build();
  }

  /**
   * @param onScores what the scores are multiplied by
   * @param onOutput what the output is multiplied by
   * @param last the last key of each query
   * @param keysOf where keys come from
   * @param valuesOf where values come from
   */
  Tensor out(double onScores, double onOutput, int[] last, Tensor keysOf, Tensor valuesOf) {
    TensorBuilder out = new TensorBuilder(type, q.shape());
    for (int row = 0; row < heads * queries; row++) {
      int at = row / queries / (heads / kvHeads) * keys * d;
      float[] p = probabilities(row, at, last[row % queries], onScores, keysOf);
      for (int i = 0; i < d; i++) {
        float sum = 0;
        for (int j = 0; j < p.length; j++) {
          sum += p[j] * (float) valuesOf.get(at + j * d + i);
        }
        out.set((long) row * d + i, sum * (float) onOutput);
      }
    }
    return out.build();
  }

  private float[] probabilities(int row, int at, int last, double onScores, Tensor keysOf) {
    float[] p = new float[last + 1];
    float most = Float.NEGATIVE_INFINITY;
    for (int j = 0; j < p.length; j++) {
      float dot = 0;
      for (int i = 0; i < d; i++) {
        dot += (float) q.get((long) row * d + i) * (float) keysOf.get(at + j * d + i);
      }
      p[j] = rounded(rounded(dot) * (float) onScores);
      most = Math.max(most, p[j]);
    }
    float total = 0;
    for (int j = 0; j < p.length; j++) {
      p[j] = (float) Math.exp(p[j] - most);
      total += p[j];
    }
    for (int j = 0; j < p.length; j++) {
      p[j] = rounded(p[j] / total);
    }
    return p;
  }

  private float rounded(float x) {
    Format format = type.format().orElseThrow();
    return (float) format.round(x, Rounding.RNE);
  }

  AttentionCase with(Tensor out, int[] last) {
    return new AttentionCase(q, k, v, out, last, AttentionFunction.of(d));
  }
}

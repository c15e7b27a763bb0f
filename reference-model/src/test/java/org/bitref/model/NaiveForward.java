package org.bitref.model;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The text model of one prompt in plain loops, with no code of the executor. Widths up to 32.
 *
 * <p>Beside every result it keeps a bound on how far a computation in double with another order of
 * sums may lie from this one: roundings times {@code U} times the sum of the magnitudes that were
 * added.
 */
final class NaiveForward {
  private static final double U = 0x1p-53;

  private final ModelConfig c;
  private final Weights weights;
  private final Casts casts;
  private final Map<String, double[]> anchor;
  private final Map<String, double[]> results = new LinkedHashMap<>();
  private final Map<String, double[]> bounds = new HashMap<>();

  /**
   * @param anchor where it has a stage, later stages read that instead of the own result
   */
  NaiveForward(ModelConfig config, Weights weights, Casts casts, Map<String, double[]> anchor) {
    this.c = config;
    this.weights = weights;
    this.casts = casts;
    this.anchor = anchor;
  }

  Map<String, double[]> results() {
    return results;
  }

  double[] bounds(String stage) {
    return bounds.get(stage);
  }

  void run(
      double[] embeds,
      long[][] positions,
      boolean[] visual,
      List<double[]> deepstack,
      Optional<boolean[]> visibleKeys) {
    double[] h = put("inputs_embeds", stored(embeds), new double[embeds.length]);
    double[] cos = table("rope.cos", positions, false);
    double[] sin = table("rope.sin", positions, true);
    for (int i = 0; i < c.layers(); i++) {
      h = addFeature(i, h, visual, deepstack);
      h = layer(i, h, cos, sin, visibleKeys);
    }
    if (deepstack.size() >= c.layers()) {
      h = addFeature(c.layers(), h, visual, deepstack);
    }
    double[] normed = norm("final_norm", "norm.weight", h, c.hiddenSize());
    linear("logits", "lm_head.weight", normed, c.hiddenSize());
  }

  private double[] layer(
      int i, double[] h, double[] cos, double[] sin, Optional<boolean[]> visibleKeys) {
    String s = "layers." + i + ".";
    String w = s + "self_attn.";
    int hidden = c.hiddenSize();
    double[] n = norm(s + "input_ln", s + "input_layernorm.weight", h, hidden);
    double[] q = linear(s + "q_proj", w + "q_proj.weight", n, hidden);
    double[] k = linear(s + "k_proj", w + "k_proj.weight", n, hidden);
    double[] v = linear(s + "v_proj", w + "v_proj.weight", n, hidden);
    double[] qn = norm(s + "q_norm", w + "q_norm.weight", q, c.headDim());
    double[] kn = norm(s + "k_norm", w + "k_norm.weight", k, c.headDim());
    double[] qr = rope(s + "q_rope", headsFirst(qn, c.heads()), cos, sin);
    double[] kr = rope(s + "k_rope", headsFirst(kn, c.kvHeads()), cos, sin);
    double[] keys = put("kv." + i + ".k", kr.clone(), new double[kr.length]);
    double[] values = put("kv." + i + ".v", headsFirst(v, c.kvHeads()), new double[v.length]);
    double[] a = attention(s + "attn_out", qr, keys, values, visibleKeys);
    double[] o = linear(s + "o_proj", w + "o_proj.weight", a, c.queryWidth());
    double[] r = add(s + "post_attn_hidden", h, o);
    double[] m = norm(s + "post_attn_ln", s + "post_attention_layernorm.weight", r, hidden);
    double[] gate = linear(s + "gate_proj", s + "mlp.gate_proj.weight", m, hidden);
    double[] up = linear(s + "up_proj", s + "mlp.up_proj.weight", m, hidden);
    double[] act = silu(s + "mlp_act", gate);
    double[] product = new double[up.length];
    double[] bound = new double[up.length];
    for (int j = 0; j < up.length; j++) {
      product[j] = casts.store(casts.calc(act[j] * up[j]));
      bound[j] = U * Math.abs(product[j]);
    }
    double[] mul = put(s + "mlp_mul", product, bound);
    double[] down = linear(s + "mlp_down", s + "mlp.down_proj.weight", mul, c.intermediateSize());
    return add(s + "hidden", r, down);
  }

  /** Keeps a result; gives what the next stages are to read. */
  private double[] put(String stage, double[] result, double[] bound) {
    results.put(stage, result);
    bounds.put(stage, bound);
    return anchor.getOrDefault(stage, result);
  }

  private double[] stored(double[] x) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = casts.store(casts.calc(x[i]));
    }
    return y;
  }

  private double[] weight(String name) {
    return stored(weights.weight(name).toDoubles());
  }

  /** Theta is 2^16 and a head has 8 elements: the powers 2^0, 2^4, 2^8, 2^12 are exact. */
  private double[] table(String stage, long[][] positions, boolean sine) {
    int half = c.headDim() / 2;
    int[] axis = new int[half];
    for (int a = 1; a < 3; a++) {
      for (int i = a; i < 3 * c.rope().section().get(a) && i < half; i += 3) {
        axis[i] = a;
      }
    }
    int tokens = positions[0].length;
    double[] out = new double[tokens * 2 * half];
    double[] bound = new double[out.length];
    for (int t = 0; t < tokens; t++) {
      for (int i = 0; i < half; i++) {
        double angle = casts.calc(positions[axis[i]][t] * Math.scalb(1.0, -4 * i));
        double value = casts.calc(sine ? StrictMath.sin(angle) : StrictMath.cos(angle));
        out[t * 2 * half + i] = casts.store(value);
        out[t * 2 * half + half + i] = casts.store(value);
      }
    }
    return put(stage, out, bound);
  }

  private double[] addFeature(int layer, double[] h, boolean[] visual, List<double[]> deepstack) {
    double[] out = h.clone();
    double[] bound = new double[h.length];
    int width = c.hiddenSize();
    int row = 0;
    for (int t = 0; t < visual.length && layer > 0 && layer <= deepstack.size(); t++) {
      if (visual[t]) {
        double[] feature = stored(deepstack.get(layer - 1));
        for (int i = 0; i < width; i++) {
          int at = t * width + i;
          out[at] = casts.store(casts.calc(h[at] + feature[row * width + i]));
          bound[at] = U * Math.abs(out[at]);
        }
        row++;
      }
    }
    return put("layers." + layer + ".input_hidden", out, bound);
  }

  private double[] norm(String stage, String weight, double[] x, int width) {
    double[] w = weight(weight);
    double[] out = new double[x.length];
    double[] bound = new double[x.length];
    double eps = casts.calc(c.rmsNormEps());
    for (int row = 0; row < x.length; row += width) {
      double sum = 0;
      for (int lane = 0; lane < 8; lane++) {
        double laneSum = 0;
        for (int i = lane; i < width; i += 8) {
          laneSum = casts.calc(laneSum + casts.calc(x[row + i] * x[row + i]));
        }
        sum = casts.calc(sum + laneSum);
      }
      double root = casts.calc(Math.sqrt(casts.calc(casts.calc(sum / width) + eps)));
      double reciprocal = casts.calc(1 / root);
      for (int i = 0; i < width; i++) {
        double y = casts.store(casts.calc(x[row + i] * reciprocal));
        out[row + i] = casts.store(casts.calc(w[i] * y));
        bound[row + i] = (width + 12) * U * Math.abs(out[row + i]);
      }
    }
    return put(stage, out, bound);
  }

  private double[] linear(String stage, String weight, double[] x, int in) {
    double[] w = weight(weight);
    int outs = w.length / in;
    int rows = x.length / in;
    double[] y = new double[rows * outs];
    double[] bound = new double[y.length];
    for (int r = 0; r < rows; r++) {
      for (int o = 0; o < outs; o++) {
        double sum = 0;
        double magnitude = 0;
        for (int i = 0; i < in; i++) {
          sum = casts.accumulate(x[r * in + i], w[o * in + i], sum);
          magnitude += Math.abs(x[r * in + i] * w[o * in + i]);
        }
        y[r * outs + o] = casts.store(sum);
        bound[r * outs + o] = (2 * in + 4) * U * magnitude;
      }
    }
    return put(stage, y, bound);
  }

  /** [S, heads, D] to [heads, S, D]. */
  private double[] headsFirst(double[] x, int heads) {
    int d = c.headDim();
    int tokens = x.length / heads / d;
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      int t = i / (heads * d);
      y[((i / d % heads) * tokens + t) * d + i % d] = x[i];
    }
    return y;
  }

  private double[] rope(String stage, double[] x, double[] cos, double[] sin) {
    int d = c.headDim();
    double[] y = new double[x.length];
    double[] bound = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      int head = i / d * d;
      int at = i % d;
      double other = at < d / 2 ? -x[head + at + d / 2] : x[head + at - d / 2];
      double straight = casts.store(casts.calc(x[i] * cos[i % cos.length]));
      double turned = casts.store(casts.calc(other * sin[i % sin.length]));
      y[i] = casts.store(casts.calc(straight + turned));
      bound[i] = 4 * U * (Math.abs(straight) + Math.abs(turned));
    }
    return put(stage, y, bound);
  }

  private double[] add(String stage, double[] a, double[] b) {
    double[] y = new double[a.length];
    double[] bound = new double[a.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = casts.store(casts.calc(a[i] + b[i]));
      bound[i] = U * Math.abs(y[i]);
    }
    return put(stage, y, bound);
  }

  /** The exponential of a double is good to one unit: four roundings and its error, doubled. */
  private double[] silu(String stage, double[] x) {
    double[] y = new double[x.length];
    double[] bound = new double[x.length];
    for (int i = 0; i < y.length; i++) {
      double divisor = casts.calc(1 + casts.calc(StrictMath.exp(-x[i])));
      y[i] = casts.store(casts.calc(x[i] / divisor));
      bound[i] = 12 * U * Math.abs(y[i]);
    }
    return put(stage, y, bound);
  }

  private double[] attention(
      String stage, double[] q, double[] k, double[] v, Optional<boolean[]> visibleKeys) {
    int d = c.headDim();
    int tokens = q.length / c.queryWidth();
    double[] y = new double[q.length];
    double[] bound = new double[q.length];
    NaiveSoftmax softmax = new NaiveSoftmax(casts, d);
    for (int head = 0; head < c.heads(); head++) {
      int kv = head / (c.heads() / c.kvHeads()) * tokens * d;
      for (int t = 0; t < tokens; t++) {
        double[] p = softmax.row(q, (head * tokens + t) * d, k, kv, tokens, t, visibleKeys);
        for (int i = 0; i < d; i++) {
          double sum = 0;
          double magnitude = 0;
          for (int j = 0; j < tokens; j++) {
            sum = casts.accumulate(p[j], v[kv + j * d + i], sum);
            magnitude += Math.abs(p[j] * v[kv + j * d + i]);
          }
          int at = t * c.queryWidth() + head * d + i;
          y[at] = casts.store(sum);
          bound[at] = (2 * softmax.scoreError() + (4 * tokens + 16) * U) * magnitude;
        }
      }
    }
    return put(stage, y, bound);
  }
}

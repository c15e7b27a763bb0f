package org.bitref.kernel.attention;

import org.bitref.functions.CudaMath;
import org.bitref.functions.Sfu;

/**
 * Attention in tiles of eight keys as loops over one query, values of four elements, float16 p and
 * output.
 *
 * @param inner what a score is multiplied by before its tangent is taken; 0 for scores as they are
 * @param scale of what the softmax takes
 * @param sink a logit; negative infinity for none
 */
record PlainTiles(float inner, float scale, float sink) {
  static final int D = 4;
  static final int TILE = 8;
  static final float HIDDEN = Float.NEGATIVE_INFINITY;
  private static final float LOG2_E = 0x1.715476p0f;

  static final String FLASH =
      "keys=8,order=backward,arg=raw,exp=exp2f,sum=quad(join=first,tree=butterfly),norm=cr";
  static final String EFFICIENT =
      "keys=8,order=forward,arg=scaled_twice,exp=exp2f,sum=warps(8),norm=cr";
  static final String EDGE = "keys=8,order=forward,arg=scaled_e,exp=ex2,sum=warps(8),norm=sfu";
  static final String CUDNN =
      "keys=8,order=forward,arg=scaled,exp=ex2,sum=quad(join=sum,tree=pair),norm=sfu";

  static PlainTiles of(double scale) {
    return new PlainTiles(0, (float) scale, HIDDEN);
  }

  PlainTiles withSoftcap(double cap) {
    return new PlainTiles(scale / (float) cap, (float) cap, sink);
  }

  PlainTiles withSink(double logit) {
    return new PlainTiles(inner, scale, (float) logit);
  }

  /**
   * A query's output.
   *
   * @param keys one of the recipes above
   * @param s its products with all keys, {@link #HIDDEN} for those that it does not see
   * @param v all values
   */
  float[] attend(String keys, float[] s, float[] v) {
    float[] scores = s.clone();
    for (int j = 0; j < s.length && inner > 0; j++) {
      scores[j] = s[j] == HIDDEN ? HIDDEN : (float) StrictMath.tanh(s[j] * inner);
    }
    return switch (keys) {
      case FLASH -> flash(scores, v);
      case EFFICIENT -> efficient(scores, v);
      case EDGE -> edge(scores, v);
      case CUDNN -> cudnn(scores, v);
      default -> throw new AssertionError(keys);
    };
  }

  private float c() {
    return (float) (scale * 1.4426950408889634);
  }

  private static float half(float x) {
    return Float.float16ToFloat(Float.floatToFloat16(x));
  }

  private static float max(float start, float[] s, int from) {
    float max = start;
    for (int j = from; j < Math.min(s.length, from + TILE); j++) {
      max = Math.max(max, s[j]);
    }
    return max;
  }

  /** O, under a new maximum, plus a tile's p · v. */
  private static void addValues(float[] o, float r, float[] p, float[] v, int from) {
    for (int i = 0; i < D; i++) {
      o[i] *= r;
      for (int j = from; j < Math.min(v.length / D, from + TILE); j++) {
        o[i] = Math.fma(half(p[j - from]), v[j * D + i], o[i]);
      }
    }
  }

  private float[] flash(float[] s, float[] v) {
    float c = c();
    float[] o = new float[D];
    float[] l = new float[4];
    float logit = sink / scale;
    float m = logit;
    for (int from = (s.length - 1) / TILE * TILE; from >= 0; from -= TILE) {
      float old = m;
      m = max(old, s, from);
      if (m == HIDDEN) {
        continue;
      }
      float r = old == HIDDEN ? 0 : CudaMath.exp2f((old - m) * c);
      float[] p = new float[TILE];
      for (int j = from; j < Math.min(s.length, from + TILE); j++) {
        p[j - from] = s[j] == HIDDEN ? 0 : CudaMath.exp2f(s[j] * c - m * c);
      }
      for (int t = 0; t < 4; t++) {
        l[t] = Math.fma(l[t], r, p[2 * t]) + p[2 * t + 1];
      }
      addValues(o, r, p, v, from);
    }
    float sum = (l[0] + l[2]) + (l[1] + l[3]);
    sum += sink == HIDDEN ? 0 : CudaMath.exp2f(logit * c - m * c);
    return scaled(o, sum == 0 ? 0 : 1 / sum);
  }

  private float[] efficient(float[] s, float[] v) {
    for (int j = 0; j < s.length; j++) {
      s[j] = s[j] * scale * LOG2_E;
    }
    float[] o = new float[D];
    float l = oneSum(s, v, o, sink * LOG2_E, CudaMath::exp2f);
    return scaled(o, l == 0 ? 0 : 1 / l);
  }

  private float[] edge(float[] s, float[] v) {
    for (int j = 0; j < s.length; j++) {
      s[j] = s[j] * scale;
    }
    float[] o = new float[D];
    float l = oneSum(s, v, o, sink, x -> Sfu.ex2(x * LOG2_E));
    return scaled(o, l == 0 ? 0 : Sfu.rcp(l));
  }

  private interface Power {
    float of(float x);
  }

  /** The sum of a row's exponentials; their products with the values go into {@code o}. */
  private static float oneSum(float[] s, float[] v, float[] o, float logit, Power power) {
    float l = 0;
    float m = logit;
    for (int from = 0; from < s.length; from += TILE) {
      float old = m;
      m = max(old, s, from);
      if (m == HIDDEN) {
        continue;
      }
      float r = old < m ? power.of(old - m) : 1;
      float[] p = new float[TILE];
      for (int j = from; j < Math.min(s.length, from + TILE); j++) {
        p[j - from] = s[j] == HIDDEN ? 0 : power.of(s[j] - m);
      }
      l = l * r + (((p[0] + p[1]) + (p[2] + p[3])) + ((p[4] + p[5]) + (p[6] + p[7])));
      addValues(o, r, p, v, from);
    }
    return logit == HIDDEN ? l : l + power.of(logit - m);
  }

  private float[] cudnn(float[] s, float[] v) {
    float[] scores = s.clone();
    for (int j = 0; j < s.length; j++) {
      scores[j] = s[j] * c();
    }
    float[] o = new float[D];
    float[] l = new float[4];
    float logit = sink * LOG2_E;
    float m = logit;
    for (int from = 0; from < s.length; from += TILE) {
      float old = m;
      m = max(old, scores, from);
      if (m == HIDDEN) {
        continue;
      }
      float r = Sfu.ex2(old - m);
      float[] p = new float[TILE];
      for (int j = from; j < Math.min(s.length, from + TILE); j++) {
        p[j - from] = scores[j] == HIDDEN ? 0 : Sfu.ex2(scores[j] - m);
      }
      for (int t = 0; t < 4; t++) {
        l[t] = Math.fma(r, l[t], p[2 * t] + p[2 * t + 1]);
      }
      addValues(o, r, p, v, from);
    }
    float sum = (l[0] + l[1]) + (l[2] + l[3]);
    sum += sink == HIDDEN ? 0 : Sfu.ex2(logit - m);
    return scaled(o, sum == 0 ? 0 : Sfu.rcp(sum));
  }

  private static float[] scaled(float[] o, float factor) {
    for (int i = 0; i < D; i++) {
      o[i] = half(o[i] * factor);
    }
    return o;
  }
}

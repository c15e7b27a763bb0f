package org.bitref.kernel.stage;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import org.bitref.kernel.GemmKernel;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Kernels;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.recipe.AttentionRecipe.Scale;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Causal attention with grouped keys and values, as {@link AttentionRecipe} words it. */
public final class AttentionKernel {
  private static final int QUERIES_PER_PIECE = 64;

  private final AttentionRecipe recipe;
  private final GemmKernel qk;
  private final GemmKernel pv;
  private final SoftmaxKernel softmax;
  private final DoubleUnaryOperator calc;
  private final DoubleUnaryOperator score;
  private final DoubleUnaryOperator factor;
  private final double masked;

  /** A kernel for any geometry. */
  public AttentionKernel(AttentionRecipe recipe) {
    this.recipe = recipe;
    this.qk = Kernels.gemm(recipe.qk());
    this.pv = Kernels.gemm(recipe.pv());
    this.calc = Arithmetic.rounding(recipe.softmax().calc());
    this.factor = Arithmetic.rounding(recipe.factor());
    this.score = Arithmetic.rounding(recipe.score());
    this.softmax = new SoftmaxKernel(recipe.softmax());
    this.masked = -recipe.score().maxFinite();
  }

  /**
   * Attends from the last S of T positions; a query sees the keys up to its own position.
   *
   * @param q [B, heads, S, D]
   * @param k [B, kv heads, T, D]; query head h reads head h / (heads / kv heads)
   * @param v [B, kv heads, T, D]
   * @param visible [B * T], false for padding; empty if every key counts
   * @param chunk queries that are handed in at a time: they see only the keys up to their chunk's
   *     end, so rows of the softmax are shorter; S for all at once
   * @return [B, S, heads * D]
   */
  public Tensor run(
      Tensor q, Tensor k, Tensor v, Optional<boolean[]> visible, int chunk, Workers workers) {
    Geometry g = Geometry.of(q, k, chunk);
    Tensor scaledQ = scaled(q, g.scale(recipe.scale() != Scale.SCORE, recipe.scale()));
    Tensor scaledK = scaled(k, g.scale(recipe.scale() == Scale.SQRT, recipe.scale()));
    KvHead[] kvHeads = new KvHead[g.batch * g.kvHeads];
    workers.forEach(
        kvHeads.length,
        1,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            Shape shape = Shape.of(g.keys, g.d);
            long at = (long) i * g.keys * g.d;
            kvHeads[i] = KvHead.of(scaledK.slice(at, shape), v.slice(at, shape));
          }
        });
    TensorBuilder out =
        new TensorBuilder(
            DType.of(recipe.output()), Shape.of(g.batch, g.queries, (long) g.heads * g.d));
    int pieces = (g.queries + QUERIES_PER_PIECE - 1) / QUERIES_PER_PIECE;
    try (Workers alone = new Workers(1)) {
      workers.forEach(
          g.batch * g.heads * pieces,
          1,
          (from, to) -> {
            for (int i = from; i < to; i++) {
              int first = i % pieces * QUERIES_PER_PIECE;
              int last = Math.min(first + QUERIES_PER_PIECE, g.queries);
              while (first < last) {
                Span span = new Span(g, i / pieces, first, Math.min(last, g.chunkEnd(first)));
                block(span, scaledQ, kvHeads, visible, out, alone);
                first = span.end;
              }
            }
          });
    }
    return out.build();
  }

  /** Every element times a factor, rounded as scores are; the tensor itself for 1. */
  private Tensor scaled(Tensor tensor, double scale) {
    if (scale == 1) {
      return tensor;
    }
    double rounded = factor.applyAsDouble(scale);
    TensorBuilder out = new TensorBuilder(DType.of(recipe.score()), tensor.shape());
    for (long i = 0; i < tensor.elements(); i++) {
      out.set(i, score.applyAsDouble(calc.applyAsDouble(tensor.get(i) * rounded)));
    }
    return out.build();
  }

  /** Sizes of one call. */
  private record Geometry(
      int batch, int heads, int kvHeads, int queries, int keys, int d, int chunk) {
    static Geometry of(Tensor q, Tensor k, int chunk) {
      return new Geometry(
          q.shape().intDim(0),
          q.shape().intDim(1),
          k.shape().intDim(1),
          q.shape().intDim(2),
          k.shape().intDim(2),
          q.shape().intDim(3),
          chunk);
    }

    /** The factor of one place where a scale may stand. */
    double scale(boolean here, Scale scale) {
      double whole = 1 / Math.sqrt(d);
      return !here ? 1 : scale == Scale.SQRT ? Math.sqrt(whole) : whole;
    }

    int chunkEnd(int query) {
      return Math.min(queries, (query / chunk + 1) * chunk);
    }
  }

  /** Queries [first, end) of one head, all of one chunk. */
  private record Span(Geometry g, int batchHead, int first, int end) {
    int rows() {
      return end - first;
    }

    /** How many keys the chunk's rows have. */
    int keys() {
      return g.keys - g.queries + g.chunkEnd(first);
    }

    /** Rows of the matrix that one softmax takes: the chunk's of all heads. */
    long matrixRows() {
      return (long) g.batch * g.heads * chunkRows();
    }

    /** Where in that matrix a row of the span lies. */
    long matrixRow(int r) {
      return (long) batchHead * chunkRows() + first % g.chunk + r;
    }

    private int chunkRows() {
      return g.chunkEnd(first) - first / g.chunk * g.chunk;
    }

    /** The last key that a row may see. */
    int lastSeen(int r) {
      return g.keys - g.queries + first + r;
    }
  }

  /**
   * A head of keys and values.
   *
   * @param k [T, D]
   * @param v [D, T]
   * @param largestKey its magnitude
   * @param finite true if all values are
   */
  private record KvHead(Tensor k, Tensor v, double largestKey, boolean finite) {
    static KvHead of(Tensor k, Tensor v) {
      boolean finite = Unseen.largest(v) <= Double.MAX_VALUE;
      return new KvHead(k, transpose(v), Unseen.largest(k), finite);
    }
  }

  private static Tensor transpose(Tensor v) {
    int keys = v.shape().intDim(0);
    int d = v.shape().intDim(1);
    double[] row = new double[d];
    TensorBuilder out = new TensorBuilder(v.dtype(), Shape.of(d, keys));
    for (int t = 0; t < keys; t++) {
      v.read((long) t * d, row, 0, d);
      for (int i = 0; i < d; i++) {
        out.set((long) i * keys + t, row[i]);
      }
    }
    return out.build();
  }

  private void block(
      Span span,
      Tensor q,
      KvHead[] kvHeads,
      Optional<boolean[]> visible,
      TensorBuilder out,
      Workers alone) {
    Geometry g = span.g;
    int b = span.batchHead / g.heads;
    int head = span.batchHead % g.heads;
    KvHead kv = kvHeads[b * g.kvHeads + head / (g.heads / g.kvHeads)];
    long from = ((long) span.batchHead * g.queries + span.first) * g.d;
    Tensor queries = q.slice(from, Shape.of(span.rows(), g.d));
    int seen = visible.isEmpty() ? seen(span, queries, kv) : span.keys();
    Tensor scores =
        qk.multiply(queries, kv.k.slice(0, Shape.of(seen, g.d)), GemmOperands.NONE, alone);
    int weighed = Unseen.termsAreFree(recipe.pv()) && kv.finite ? seen : span.keys();
    Tensor p =
        probabilities(scores, weighed, span, visible.map(mask -> new Mask(mask, b * g.keys)));
    Tensor attended = pv.multiply(p, columns(kv.v, weighed), GemmOperands.NONE, alone);
    for (int r = 0; r < span.rows(); r++) {
      long at = (((long) b * g.queries + span.first + r) * g.heads + head) * g.d;
      out.copy(at, attended, (long) r * g.d, g.d);
    }
  }

  /** How many keys have to be looked at: without those after the last query, if that is certain. */
  private int seen(Span span, Tensor queries, KvHead kv) {
    Geometry g = span.g;
    int few = span.lastSeen(span.rows() - 1) + 1;
    double most = Unseen.largest(queries) * kv.largestKey * g.d;
    double scale = g.scale(recipe.scale() == Scale.SCORE, recipe.scale());
    boolean overflows = most > recipe.qk().output().maxFinite() / 2;
    boolean vanish = !overflows && Unseen.vanish(most * scale, masked);
    boolean free = Unseen.columnsAreFree(recipe.qk(), g.d, span.keys(), few);
    return vanish && free ? few : span.keys();
  }

  /** The first {@code n} columns; the tensor itself if it has no more. */
  private static Tensor columns(Tensor matrix, int n) {
    int rows = matrix.shape().intDim(0);
    int width = matrix.shape().intDim(1);
    if (n == width) {
      return matrix;
    }
    TensorBuilder part = new TensorBuilder(matrix.dtype(), Shape.of(rows, n));
    for (int r = 0; r < rows; r++) {
      part.copy((long) r * n, matrix, (long) r * width, n);
    }
    return part.build();
  }

  /** Which keys of a sequence may be seen: {@code visible[from + key]}. */
  private record Mask(boolean[] visible, int from) {
    boolean hides(int key) {
      return !visible[from + key];
    }
  }

  /**
   * @param scores of the keys that are not hidden from all rows
   * @param weighed how many keys the result has
   */
  private Tensor probabilities(Tensor scores, int weighed, Span span, Optional<Mask> mask) {
    int rows = scores.shape().intDim(0);
    int seen = scores.shape().intDim(1);
    int keys = span.keys();
    double scale =
        factor.applyAsDouble(span.g.scale(recipe.scale() == Scale.SCORE, recipe.scale()));
    RowSum sum = softmax.sum(span.matrixRows());
    TensorBuilder p =
        new TensorBuilder(DType.of(recipe.softmax().output()), Shape.of(rows, weighed));
    double[] row = new double[keys];
    for (int r = 0; r < rows; r++) {
      scores.read((long) r * seen, row, 0, seen);
      Arrays.fill(row, seen, keys, Double.NEGATIVE_INFINITY);
      for (int j = 0; j < seen; j++) {
        row[j] *= scale;
      }
      round(row, seen);
      int lastSeen = span.lastSeen(r);
      for (int j = 0; j < seen; j++) {
        boolean hidden = j > lastSeen || (mask.isPresent() && mask.get().hides(j));
        row[j] += hidden ? masked : 0;
      }
      round(row, seen);
      softmax.apply(row, keys, seen, sum, span.matrixRow(r));
      for (int j = 0; j < weighed; j++) {
        p.set((long) r * weighed + j, row[j]);
      }
    }
    return p.build();
  }

  private void round(double[] row, int n) {
    Arithmetic.round(recipe.softmax().calc(), row, n);
    if (recipe.score() != recipe.softmax().calc()) {
      Arithmetic.round(recipe.score(), row, n);
    }
  }

  /** The format of the result. */
  public Format output() {
    return recipe.output();
  }
}

package org.bitref.kernel.attention;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import org.bitref.kernel.GemmKernel.RightFactor;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.kernel.spec.Arithmetic;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.recipe.AttentionRecipe.Scale;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Attention with grouped keys and values, as {@link AttentionRecipe} words it. */
public final class AttentionKernel {
  /**
   * Rows of the products that one thread does at a time: the more, the less often keys and values
   * are packed, and the more keys are looked at that only the last of these queries see.
   */
  static final int ROWS_PER_PIECE = 384;

  private final AttentionRecipe recipe;
  private final AttentionWeights weights;
  private final DoubleUnaryOperator calc;
  private final DoubleUnaryOperator score;
  private final DoubleUnaryOperator factor;
  private final double masked;

  /** A kernel for any geometry. */
  public AttentionKernel(AttentionRecipe recipe) {
    this.recipe = recipe;
    this.calc = Arithmetic.rounding(recipe.softmax().calc());
    this.factor = Arithmetic.rounding(recipe.factor());
    this.score = Arithmetic.rounding(recipe.score());
    this.weights = new AttentionWeights(recipe);
    this.masked = -recipe.score().maxFinite();
  }

  /**
   * Attends from the last S of T positions.
   *
   * @param q [B, heads, S, D]
   * @param k [B, kv heads, T, D]; query head h reads head h / (heads / kv heads)
   * @param v [B, kv heads, T, D]
   * @param function which keys a query sees and what its scores are; one sink for each head, or
   *     none
   * @param visible [B * T], false for padding; empty if every key counts
   * @param chunk queries that are handed in at a time: they see only the keys up to their chunk's
   *     end, so rows of the softmax are shorter; S for all at once
   * @return [B, S, heads * D]
   */
  public Tensor run(
      Tensor q,
      Tensor k,
      Tensor v,
      AttentionFunction function,
      Optional<boolean[]> visible,
      int chunk,
      Workers workers) {
    AttentionPiece.Sizes sizes = AttentionPiece.Sizes.of(q, k, function, chunk);
    Tensor scaledQ = scaled(q, sizes.scale(recipe.scale() != Scale.SCORE, recipe.scale()));
    Tensor scaledK = scaled(k, sizes.scale(recipe.scale() == Scale.SQRT, recipe.scale()));
    Map<Products, KvHead[]> kvHeads = new HashMap<>();
    for (int first = 0; first < sizes.queries(); first = sizes.chunkEnd(first)) {
      kvHeads.computeIfAbsent(
          Products.of(recipe, sizes.keysOf(first)),
          products -> kvHeads(products, sizes, scaledK, v, workers));
    }
    TensorBuilder out =
        new TensorBuilder(
            DType.of(recipe.output()),
            Shape.of(sizes.batch(), sizes.queries(), (long) sizes.heads() * sizes.d()));
    int queries = Math.max(1, ROWS_PER_PIECE / sizes.group());
    int pieces = Math.ceilDiv(sizes.queries(), queries);
    try (Workers alone = new Workers(1)) {
      workers.forEach(
          sizes.batch() * sizes.kvHeads() * pieces,
          1,
          (i, _) -> {
            // The last ones take longest.
            int first = (pieces - 1 - i % pieces) * queries;
            int last = Math.min(first + queries, sizes.queries());
            while (first < last) {
              int end = Math.min(last, sizes.chunkEnd(first));
              AttentionPiece piece = new AttentionPiece(sizes, i / pieces, first, end);
              KvHead kv = kvHeads.get(Products.of(recipe, piece.keys()))[i / pieces];
              attend(piece, scaledQ, kv, visible, out, alone);
              first = end;
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

  /** The two products over so many keys. */
  private record Products(GemmRecipe qk, GemmRecipe pv) {
    static Products of(AttentionRecipe recipe, int keys) {
      return new Products(recipe.qk().of(keys), recipe.pv().of(keys));
    }
  }

  /** All heads of all sequences. */
  private static KvHead[] kvHeads(
      Products products, AttentionPiece.Sizes sizes, Tensor k, Tensor v, Workers workers) {
    KvHead[] heads = new KvHead[sizes.batch() * sizes.kvHeads()];
    try (Workers alone = new Workers(1)) {
      workers.forEach(
          heads.length,
          1,
          (i, _) -> {
            Shape shape = Shape.of(sizes.keys(), sizes.d());
            long at = (long) i * sizes.keys() * sizes.d();
            heads[i] = kvHead(products, k.slice(at, shape), v.slice(at, shape), alone);
          });
    }
    return heads;
  }

  /**
   * A head of keys and values.
   *
   * @param products what it is for
   * @param k [T, D]
   * @param v [D, T]
   * @param readyK the same for products
   * @param readyV the same for products
   * @param largestKey its magnitude
   * @param finite true if all values are
   */
  private record KvHead(
      Products products,
      Tensor k,
      Tensor v,
      RightFactor readyK,
      RightFactor readyV,
      double largestKey,
      boolean finite) {}

  private static KvHead kvHead(Products products, Tensor k, Tensor v, Workers alone) {
    Tensor columns = transpose(v);
    boolean finite = MaskedKeys.largest(v) <= Double.MAX_VALUE;
    return new KvHead(
        products,
        k,
        columns,
        Kernels.gemm(products.qk).ready(k, alone),
        Kernels.gemm(products.pv).ready(columns, alone),
        MaskedKeys.largest(k),
        finite);
  }

  private static Tensor transpose(Tensor v) {
    int keys = v.shape().intDim(0);
    int d = v.shape().intDim(1);
    TensorBuilder out = new TensorBuilder(v.dtype(), Shape.of(d, keys));
    for (int i = 0; i < d; i++) {
      for (int t = 0; t < keys; t++) {
        out.setBits((long) i * keys + t, v.bits((long) t * d + i));
      }
    }
    return out.build();
  }

  private void attend(
      AttentionPiece piece,
      Tensor q,
      KvHead kv,
      Optional<boolean[]> visible,
      TensorBuilder out,
      Workers alone) {
    AttentionPiece.Sizes sizes = piece.sizes();
    Tensor queries = queries(piece, q);
    int seen = visible.isEmpty() ? seen(piece, queries, kv) : piece.keys();
    Tensor keys = kv.k.slice(0, Shape.of(seen, sizes.d()));
    Tensor scores = kv.readyK.multiply(queries, keys, alone);
    int weighed = kv.finite ? MaskedKeys.terms(kv.products.pv, seen, piece.keys()) : piece.keys();
    Tensor p = weights.of(scores, weighed, piece, visible);
    Tensor attended = kv.readyV.multiply(p, columns(kv.v, weighed), alone);
    for (int i = 0; i < sizes.group(); i++) {
      for (int t = 0; t < piece.queries(); t++) {
        long query = (long) piece.batch() * sizes.queries() + piece.first() + t;
        long from = ((long) i * piece.queries() + t) * sizes.d();
        out.copy((query * sizes.heads() + piece.head(i)) * sizes.d(), attended, from, sizes.d());
      }
    }
  }

  /** The piece's queries, [rows, D]. */
  private static Tensor queries(AttentionPiece piece, Tensor q) {
    AttentionPiece.Sizes sizes = piece.sizes();
    TensorBuilder rows = new TensorBuilder(q.dtype(), Shape.of(piece.rows(), sizes.d()));
    long size = (long) piece.queries() * sizes.d();
    for (int i = 0; i < sizes.group(); i++) {
      long head = (long) piece.batch() * sizes.heads() + piece.head(i);
      rows.copy(i * size, q, (head * sizes.queries() + piece.first()) * sizes.d(), size);
    }
    return rows.build();
  }

  /** How many keys have to be looked at: without those after the last query, if that is certain. */
  private int seen(AttentionPiece piece, Tensor queries, KvHead kv) {
    AttentionPiece.Sizes sizes = piece.sizes();
    int few = piece.lastSeen() + 1;
    double most = MaskedKeys.largest(queries) * kv.largestKey * sizes.d();
    double scale = sizes.scale(recipe.scale() == Scale.SCORE, recipe.scale());
    boolean overflows = most > kv.products.qk.output().maxFinite() / 2;
    boolean vanish = !overflows && MaskedKeys.vanish(most * scale, masked);
    boolean free = MaskedKeys.columnsAreFree(kv.products.qk, sizes.d(), piece.keys(), few);
    return vanish && free ? few : piece.keys();
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
}

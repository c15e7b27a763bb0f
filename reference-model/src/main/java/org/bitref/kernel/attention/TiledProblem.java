package org.bitref.kernel.attention;

import org.bitref.recipe.ChunkOrder;
import org.bitref.recipe.TiledAttentionRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * One call of a tiled attention kernel: operands, and how they are cut.
 *
 * @param first the first query of [first, end), all of which are attended from
 * @param seen keys that exist for this call
 * @param order in which a product takes its terms
 * @param tile keys of a tile
 * @param splits ranges of tiles
 */
record TiledProblem(
    Tensor q,
    Tensor k,
    Tensor v,
    ChunkOrder order,
    int first,
    int end,
    int seen,
    int tile,
    int splits) {
  private static final int QUERIES = 64;

  static TiledProblem of(
      TiledAttentionRecipe recipe, Tensor q, Tensor k, Tensor v, int first, int end) {
    int seen = k.shape().intDim(2) - q.shape().intDim(2) + end;
    int blocks = q.shape().intDim(0) * q.shape().intDim(1) * Math.ceilDiv(end - first, QUERIES);
    int splits = recipe.splits().count(blocks, seen);
    int tile = splits == 1 ? recipe.keys() : recipe.splits().tile(recipe.keys());
    return new TiledProblem(q, k, v, recipe.depth(), first, end, seen, tile, splits);
  }

  int d() {
    return q.shape().intDim(3);
  }

  int tiles() {
    return Math.ceilDiv(seen, tile);
  }

  /** Blocks of queries of one head. */
  int blocks() {
    return Math.ceilDiv(end - first, QUERIES);
  }

  int firstQuery(int block) {
    return first + block * QUERIES;
  }

  int rows(int block) {
    return Math.min(QUERIES, end - firstQuery(block));
  }

  /** Heads of all sequences. */
  int matrices() {
    return q.shape().intDim(0) * heads();
  }

  /** Heads of keys and values of all sequences. */
  int kvMatrices() {
    return k.shape().intDim(0) * kvHeads();
  }

  int kvMatrix(int matrix) {
    return matrix / heads() * kvHeads() + matrix % heads() / (heads() / kvHeads());
  }

  /** The query head that a matrix is of. */
  int head(int matrix) {
    return matrix % heads();
  }

  private int heads() {
    return q.shape().intDim(1);
  }

  private int kvHeads() {
    return k.shape().intDim(1);
  }

  private int allKeys() {
    return k.shape().intDim(2);
  }

  /** Where a query lies among the keys. */
  int position(int query) {
    return allKeys() - q.shape().intDim(2) + query;
  }

  /** Where the padding of a head's sequence begins. */
  int padding(int matrix) {
    return matrix / heads() * allKeys();
  }

  /** Queries for the products with keys of a tile. */
  Tensor queries(int matrix, int block, int tile) {
    long at = (long) matrix * q.shape().intDim(2) + firstQuery(block);
    return ordered(q.slice(at * d(), Shape.of(rows(block), d())), tile);
  }

  /** The columns in the order in which a product takes them. */
  private Tensor ordered(Tensor rows, int tile) {
    if (order.equals(ChunkOrder.ASCENDING)) {
      return rows;
    }
    int[] columns = order.order(tile, d());
    TensorBuilder out = new TensorBuilder(rows.dtype(), rows.shape());
    for (long at = 0; at < rows.elements(); at += columns.length) {
      for (int i = 0; i < columns.length; i++) {
        out.set(at + i, rows.get(at + columns[i]));
      }
    }
    return out.build();
  }

  private int width(int index) {
    return Math.min(tile, seen - index * tile);
  }

  /** A tile's keys, [n, d]. */
  Tensor keys(int kvMatrix, int index) {
    long at = (long) kvMatrix * allKeys() + (long) index * tile;
    return ordered(k.slice(at * d(), Shape.of(width(index), d())), index);
  }

  /** A tile's values, [d, n]. */
  Tensor values(int kvMatrix, int index) {
    int n = width(index);
    int d = d();
    long at = ((long) kvMatrix * allKeys() + (long) index * tile) * d;
    TensorBuilder out = new TensorBuilder(v.dtype(), Shape.of(d, n));
    for (int i = 0; i < n * d; i++) {
      out.set((long) (i % d) * n + i / d, v.get(at + i));
    }
    return out.build();
  }

  /** Where a query's result begins in [B, S, heads * D]. */
  long outputAt(int matrix, int query) {
    long row = (long) (matrix / heads()) * q.shape().intDim(2) + query;
    return (row * heads() + matrix % heads()) * d();
  }
}

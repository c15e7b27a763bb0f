package org.bitref.kernel.attention;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bitref.kernel.GemmKernel;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.recipe.KeySplits;
import org.bitref.recipe.TiledAttentionRecipe;
import org.bitref.recipe.TiledAttentionRecipe.Order;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Attention with grouped keys and values in tiles, as {@link TiledAttentionRecipe} words it. */
public final class TiledAttentionKernel {
  private final TiledAttentionRecipe recipe;
  private final GemmKernel qk;
  private final GemmKernel pv;

  /** A kernel for any geometry. */
  public TiledAttentionKernel(TiledAttentionRecipe recipe) {
    this.recipe = recipe;
    this.qk = Kernels.gemm(recipe.qk());
    this.pv = Kernels.gemm(recipe.pv());
  }

  /**
   * Which keys a query may see.
   *
   * @param padding [B * T], false for padding; empty if every key counts
   */
  private record Mask(AttentionFunction function, Optional<boolean[]> padding) {
    /**
     * True if a query may not see a key.
     *
     * @param sequence where the padding of its sequence begins
     */
    boolean hides(int query, int key, int sequence) {
      return function.hides(query, key) || (padding.isPresent() && !padding.get()[sequence + key]);
    }

    /** True where a window hides a key: libraries are given a tensor that says which. */
    boolean isTensor(TiledProblem problem) {
      return function.window().orElse(Integer.MAX_VALUE) <= problem.seen();
    }

    /** True if no query from {@code first} to {@code last} may see a key of [from, to). */
    boolean hidesAll(int first, int last, int from, int to) {
      return to <= function.firstKey(first) || (function.causal() && from > last);
    }
  }

  /**
   * Attends from the last S of T positions.
   *
   * @param q [B, heads, S, D]
   * @param k [B, kv heads, T, D]; query head h reads head h / (heads / kv heads)
   * @param v [B, kv heads, T, D]
   * @param function which keys a query sees and what its scores are; one sink for each head, or
   *     none. Tiles that no query of a block sees are skipped.
   * @param visible [B * T], false for padding; empty if every key counts
   * @param chunk queries that are handed in at a time: a kernel of its own, which knows only the
   *     keys up to the chunk's end; S for all at once
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
    int queries = q.shape().intDim(2);
    long width = (long) q.shape().intDim(1) * q.shape().intDim(3);
    TensorBuilder out =
        new TensorBuilder(DType.of(recipe.output()), Shape.of(q.shape().dim(0), queries, width));
    for (int first = 0; first < queries; first += chunk) {
      int end = (int) Math.min(queries, (long) first + chunk);
      TiledProblem problem = TiledProblem.of(recipe, q, k, v, first, end);
      attend(problem, new Mask(function, visible), out, workers);
    }
    return out.build();
  }

  private void attend(TiledProblem problem, Mask mask, TensorBuilder out, Workers workers) {
    int tiles = problem.tiles();
    Tensor[] values = new Tensor[problem.kvMatrices() * tiles];
    workers.forEach(
        values.length,
        1,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            values[i] = problem.values(i / tiles, i % tiles);
          }
        });
    int blocks = problem.blocks();
    try (Workers alone = new Workers(1)) {
      workers.forEach(
          problem.matrices() * blocks,
          1,
          (from, to) -> {
            for (int i = from; i < to; i++) {
              attend(problem, mask, values, i / blocks, i % blocks, out, alone);
            }
          });
    }
  }

  /** A block of queries of one head; {@code values} are all tiles of all heads. */
  private void attend(
      TiledProblem problem,
      Mask mask,
      Tensor[] values,
      int matrix,
      int block,
      TensorBuilder out,
      Workers alone) {
    int d = problem.d();
    int first = problem.firstQuery(block);
    AttentionFunction function = mask.function();
    TileExponent exponent = TileExponent.of(recipe, function, mask.isTensor(problem));
    List<TileState> ranges = new ArrayList<>();
    for (int split = 0; split < problem.splits(); split++) {
      int[] tiles = recipe.splits().tiles(split, problem.splits(), problem.tiles());
      // A sink counts once.
      double sink = split == 0 ? function.sink(problem.head(matrix)) : Double.NEGATIVE_INFINITY;
      int rows = problem.rows(block);
      TileState state = new TileState(recipe, exponent, sink, rows, d, problem.tile());
      for (int i = 0; i < tiles.length; i++) {
        int tile = tiles[recipe.order() == Order.FORWARD ? i : tiles.length - 1 - i];
        take(state, tile, problem, mask, values, matrix, block, alone);
      }
      ranges.add(state);
    }
    float[] o = joined(ranges, problem.rows(block), d);
    for (int i = 0; i < o.length; i++) {
      out.set(problem.outputAt(matrix, first + i / d) + i % d, o[i]);
    }
  }

  private float[] joined(List<TileState> ranges, int rows, int d) {
    if (ranges.size() == 1) {
      return ranges.getFirst().normalised();
    }
    return recipe.splits() instanceof KeySplits.Dealt
        ? RangeMerge.of(ranges, rows, d)
        : SplitCombine.of(ranges, rows, d);
  }

  private void take(
      TileState state,
      int tile,
      TiledProblem problem,
      Mask mask,
      Tensor[] values,
      int matrix,
      int block,
      Workers alone) {
    int first = problem.firstQuery(block);
    int last = first + problem.rows(block) - 1;
    int key = tile * problem.tile();
    int end = key + problem.tile();
    if (mask.hidesAll(problem.position(first), problem.position(last), key, end)) {
      return;
    }
    int kv = problem.kvMatrix(matrix);
    Tensor queries = problem.queries(matrix, block, tile);
    Tensor scores = qk.multiply(queries, problem.keys(kv, tile), GemmOperands.NONE, alone);
    state.add(
        scores,
        (row, column) ->
            mask.hides(problem.position(first + row), key + column, problem.padding(matrix)),
        values[kv * problem.tiles() + tile],
        pv,
        alone);
  }
}

package org.bitref.kernel.attention;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bitref.kernel.GemmKernel;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.numerics.Format;
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
   * @param causal true if none after its own position
   * @param padding [B * T], false for padding; empty if every key counts
   */
  public record Mask(boolean causal, Optional<boolean[]> padding) {
    /** Keys up to the query's own position. */
    public static final Mask CAUSAL = new Mask(true, Optional.empty());

    /** All keys. */
    public static final Mask FULL = new Mask(false, Optional.empty());
  }

  /**
   * Attends from the last S of T positions.
   *
   * @param q [B, heads, S, D]
   * @param k [B, kv heads, T, D]; query head h reads head h / (heads / kv heads)
   * @param v [B, kv heads, T, D]
   * @param chunk queries that are handed in at a time: a kernel of its own, which knows only the
   *     keys up to the chunk's end; S for all at once
   * @return [B, S, heads * D]
   */
  public Tensor run(Tensor q, Tensor k, Tensor v, Mask mask, int chunk, Workers workers) {
    int queries = q.shape().intDim(2);
    long width = (long) q.shape().intDim(1) * q.shape().intDim(3);
    TensorBuilder out =
        new TensorBuilder(DType.of(recipe.output()), Shape.of(q.shape().dim(0), queries, width));
    for (int first = 0; first < queries; first += chunk) {
      int end = (int) Math.min(queries, (long) first + chunk);
      TiledProblem problem = TiledProblem.of(recipe, q, k, v, first, end);
      attend(problem, mask, out, workers);
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
              new Block(problem, i / blocks, i % blocks, mask, values, alone).run(out);
            }
          });
    }
  }

  /** Some queries of one head. */
  private final class Block {
    private final TiledProblem problem;
    private final int matrix;
    private final int first;
    private final int rows;
    private final int block;
    private final Mask mask;
    private final Tensor[] values;
    private final Workers alone;

    Block(TiledProblem problem, int matrix, int block, Mask mask, Tensor[] values, Workers alone) {
      this.problem = problem;
      this.matrix = matrix;
      this.first = problem.firstQuery(block);
      this.rows = problem.rows(block);
      this.block = block;
      this.mask = mask;
      this.values = values;
      this.alone = alone;
    }

    void run(TensorBuilder out) {
      int d = problem.d();
      int perSplit = Math.ceilDiv(problem.tiles(), problem.splits());
      List<TileState> ranges = new ArrayList<>();
      for (int split = 0; split < problem.splits(); split++) {
        int from = Math.min(problem.tiles(), split * perSplit);
        ranges.add(range(from, Math.min(problem.tiles(), from + perSplit)));
      }
      float[] o =
          ranges.size() == 1 ? ranges.getFirst().normalised() : SplitCombine.of(ranges, rows, d);
      for (int i = 0; i < o.length; i++) {
        out.set(problem.outputAt(matrix, first + i / d) + i % d, o[i]);
      }
    }

    private TileState range(int from, int end) {
      TileState state = new TileState(recipe, rows, problem.d(), problem.tile());
      for (int i = 0; i < end - from; i++) {
        int tile = recipe.order() == Order.FORWARD ? from + i : end - 1 - i;
        if (!mask.causal() || tile * problem.tile() <= problem.position(first + rows - 1)) {
          int kv = problem.kvMatrix(matrix);
          Tensor queries = problem.queries(matrix, block, tile);
          Tensor scores = qk.multiply(queries, problem.keys(kv, tile), GemmOperands.NONE, alone);
          int key = tile * problem.tile();
          state.add(
              scores,
              (row, column) -> hidden(first + row, key + column),
              values[kv * problem.tiles() + tile],
              pv,
              alone);
        }
      }
      return state;
    }

    private boolean hidden(int query, int key) {
      return (mask.causal() && key > problem.position(query))
          || (mask.padding().isPresent() && !mask.padding().get()[problem.padding(matrix) + key]);
    }
  }

  /** The format of the result. */
  public Format output() {
    return recipe.output();
  }
}

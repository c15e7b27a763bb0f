package org.bitref.kernel;

import java.util.List;
import org.bitref.numerics.Format;
import org.bitref.recipe.Epilogue;

/**
 * A block of outputs of one product, rows [firstRow, ...) and columns [from, to), by one thread.
 */
final class Block {
  private final Problem problem;
  private final Microkernel kernel;
  private final KPlan plan;
  private final PackedRows a;
  private final PackedColumns w;
  private final int firstRow;
  private final int from;
  private final int to;
  private final int stride;

  Block(
      Problem problem,
      Microkernel kernel,
      KPlan plan,
      PackedRows a,
      int firstRow,
      int from,
      int to) {
    this.problem = problem;
    this.kernel = kernel;
    this.plan = plan;
    this.a = a;
    this.firstRow = firstRow;
    this.from = from;
    this.to = to;
    this.w = new PackedColumns(problem, kernel, from, to, BlockedGemm.DEPTH);
    this.stride = w.panels() * kernel.columns();
  }

  void run(OutputWriter out) {
    float[][] sums = new float[plan.slices().size()][];
    for (int slice = 0; slice < sums.length; slice++) {
      sums[slice] = slice(plan.slices().get(slice), slice == 0);
    }
    store(combined(sums), out);
  }

  private float[] slice(List<Run> runs, boolean first) {
    RunMerge merge = RunMerge.of(problem.recipe(), problem.operands().alpha());
    boolean initial = first && problem.hasInitial();
    float[] main = initial ? initial() : zeros();
    int next = 0;
    if (!merge.startsWithC()) {
      accumulate(runs.get(next++), main);
    }
    for (; next < runs.size(); next++) {
      float[] sum = zeros();
      accumulate(runs.get(next), sum);
      for (int i = 0; i < main.length; i++) {
        main[i] = (float) merge.add(main[i], sum[i]);
      }
    }
    return main;
  }

  private float[] zeros() {
    return new float[Math.toIntExact((long) a.panels() * kernel.rows() * stride)];
  }

  private float[] initial() {
    float[] initial = zeros();
    for (int i = 0; i < a.rows(); i++) {
      for (int j = 0; j < to - from; j++) {
        initial[i * stride + j] = (float) problem.initial(firstRow + i, from + j);
      }
    }
    return initial;
  }

  private void accumulate(Run run, float[] acc) {
    for (KRange range : run.ranges()) {
      for (int k = range.from(); k < range.to(); k += BlockedGemm.DEPTH) {
        int depth = Math.min(range.to() - k, BlockedGemm.DEPTH);
        w.load(k, k + depth);
        for (int p = 0; p < w.panels(); p++) {
          panel(p, k, depth, acc);
        }
      }
    }
  }

  /** All rows of the block for one panel of columns, which stays in the first-level cache. */
  private void panel(int p, int k, int depth, float[] acc) {
    for (int q = 0; q < a.panels(); q++) {
      int at = q * kernel.rows() * stride + p * kernel.columns();
      kernel.accumulate(depth, a.data(), a.at(q, k), w.data(), w.at(p), acc, at, stride);
    }
  }

  private float[] combined(float[][] sums) {
    if (sums.length == 1 && SliceMerge.isNone(problem.recipe())) {
      return sums[0];
    }
    SliceMerge merge = SliceMerge.of(problem.recipe());
    double[] values = new double[sums.length];
    for (int i = 0; i < sums[0].length; i++) {
      for (int slice = 0; slice < sums.length; slice++) {
        values[slice] = sums[slice][i];
      }
      sums[0][i] = (float) merge.merge(values);
    }
    return sums[0];
  }

  private void store(float[] sums, OutputWriter out) {
    boolean plain = isPlain();
    Steps steps = problem.steps();
    for (int i = 0; i < a.rows(); i++) {
      long m = (long) firstRow + i;
      long at = m * problem.columns() + from;
      if (plain) {
        out.write(at, sums, i * stride, to - from);
      } else {
        for (int j = 0; j < to - from; j++) {
          out.set(at + j, steps.apply(sums[i * stride + j], m, from + j));
        }
      }
    }
    if (!kernel.isTotal()) {
      redo(sums, out);
    }
  }

  /** True if storing alone rounds as the epilogue says. */
  private boolean isPlain() {
    Epilogue epilogue = problem.recipe().epilogue();
    boolean nearest =
        epilogue.onlyCvt().filter(c -> c.conversion() == Epilogue.Conversion.RNE).isPresent();
    Format format = problem.recipe().output();
    boolean stored = format != Format.TF32 && format != Format.E8M13;
    return epilogue.steps().isEmpty() || (nearest && stored);
  }

  /** Outputs that the kernel does not vouch for. */
  private void redo(float[] sums, OutputWriter out) {
    Interpreter.Outputs exact = null;
    for (int i = 0; i < a.rows(); i++) {
      for (int j = 0; j < to - from; j++) {
        boolean finite = Math.abs(sums[i * stride + j]) <= Float.MAX_VALUE;
        boolean handled = kernel.handles(a.grade(i), w.grade(j)) && handlesInitial(i, j);
        if (!finite || !handled) {
          exact = exact == null ? new Interpreter.Outputs(problem, out) : exact;
          exact.single(firstRow + i, from + j);
        }
      }
    }
  }

  private boolean handlesInitial(int i, int j) {
    return !problem.hasInitial() || kernel.handlesInitial(problem.initial(firstRow + i, from + j));
  }
}

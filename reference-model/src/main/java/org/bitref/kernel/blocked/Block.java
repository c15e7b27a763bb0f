package org.bitref.kernel.blocked;

import java.util.Arrays;
import java.util.List;
import org.bitref.kernel.spec.Interpreter;
import org.bitref.kernel.spec.KPlan;
import org.bitref.kernel.spec.KRange;
import org.bitref.kernel.spec.OutputWriter;
import org.bitref.kernel.spec.Problem;
import org.bitref.kernel.spec.Run;
import org.bitref.kernel.spec.RunMerge;
import org.bitref.kernel.spec.SliceMerge;
import org.bitref.kernel.spec.Steps;
import org.bitref.numerics.Format;
import org.bitref.recipe.Epilogue;

/**
 * A block of outputs of one product, by one thread. Another block may follow, in the same memory.
 */
final class Block {
  private final Problem problem;
  private final Microkernel kernel;
  private final KPlan plan;
  private final float[][] sums;
  private float[] runSum;
  private PackedOperand a;
  private PackedOperand w;
  private Area area;

  Block(Problem problem, Microkernel kernel, KPlan plan) {
    this.problem = problem;
    this.kernel = kernel;
    this.plan = plan;
    this.sums = new float[plan.slices().size()][];
  }

  /** The area's rows and columns are counted in the operands, and begin with a panel of each. */
  void run(PackedOperand a, PackedOperand w, Area area, OutputWriter out) {
    this.a = a;
    this.w = w;
    this.area = area;
    for (int slice = 0; slice < sums.length; slice++) {
      sums[slice] = zeros(sums[slice]);
      slice(plan.slices().get(slice), sums[slice], slice == 0);
    }
    store(combined(), out);
  }

  private void slice(List<Run> runs, float[] main, boolean first) {
    RunMerge merge = RunMerge.of(problem.recipe(), problem.operands().alpha());
    if (first && problem.hasInitial()) {
      setInitial(main);
    }
    int next = 0;
    if (!merge.startsWithC()) {
      accumulate(runs.get(next++), main);
    }
    for (; next < runs.size(); next++) {
      runSum = zeros(runSum);
      accumulate(runs.get(next), runSum);
      merge.add(main, runSum, size());
    }
  }

  /** The array again if there is one and it is large enough. */
  private float[] zeros(float[] used) {
    if (used == null || used.length < size()) {
      return new float[size()];
    }
    Arrays.fill(used, 0, size(), 0);
    return used;
  }

  private int size() {
    return Math.toIntExact((long) columnPanels() * rowPanels() * tile());
  }

  /** Of the product. */
  private int row(int i) {
    return a.first() + area.top() + i;
  }

  private int column(int j) {
    return w.first() + area.left() + j;
  }

  private int rowPanels() {
    return Math.ceilDiv(area.rows(), kernel.rows());
  }

  private int columnPanels() {
    return Math.ceilDiv(area.columns(), kernel.columns());
  }

  /** Sums lie tile after tile, those of a panel of columns together. */
  private int at(int i, int j) {
    int panel = j / kernel.columns() * rowPanels() + i / kernel.rows();
    return panel * tile() + i % kernel.rows() * kernel.columns() + j % kernel.columns();
  }

  private int tile() {
    return kernel.rows() * kernel.columns();
  }

  private void setInitial(float[] main) {
    for (int i = 0; i < area.rows(); i++) {
      for (int j = 0; j < area.columns(); j++) {
        main[at(i, j)] = (float) initial(i, j);
      }
    }
  }

  private void accumulate(Run run, float[] acc) {
    for (KRange range : run.ranges()) {
      for (int k = range.from(); k < range.to(); k += BlockedGemm.DEPTH) {
        int depth = Math.min(range.to() - k, BlockedGemm.DEPTH);
        for (int p = 0; p < columnPanels(); p++) {
          panel(p, k, depth, acc);
        }
      }
    }
  }

  /** All rows of the block for one panel of columns, which stays in the first-level cache. */
  private void panel(int p, int k, int depth, float[] acc) {
    int first = a.panelOf(area.top());
    int column = w.at(w.panelOf(area.left()) + p, k);
    for (int q = 0; q < rowPanels(); q++) {
      int at = (p * rowPanels() + q) * tile();
      kernel.accumulate(depth, a.data(), a.at(first + q, k), w.data(), column, acc, at);
    }
  }

  private float[] combined() {
    if (sums.length == 1 && SliceMerge.isNone(problem.recipe())) {
      return sums[0];
    }
    SliceMerge merge = SliceMerge.of(problem.recipe());
    double[] values = new double[sums.length];
    for (int i = 0; i < size(); i++) {
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
    for (int i = 0; i < area.rows(); i++) {
      long m = row(i);
      long at = m * problem.columns() + column(0);
      if (plain) {
        for (int j = 0; j < area.columns(); j += kernel.columns()) {
          out.write(at + j, sums, at(i, j), Math.min(kernel.columns(), area.columns() - j));
        }
      } else {
        for (int j = 0; j < area.columns(); j++) {
          out.set(at + j, steps.apply(sums[at(i, j)], m, column(j)));
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
    for (int i = 0; i < area.rows(); i++) {
      for (int j = 0; j < area.columns(); j++) {
        boolean finite = Math.abs(sums[at(i, j)]) <= Float.MAX_VALUE;
        boolean handled =
            kernel.handles(a.grade(area.top() + i), w.grade(area.left() + j))
                && handlesInitial(i, j);
        if (!finite || !handled) {
          exact = exact == null ? new Interpreter.Outputs(problem, out) : exact;
          exact.single(row(i), column(j));
        }
      }
    }
  }

  private boolean handlesInitial(int i, int j) {
    return !problem.hasInitial() || kernel.handlesInitial(initial(i, j));
  }

  private double initial(int i, int j) {
    return problem.initial(row(i), column(j));
  }
}

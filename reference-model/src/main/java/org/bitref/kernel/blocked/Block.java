package org.bitref.kernel.blocked;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bitref.kernel.spec.Interpreter;
import org.bitref.kernel.spec.KPlan;
import org.bitref.kernel.spec.KPlan.Range;
import org.bitref.kernel.spec.KPlan.Run;
import org.bitref.kernel.spec.OutputTail;
import org.bitref.kernel.spec.OutputWriter;
import org.bitref.kernel.spec.Problem;
import org.bitref.numerics.Format;
import org.bitref.recipe.Epilogue;

/** A block of outputs of one product, by one thread. */
final class Block {
  /** What blocks, one after another, hold their sums in. */
  static final class Memory {
    private final float[][] slices;
    private float[] run = {};

    Memory(KPlan plan) {
      this.slices = new float[plan.slices().size()][0];
    }

    /** Zeros, in the array if that is large enough. */
    private static float[] zeros(float[] used, int n) {
      if (used.length < n) {
        return new float[n];
      }
      Arrays.fill(used, 0, n, 0);
      return used;
    }
  }

  private final Problem problem;
  private final Microkernel kernel;
  private final KPlan plan;
  private final Memory memory;
  private final PackedOperand a;
  private final PackedOperand w;
  private final Area area;
  private final OutputTail tail;
  private Optional<Interpreter.Outputs> interpreter = Optional.empty();

  /** The area's rows and columns are counted in the operands, and begin with a panel of each. */
  Block(
      Problem problem,
      Microkernel kernel,
      KPlan plan,
      Memory memory,
      PackedOperand a,
      PackedOperand w,
      Area area) {
    this.problem = problem;
    this.kernel = kernel;
    this.plan = plan;
    this.memory = memory;
    this.a = a;
    this.w = w;
    this.area = area;
    this.tail = problem.tail();
  }

  void run(OutputWriter out) {
    float[][] sums = memory.slices;
    for (int slice = 0; slice < sums.length; slice++) {
      sums[slice] = Memory.zeros(sums[slice], size());
      slice(plan.slices().get(slice), sums[slice], slice);
    }
    if (!tail.fold().isOneSlice()) {
      combine(sums);
    }
    store(sums[0], out);
    Guard guard = Guard.of(problem.recipe().inner());
    if (guard != Guard.NONE) {
      redo(sums[0], guard, out);
    }
  }

  private void slice(List<Run> runs, float[] main, int slice) {
    if (slice == 0 && tail.hasInitial()) {
      setInitial(main);
    }
    int next = 0;
    if (!tail.fold().startsWithC()) {
      accumulate(runs.get(next++), main);
    }
    for (; next < runs.size(); next++) {
      memory.run = Memory.zeros(memory.run, size());
      accumulate(runs.get(next), memory.run);
      if (tail.scalesRuns()) {
        addScaled(main, memory.run, slice, next);
      } else {
        tail.fold().add(main, memory.run, size());
      }
    }
  }

  private void addScaled(float[] main, float[] sums, int slice, int run) {
    forEachStretch(
        (i, j, at, n) -> {
          for (int c = 0; c < n; c++) {
            double scale = tail.runScale(row(i), column(j + c), slice, run);
            main[at + c] = (float) tail.fold().add(main[at + c], sums[at + c], scale);
          }
        });
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

  /** Sums lie tile after tile, those of a panel of columns together; j begins such a panel. */
  private int at(int i, int j) {
    int panel = j / kernel.columns() * rowPanels() + i / kernel.rows();
    return panel * tile() + i % kernel.rows() * kernel.columns();
  }

  private int tile() {
    return kernel.rows() * kernel.columns();
  }

  /** Sums that lie side by side: of {@code n} outputs of row i from column j on. */
  private interface Stretch {
    void run(int i, int j, int at, int n);
  }

  private void forEachStretch(Stretch stretch) {
    int width = kernel.columns();
    for (int i = 0; i < area.rows(); i++) {
      for (int j = 0; j < area.columns(); j += width) {
        stretch.run(i, j, at(i, j), Math.min(width, area.columns() - j));
      }
    }
  }

  private void setInitial(float[] main) {
    forEachStretch(
        (i, j, at, n) -> {
          for (int c = 0; c < n; c++) {
            main[at + c] = (float) tail.initial(row(i), column(j + c));
          }
        });
  }

  private void accumulate(Run run, float[] acc) {
    for (Range range : run.ranges()) {
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
      kernel.loop().accumulate(depth, a.data(), a.at(first + q, k), w.data(), column, acc, at);
    }
  }

  /** All slices into the first. */
  private void combine(float[][] sums) {
    double[] values = new double[sums.length];
    for (int i = 0; i < size(); i++) {
      for (int slice = 0; slice < sums.length; slice++) {
        values[slice] = sums[slice][i];
      }
      sums[0][i] = (float) tail.fold().merge(values);
    }
  }

  private void store(float[] sums, OutputWriter out) {
    boolean plain = isPlain();
    forEachStretch(
        (i, j, at, n) -> {
          long first = (long) row(i) * problem.columns() + column(j);
          if (plain) {
            out.write(first, sums, at, n);
            return;
          }
          for (int c = 0; c < n; c++) {
            out.set(first + c, tail.steps(sums[at + c], row(i), column(j + c)));
          }
        });
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

  /** Outputs that the guard does not let pass. */
  private void redo(float[] sums, Guard guard, OutputWriter out) {
    forEachStretch(
        (i, j, at, n) -> {
          int ofRow = a.grade(area.top() + i);
          for (int c = 0; c < n; c++) {
            boolean finite = Math.abs(sums[at + c]) <= Float.MAX_VALUE;
            boolean handled = guard.handles(ofRow, w.grade(area.left() + j + c));
            if (!finite || !handled || !startsHandled(guard, i, j + c)) {
              interpreter(out).single(row(i), column(j + c));
            }
          }
        });
  }

  private boolean startsHandled(Guard guard, int i, int j) {
    return !tail.hasInitial() || guard.handlesInitial(tail.initial(row(i), column(j)));
  }

  private Interpreter.Outputs interpreter(OutputWriter out) {
    interpreter = interpreter.or(() -> Optional.of(new Interpreter.Outputs(problem, out)));
    return interpreter.get();
  }
}

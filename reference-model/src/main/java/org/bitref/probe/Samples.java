package org.bitref.probe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bitref.compare.StoredBits;
import org.bitref.kernel.spec.SingleOutput;
import org.bitref.numerics.Format;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Input;

/**
 * Outputs that a recipe must give. The output that refuses a recipe is asked first of the next one:
 * most wrong recipes are refused by what refused their neighbours.
 */
final class Samples {
  /** Numbers kept of operands; those of other outputs are read each time. */
  private static final int KEPT = 1 << 23;

  private record Output(int call, int m, int n, double bias, long bits) {}

  private record Operands(double[] a, double[] b) {}

  private final Answers answers;
  private final Budget budget;
  private final int terms;
  private final List<Output> outputs = new ArrayList<>();
  private final Map<Input, Map<Output, Operands>> kept = new HashMap<>();

  /**
   * @param terms of every sum; those that follow are zeros
   */
  Samples(Answers answers, Budget budget, int terms) {
    this.answers = answers;
    this.budget = budget;
    this.terms = terms;
  }

  private void add(int call, int m, int n) {
    Probe.Call inputs = answers.probe().calls().get(call);
    long bits = answers.results().get(call).bits((long) m * answers.probe().setup().n() + n);
    outputs.add(new Output(call, m, n, inputs.bias(n), bits));
  }

  /** The rows of these kinds. */
  void addRows(Class<? extends Row> kind, int column) {
    List<Row> rows = answers.probe().rows();
    for (int r = 0; r < rows.size(); r++) {
      if (kind.isInstance(rows.get(r))) {
        addRow(r, column);
      }
    }
  }

  void addRow(int row, int column) {
    Probe.Place place = answers.probe().place(row);
    add(place.call(), place.m(), column);
  }

  /** About {@code count} outputs of each random product, evenly spread over these columns. */
  void addRandom(long count, List<Integer> columns) {
    Probe probe = answers.probe();
    long total = (long) probe.setup().m() * columns.size();
    long some = Math.clamp(count, 1, total);
    for (int call = probe.firstRandom(); call < probe.calls().size(); call++) {
      for (long i = 0; i < some; i++) {
        long output = i * total / some;
        add(call, (int) (output / columns.size()), columns.get((int) (output % columns.size())));
      }
    }
  }

  int size() {
    return outputs.size();
  }

  /** True if the recipe gives all of them. */
  boolean allow(GemmRecipe recipe) {
    Map<Double, SingleOutput> byBias = new HashMap<>();
    Format format = recipe.output();
    int n = answers.probe().setup().n();
    for (int i = 0; i < outputs.size(); i++) {
      Output output = outputs.get(i);
      budget.spend(terms);
      SingleOutput single =
          byBias.computeIfAbsent(output.bias, bias -> new SingleOutput(recipe, terms, n, bias));
      Operands operands = operands(recipe.in(), output);
      if (!StoredBits.same(format, single.bits(operands.a, operands.b), output.bits)) {
        Collections.rotate(outputs.subList(0, i + 1), 1);
        return false;
      }
    }
    return true;
  }

  private Operands operands(Input in, Output output) {
    Map<Output, Operands> known = kept.computeIfAbsent(in, _ -> new HashMap<>());
    Operands operands = known.get(output);
    if (operands == null) {
      operands = read(in, output);
      if ((long) known.size() * operands.a.length < KEPT) {
        known.put(output, operands);
      }
    }
    return operands;
  }

  private Operands read(Input in, Output output) {
    Probe.Call call = answers.probe().calls().get(output.call);
    long k = answers.probe().setup().k();
    double[] a = new double[terms];
    double[] b = new double[terms];
    call.x().read(output.m * k, a, 0, terms);
    call.w().read(output.n * k, b, 0, terms);
    Arrays.setAll(a, i -> in.roundX(a[i]));
    Arrays.setAll(b, i -> in.roundW(b[i]));
    return new Operands(a, b);
  }

  /** All columns from 0. */
  static List<Integer> columns(int n) {
    return IntStream.range(0, n).boxed().toList();
  }
}

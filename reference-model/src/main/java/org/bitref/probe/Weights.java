package org.bitref.probe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.probe.Row.Cancel;
import org.bitref.probe.Row.Terms;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * The right operand of the rows' products, and the left one that makes of it the terms that a row
 * wants. Free weights are all one, or all tiny. Given ones are looked at in one column: a
 * cancellation is a[i] = c·w[j], a[j] = -c·w[i].
 */
final class Weights {
  /** Two small terms of a cancellation with given weights are this many powers of two apart. */
  private static final int APART = 4;

  private final ProbeSetup setup;
  private final Optional<Tensor> given;
  private final Optional<Tensor> givenBias;
  private final Tensor ones;
  private final Format format;
  private final int column;
  private final double[] values;

  /**
   * @param given [N, K], if they are
   * @param givenBias [N], if such weights have one
   */
  Weights(ProbeSetup setup, Optional<Tensor> given, Optional<Tensor> givenBias) {
    this.setup = setup;
    this.given = given;
    this.givenBias = givenBias;
    this.ones = given.orElseGet(() -> constant(1));
    this.format = setup.in().format().orElseThrow();
    this.column = given.map(this::bestColumn).orElse(0);
    this.values = line(ones, column);
  }

  private double[] line(Tensor w, int n) {
    double[] line = new double[setup.k()];
    w.read((long) n * setup.k(), line, 0, setup.k());
    return line;
  }

  /** The column, among the first, whose smallest weight is largest. */
  private int bestColumn(Tensor w) {
    double best = -1;
    int found = 0;
    for (int n = 0; n < Math.min(setup.n(), 64); n++) {
      double least = Arrays.stream(line(w, n)).map(Math::abs).min().orElseThrow();
      if (least > best) {
        best = least;
        found = n;
      }
    }
    return found;
  }

  private Tensor constant(double value) {
    TensorBuilder w = new TensorBuilder(setup.in(), Shape.of(setup.n(), setup.k()));
    for (long i = 0; i < (long) setup.n() * setup.k(); i++) {
      w.set(i, value);
    }
    return w.build();
  }

  int column() {
    return column;
  }

  Optional<Tensor> given() {
    return given;
  }

  Tensor w(Row.Group group) {
    double tiny = Math.scalb(1.0, Math.max(least(), -100));
    return group == Row.Group.TINY && given.isEmpty() ? constant(tiny) : ones;
  }

  Optional<Tensor> bias(Row.Group group) {
    if (!setup.bias() || given.isPresent()) {
      return givenBias;
    }
    TensorBuilder bias = new TensorBuilder(setup.out(), Shape.of(setup.n()));
    for (long n = 0; n < setup.n(); n++) {
      bias.set(n, group == Row.Group.BIAS ? 1 : 0);
    }
    return Optional.of(bias.build());
  }

  /** The row as these weights can do it; empty if they cannot. */
  Optional<Row> adapt(Row row) {
    if (given.isEmpty() || !(row instanceof Cancel cancel)) {
      return Optional.of(row);
    }
    if (values[cancel.i()] == 0 || values[cancel.j()] == 0) {
      return Optional.empty();
    }
    List<Integer> refs = new ArrayList<>();
    for (int p : cancel.refs()) {
      if (refs.size() < bits(cancel)
          && values[p] != 0
          && smallExponent(p, refs.size()) >= least()) {
        refs.add(p);
      }
    }
    return refs.isEmpty()
        ? Optional.empty()
        : Optional.of(new Cancel(cancel.i(), cancel.j(), refs));
  }

  private int least() {
    return format.emin() - format.precision() + 1;
  }

  /** Exponent of the factor that makes the small term of bit b of weight p. */
  private int smallExponent(int p, int bit) {
    return smallest() + APART * bit - Math.getExponent(values[p]);
  }

  /** Exponent of the least small term: visible in the result. */
  private int smallest() {
    Format out = setup.out().format().orElseThrow();
    return Math.max(setup.scale().least(), out.emin() - out.precision() + 2);
  }

  private int factor(Cancel row) {
    double larger = Math.max(Math.abs(values[row.i()]), Math.abs(values[row.j()]));
    int product = Math.getExponent(values[row.i()]) + Math.getExponent(values[row.j()]);
    int byOperand = Math.min(setup.scale().huge(), format.emax()) - 1 - Math.getExponent(larger);
    return Math.min(byOperand, Math.min(setup.scale().huge(), 100) - 2 - product);
  }

  /** How many small terms stay 2^27 below the huge ones. */
  private int bits(Cancel row) {
    int huge = factor(row) + Math.getExponent(values[row.i()]) + Math.getExponent(values[row.j()]);
    int room = huge - 27 - smallest();
    return room < 0 ? 0 : Math.min(2, 1 + room / APART);
  }

  /** Stores the left operand of a row from element {@code at} on. */
  void fill(Row row, TensorBuilder x, long at) {
    double[] factors = factors(row);
    for (int k = 0; k < factors.length; k++) {
      if (factors[k] != 0) {
        x.set(at + k, factors[k]);
      }
    }
  }

  private double[] factors(Row row) {
    double[] x = new double[setup.k()];
    switch (row) {
      case Terms terms -> {
        for (int t = 0; t < terms.at().size(); t++) {
          int k = terms.at().get(t);
          double value = terms.values().get(t) / values[k];
          x[k] = values[k] == 0 ? 0 : format.round(value, Rounding.RNE);
        }
      }
      case Cancel cancel when given.isEmpty() -> {
        x[cancel.i()] = Math.scalb(1.0, setup.scale().huge());
        x[cancel.j()] = -x[cancel.i()];
        for (int b = 0; b < cancel.refs().size(); b++) {
          x[cancel.refs().get(b)] = setup.scale().small(1 << b);
        }
      }
      case Cancel cancel -> {
        int factor = factor(cancel);
        x[cancel.i()] = Math.scalb(values[cancel.j()], factor);
        x[cancel.j()] = -Math.scalb(values[cancel.i()], factor);
        for (int b = 0; b < cancel.refs().size(); b++) {
          int p = cancel.refs().get(b);
          x[p] = Math.copySign(Math.scalb(1.0, smallExponent(p, b)), values[p]);
        }
      }
    }
    return x;
  }

  /** The exact products of a row in the column that answers it. */
  double[] products(Row row) {
    double[] products = factors(row);
    Arrays.setAll(products, k -> products[k] * values[k]);
    return products;
  }
}

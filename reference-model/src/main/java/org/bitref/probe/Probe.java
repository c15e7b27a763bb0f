package org.bitref.probe;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bitref.numerics.Format;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** All inputs of one round: products [M, K]·[N, K]ᵀ that the device is to compute. */
public final class Probe {
  /**
   * One product.
   *
   * @param x [M, K]
   * @param w [N, K]
   * @param bias [N]
   */
  public record Call(String name, Tensor x, Tensor w, Optional<Tensor> bias) {
    double bias(int column) {
      return bias.map(added -> added.get(column)).orElse(0.0);
    }
  }

  /** Where the answer to a row is: in row {@code m} of the result of a call. */
  record Place(int call, int m) {}

  private final ProbeSetup setup;
  private final List<Row> rows;
  private final List<Call> calls = new ArrayList<>();
  private final Map<Integer, Place> places = new HashMap<>();
  private final Weights weights;
  private int firstRandom;

  private Probe(ProbeSetup setup, Weights weights) {
    this.setup = setup;
    this.weights = weights;
    List<Row> all = new ArrayList<>();
    if (setup.candidates().isEmpty()) {
      all.addAll(RoundingRows.of(setup));
      all.addAll(Questions.of(setup));
    }
    this.rows = all.stream().flatMap(row -> weights.adapt(row).stream()).toList();
    build();
  }

  /** A probe of a device that takes both operands. */
  public static Probe free(ProbeSetup setup) {
    return new Probe(setup, new Weights(setup, Optional.empty(), Optional.empty()));
  }

  /**
   * A probe of an engine with these weights inside.
   *
   * @param w [N, K]
   * @param bias [N], if the engine adds one
   */
  public static Probe ofWeights(ProbeSetup setup, Tensor w, Optional<Tensor> bias) {
    if (!w.shape().equals(Shape.of(setup.n(), setup.k()))) {
      throw new IllegalArgumentException(
          "the weights have shape " + w.shape() + ", not [" + setup.n() + ", " + setup.k() + "]");
    }
    return new Probe(setup, new Weights(setup, Optional.of(w), bias));
  }

  private void build() {
    IntStream.range(0, rows.size())
        .boxed()
        .collect(
            Collectors.groupingBy(
                r -> rows.get(r).group(),
                () -> new EnumMap<>(Row.Group.class),
                Collectors.toList()))
        .forEach(this::build);
    firstRandom = calls.size();
    int products = setup.candidates().isEmpty() ? 1 : 4;
    for (int i = 0; i < products; i++) {
      calls.addAll(new RandomProducts(setup.withSeed(setup.seed() + i), weights).calls(i));
    }
  }

  private void build(Row.Group group, List<Integer> members) {
    for (int from = 0; from < members.size(); from += setup.m()) {
      List<Integer> part = members.subList(from, Math.min(members.size(), from + setup.m()));
      for (int m = 0; m < part.size(); m++) {
        places.put(part.get(m), new Place(calls.size(), m));
      }
      String name = group.name().toLowerCase(Locale.ROOT) + from / setup.m();
      Tensor x = lines(part.stream().map(rows::get).toList());
      calls.add(new Call(name, x, weights.w(group), weights.bias(group)));
    }
  }

  /** The rows as x; what is left of M repeats them. */
  private Tensor lines(List<Row> part) {
    TensorBuilder x = new TensorBuilder(setup.in(), Shape.of(setup.m(), setup.k()));
    for (int m = 0; m < setup.m(); m++) {
      weights.fill(part.get(m % part.size()), x, (long) m * setup.k());
    }
    return x.build();
  }

  /** The random products of another seed, cut to these rows and columns. */
  List<Call> randomProducts(ProbeSetup other, int most, int columns) {
    int m = Math.max(most, 1);
    int n = weights.given().isPresent() ? setup.n() : columns;
    ProbeSetup small =
        new ProbeSetup(
            m,
            setup.k(),
            n,
            setup.in(),
            setup.out(),
            setup.mode(),
            setup.bias(),
            0,
            other.seed(),
            List.of());
    return new RandomProducts(small, weights).calls(0);
  }

  /** What is probed. */
  public ProbeSetup setup() {
    return setup;
  }

  /** The products, in the order in which they are to be computed. */
  public List<Call> calls() {
    return List.copyOf(calls);
  }

  /** The calls from here on are random products. */
  int firstRandom() {
    return firstRandom;
  }

  List<Row> rows() {
    return rows;
  }

  Place place(int row) {
    return places.get(row);
  }

  /** The column whose outputs answer the rows; any other one does as well if both are free. */
  int column() {
    return weights.column();
  }

  /** The exact products of a row, term by term. */
  double[] products(Row row) {
    return weights.products(row);
  }

  Format inputFormat() {
    return setup.in().format().orElseThrow();
  }
}

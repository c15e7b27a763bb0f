package org.bitref.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bitref.explain.Overflow.Crossing;
import org.bitref.explain.Overflow.Held;
import org.bitref.explain.Overflow.Term;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.operation.Attention;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.operation.Operation;
import org.bitref.operation.Pointwise;
import org.bitref.operation.Product;
import org.bitref.operation.Rotation;
import org.bitref.recipe.GemmRecipe;
import org.bitref.search.Identification;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;

/** Finds the first value that is not finite where the inputs are, and what made it so. */
final class OverflowSearch {
  private static final List<DType> TYPES = List.of(DType.F16, DType.BF16, DType.F32);

  private final Captured<?> stage;
  private final Tensor exact;
  private final Format stored;
  private final Format sums;

  private OverflowSearch(Captured<?> stage, Identification found, Tensor exact) {
    this.stage = stage;
    this.exact = exact;
    this.stored = stage.y().dtype().format().orElseThrow();
    this.sums =
        NormAgreement.reproduced(found)
                && found.best().getFirst().recipe() instanceof GemmRecipe recipe
            ? recipe.inner().format()
            : stored;
  }

  /**
   * Empty if every value is finite, or if an input is not.
   *
   * @param name of the stage
   * @param found what is known of its recipe
   * @param exact its exact result
   */
  static Optional<Overflow> in(String name, Captured<?> stage, Identification found, Tensor exact) {
    Tensor y = stage.y();
    long count = 0;
    long first = -1;
    for (long i = 0; i < y.elements(); i++) {
      if (!Double.isFinite(y.get(i))) {
        first = count++ == 0 ? i : first;
      }
    }
    if (count == 0) {
      return Optional.empty();
    }
    double operand = largest(stage.operation().inputs());
    if (!Double.isFinite(operand)) {
      return Optional.empty();
    }
    Layout layout = Layout.of(name, y.shape());
    OverflowSearch search = new OverflowSearch(stage, found, exact);
    Crossing crossing = search.crossing(first);
    return Optional.of(
        new Overflow(
            count,
            first,
            layout.token(Math.toIntExact(first)),
            layout.channel(Math.toIntExact(first)),
            y.get(first),
            exact.get(first),
            operand,
            crossing,
            search.held(crossing)));
  }

  /** The largest magnitude; not finite if a value is not. */
  private static double largest(List<Tensor> tensors) {
    double largest = 0;
    for (Tensor tensor : tensors) {
      for (double value : tensor.toDoubles()) {
        if (!Double.isFinite(value)) {
          return value;
        }
        largest = Math.max(largest, Math.abs(value));
      }
    }
    return largest;
  }

  private static boolean beyond(Format format, double value) {
    return !Double.isFinite(format.round(value, Rounding.RNE));
  }

  private Crossing crossing(long at) {
    if (stage.operation() instanceof Attention attention) {
      return ScoreOverflow.first(attention, at, stored)
          .<Crossing>map(score -> score)
          .orElseGet(Crossing.Unknown::new);
    }
    List<Term> terms = terms(stage.operation(), at);
    if (beyond(stored, exact.get(at))) {
      boolean product = stage.operation() instanceof Product;
      return new Crossing.Result(
          stored,
          operands(stage.operation(), at),
          product ? first(terms, stored) : Optional.empty());
    }
    return first(terms, sums)
        .<Crossing>map(term -> new Crossing.PartialSum(sums, term))
        .orElseGet(() -> inOtherOrder(terms));
  }

  /** The first term at which the sum so far lies beyond a format. */
  static Optional<Term> first(List<Term> terms, Format format) {
    return terms.stream().filter(term -> beyond(format, term.sum())).findFirst();
  }

  private Crossing inOtherOrder(List<Term> terms) {
    double positive = 0;
    double negative = 0;
    for (Term term : terms) {
      double product = term.x() * term.w();
      positive += Math.max(product, 0);
      negative += Math.min(product, 0);
    }
    return beyond(sums, positive) || beyond(sums, negative)
        ? new Crossing.OtherOrder(sums, positive, negative)
        : new Crossing.Unknown();
  }

  /** The terms of an output: those of a product, or the squares that a norm adds up. */
  private static List<Term> terms(Operation operation, long at) {
    return switch (operation) {
      case Product product -> {
        Product plain = product.dequantised(DType.F32);
        int k = plain.depth();
        double start = plain.c().map(c -> c.get(at)).orElse(0.0);
        long row = at / plain.columns() * k;
        long column = at % plain.columns() * k;
        yield terms(plain.x(), row, plain.w(), column, k, start);
      }
      case Norm norm -> {
        long row = at / norm.width() * norm.width();
        Tensor x = norm.addend().map(addend -> sum(norm.x(), addend)).orElse(norm.x());
        yield terms(x, row, x, row, norm.width(), 0);
      }
      default -> List.of();
    };
  }

  static List<Term> terms(Tensor x, long row, Tensor w, long column, int k, double start) {
    List<Term> terms = new ArrayList<>(k);
    double sum = start;
    for (int i = 0; i < k; i++) {
      double left = x.get(row + i);
      double right = w.get(column + i);
      sum += left * right;
      terms.add(new Term(i, left, right, sum));
    }
    return terms;
  }

  private static Tensor sum(Tensor a, Tensor b) {
    double[] sums = a.toDoubles();
    for (int i = 0; i < sums.length; i++) {
      sums[i] += b.get(i);
    }
    return Tensor.ofDoubles(a.shape(), sums);
  }

  /** What an output is the product or the sum of, but for sums of products. */
  private static List<Double> operands(Operation operation, long at) {
    return switch (operation) {
      case Pointwise point ->
          Stream.concat(Stream.of(point.a()), point.b().stream()).map(t -> t.get(at)).toList();
      case Norm norm ->
          Stream.concat(norm.inputs().stream().map(t -> t.get(at)), weight(norm, at)).toList();
      case Rotation rotation -> rotated(rotation, at);
      default -> List.of();
    };
  }

  private static Stream<Double> weight(Norm norm, long at) {
    return Stream.of(norm.weight().get(at % norm.width()));
  }

  /** The two elements of a head that are turned into output [b, h, s, i]: i and its partner. */
  private static List<Double> rotated(Rotation rotation, long at) {
    long heads = rotation.shape().dim(1);
    long tokens = rotation.shape().dim(2);
    long d = rotation.shape().dim(3);
    long i = at % d;
    long token = at / d % tokens;
    long head = at / d / tokens % heads;
    long batch = at / d / tokens / heads;
    long from = ((batch * tokens + token) * heads + head) * d;
    return List.of(rotation.x().get(from + i), rotation.x().get(from + (i + d / 2) % d));
  }

  private Held held(Crossing crossing) {
    return switch (crossing) {
      case Crossing.Result _ -> {
        double largest = largest(List.of(exact));
        List<DType> types =
            TYPES.stream()
                .filter(type -> type != stage.y().dtype())
                .filter(type -> !beyond(type.format().orElseThrow(), largest))
                .toList();
        yield new Held(types, scale(largest), false);
      }
      case Crossing.PartialSum(var format, _) -> sumsIn(format);
      case Crossing.OtherOrder(var format, _, _) -> sumsIn(format);
      case Crossing.Score score -> {
        boolean before = !beyond(stored, score.score() * score.scale());
        boolean wider = stored.emax() < Format.F32.emax();
        yield new Held(List.of(), before ? Optional.of(score.scale()) : Optional.empty(), wider);
      }
      case Crossing.Unknown _ -> Held.NONE;
    };
  }

  /** Sums in float32 hold what those of a format with less range do not. */
  private static Held sumsIn(Format format) {
    return new Held(List.of(), Optional.empty(), format.emax() < Format.F32.emax());
  }

  /** The largest power of two that takes this value into the range of the stage's type. */
  private Optional<Double> scale(double largest) {
    if (!Double.isFinite(largest)) {
      return Optional.empty();
    }
    double scale = 0.5;
    while (beyond(stored, scale * largest)) {
      scale /= 2;
    }
    return Optional.of(scale);
  }
}

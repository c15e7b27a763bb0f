package org.bitref.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.Grid;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.diagnose.OtherFunction.Narrowed;
import org.bitref.diagnose.OtherFunction.Operand;
import org.bitref.numerics.Format;

/** Other products. */
final class ProductVariants {
  private static final List<Double> CAPS = List.of(30.0, 5.0, 100.0);

  private ProductVariants() {}

  /** Weights that were kept in fewer bits and are used in the type of the model again. */
  static List<Variant> dequantised(Set<String> one, Format format) {
    List<Variant> variants = new ArrayList<>();
    for (Grid grid : Grid.values()) {
      variants.add(
          weight(new Narrowed(Operand.WEIGHT, grid), one, w -> on(w, grid).rounded(format)));
    }
    return variants;
  }

  /**
   * @param one last parts of the names of the products to change
   */
  static List<Variant> of(Set<String> one) {
    List<Variant> variants = new ArrayList<>();
    variants.add(weight(Known.WEIGHT_TRANSPOSED, one, ProductVariants::transposed));
    variants.add(weight(Known.WEIGHT_HALF_ZERO, one, Quantised::halfZero));
    variants.addAll(narrowed(one));
    switch (one.iterator().next()) {
      case "q_proj", "k_proj", "v_proj" -> heads(one, variants);
      case "o_proj" -> turned(one, variants);
      case "gate_proj", "up_proj" -> {
        variants.add(input("post_attn_hidden", one));
        variants.add(input("input_ln", one));
      }
      case "mlp_down" -> {
        variants.add(input("mlp_act", one));
        variants.add(input("up_proj", one));
        variants.add(input("gate_proj", one));
      }
      case "logits" -> {
        for (double cap : CAPS) {
          variants.add(Variant.dialled(cap, value -> capped(one, value)));
        }
      }
      default -> {}
    }
    return variants;
  }

  private static Variant capped(Set<String> one, double cap) {
    return new Variant(
        new OtherFunction.Softcap(cap),
        one,
        step -> step.normal().map(x -> cap * Math.tanh(x / cap)));
  }

  private static Matrix transposed(Matrix weight) {
    if (weight.rows() != weight.columns()) {
      throw new NotReplayable("a square weight");
    }
    return weight.transposed();
  }

  /** Operands in fewer bits. */
  static List<Variant> narrowed(Set<String> one) {
    List<Variant> variants = new ArrayList<>();
    for (Grid grid : Grid.values()) {
      variants.add(weight(new Narrowed(Operand.WEIGHT, grid), one, w -> on(w, grid)));
      variants.add(
          new Variant(
              new Narrowed(Operand.INPUT, grid),
              one,
              step -> step.product(on(step.in(0), grid), step.weight())));
    }
    return variants;
  }

  private static Matrix on(Matrix weight, Grid grid) {
    return switch (grid) {
      case E4M3 -> weight.rounded(Format.E4M3);
      case E5M2 -> weight.rounded(Format.E5M2);
      case E4M3_SCALED -> weight.scaledInto(Format.E4M3);
      case INT8_BY_ROW -> weight.quantised(127, weight.columns());
      case INT4_BY_ROW -> weight.quantised(7, weight.columns());
      case INT4_BY_32 -> weight.quantised(7, 32);
      case E4M3_BY_ROW -> weight.rowsScaledInto(Format.E4M3);
      case INT4_BY_64 -> weight.quantised(7, 64);
      case INT4_BY_128 -> weight.quantised(7, 128);
      case INT8_BY_TENSOR -> Quantised.byTensor(weight, 127);
      case INT4_ZERO_BY_32 -> Quantised.betweenEnds(weight, 15, 32);
      case INT4_ZERO_BY_64 -> Quantised.betweenEnds(weight, 15, 64);
      case INT4_ZERO_BY_128 -> Quantised.betweenEnds(weight, 15, 128);
      case E4M3_BY_BLOCK -> Quantised.byBlock(weight, Format.E4M3, 128);
      case MXFP4 -> Quantised.mxfp4(weight);
      case NF4_BY_64 -> Quantised.nf4(weight, 64);
    };
  }

  static Rows on(Rows x, Grid grid) {
    Matrix rows =
        new Matrix.Read(
            x.tokens(),
            x.width(),
            (n, into) -> System.arraycopy(x.values(), n * x.width(), into, 0, x.width()));
    Matrix narrowed = on(rows, grid);
    Rows out = Rows.zeros(x.tokens(), x.width());
    double[] row = new double[x.width()];
    for (int t = 0; t < x.tokens(); t++) {
      narrowed.row(t, row);
      System.arraycopy(row, 0, out.values(), t * row.length, row.length);
    }
    return out;
  }

  private static void heads(Set<String> one, List<Variant> variants) {
    variants.add(input("input_hidden", one));
    if (!one.contains("v_proj")) {
      variants.add(rows(Known.WEIGHT_ROWS_FOR_PAIRS, one, (n, d) -> n % 2 * (d / 2) + n / 2));
      variants.add(
          rows(Known.WEIGHT_ROWS_FOR_HALVES, one, (n, d) -> n % (d / 2) * 2 + n / (d / 2)));
    }
    variants.addAll(Turn.results(one));
  }

  private static void turned(Set<String> one, List<Variant> variants) {
    for (Turn turn : Turn.values()) {
      variants.add(
          new Variant(
              turn.name,
              one,
              step -> step.product(turn.of(step.in(0), step.headDim()), step.weight())));
    }
  }

  /** The place of a head's row, by its place in the head and the head's length. */
  @FunctionalInterface
  private interface Place {
    int of(int row, int d);
  }

  private static Variant rows(Known name, Set<String> one, Place place) {
    return new Variant(
        name,
        one,
        step -> {
          int d = step.headDim();
          return step.product(
              step.in(0), step.weight().rowsBy(n -> n / d * d + place.of(n % d, d)));
        });
  }

  private static Variant weight(OtherFunction name, Set<String> one, UnaryOperator<Matrix> change) {
    return new Variant(name, one, step -> step.product(step.in(0), change.apply(step.weight())));
  }

  private static Variant input(String other, Set<String> one) {
    return new Variant(
        new OtherFunction.InputOf(other), one, step -> step.product(step.of(other), step.weight()));
  }
}

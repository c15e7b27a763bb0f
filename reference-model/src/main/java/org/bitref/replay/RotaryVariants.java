package org.bitref.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.diagnose.RotaryFunction;
import org.bitref.kernel.row.Frequencies;
import org.bitref.kernel.row.Frequencies.Axes;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.tensor.Tensor;

/** Other rotations. */
final class RotaryVariants {
  private static final List<Integer> LATE = List.of(1, -1);
  private static final List<Double> SHARES = List.of(0.25, 0.5, 0.75);

  private RotaryVariants() {}

  /**
   * @param stages last parts of the names of the rotations to change
   * @param d elements of a head
   */
  static List<Variant> of(Set<String> stages, Frequencies model, int d) {
    List<Variant> variants = new ArrayList<>();
    // By the angles themselves, where the tables that were captured are rounded.
    variants.add(
        Variant.rounding(
            stages,
            step -> Rotations.model(step).rotate(step.in(0), step.headDim(), step.stored())));
    forms(stages, variants);
    for (double base : RotaryFunction.BASES) {
      if (base != model.theta()) {
        variants.add(Variant.dialled(base, value -> based(stages, value, model)));
      }
    }
    for (Axes axes : Axes.values()) {
      if (axes != model.axes()) {
        variants.add(axes(stages, model, axes));
      }
    }
    LATE.forEach(late -> variants.add(late(stages, model, late)));
    sections(stages, d, variants);
    variants.add(
        angles(
            Known.FREQUENCIES_IN_BF16,
            stages,
            (_, a) ->
                a.with(
                    (i, rotated, whole) ->
                        Format.BF16.round(a.frequency().of(i, rotated, whole), Rounding.RNE))));
    positions(stages, variants);
    behindTheImage(stages, variants);
    return variants;
  }

  private static void forms(Set<String> stages, List<Variant> variants) {
    variants.add(new Variant(Known.NOT_ROTATED, stages, step -> step.in(0)));
    variants.add(form(Known.PAIRS, stages, Angles.Form.PAIRS));
    variants.add(form(Known.ROTATED_BACKWARDS, stages, Angles.Form.BACKWARDS));
    variants.add(form(Known.ROTATED_TWICE, stages, Angles.Form.TWICE));
    variants.add(form(Known.COSINE_AND_SINE_EXCHANGED, stages, Angles.Form.EXCHANGED));
    for (double share : SHARES) {
      OtherFunction name = new OtherFunction.PartlyRotated(share);
      // By frequencies of its own, by the model's first ones, or by some of all the model's.
      variants.add(angles(name, stages, (_, a) -> a.partly(share)));
      variants.add(
          angles(
              name,
              stages,
              (_, a) -> a.partly(share).with((i, _, d) -> a.frequency().of(i, d, d))));
      variants.add(
          angles(
              name,
              stages,
              (_, a) -> a.partly(share).with(i -> a.axis().applyAsInt((int) (i / share)))));
    }
  }

  private static Variant form(Known name, Set<String> stages, Angles.Form form) {
    return new Variant(name, stages, step -> Rotations.formed(step, form));
  }

  /** Other angles than the model's. */
  private static Variant angles(
      OtherFunction name, Set<String> stages, BiFunction<Step, Angles, Angles> change) {
    return new Variant(
        name,
        stages,
        step ->
            change
                .apply(step, Rotations.model(step))
                .rotate(step.in(0), step.headDim(), step.stored()));
  }

  private static Variant based(Set<String> stages, double base, Frequencies model) {
    return angles(
        new OtherFunction.Rotary(base, model.theta(), model.axes(), 0),
        stages,
        (_, a) -> a.with(Angles.powers(base)));
  }

  private static Variant axes(Set<String> stages, Frequencies model, Axes axes) {
    return angles(
        RotaryFunction.other(model, axes), stages, (step, a) -> a.with(Rotations.axis(step, axes)));
  }

  private static Variant late(Set<String> stages, Frequencies model, int late) {
    return angles(
        new OtherFunction.Rotary(model.theta(), model.theta(), model.axes(), late),
        stages,
        (_, a) -> a.at(moved(a.positions(), p -> p + late)));
  }

  /** The sections of other models, for heads of {@code d} elements. */
  private static void sections(Set<String> stages, int d, List<Variant> variants) {
    for (List<Integer> parts : RotaryFunction.SECTIONS) {
      List<Integer> used = RotaryFunction.section(d, parts);
      for (Axes axes : List.of(Axes.INTERLEAVED, Axes.BLOCKS)) {
        variants.add(
            angles(
                new OtherFunction.Sections(used, axes),
                stages,
                (step, a) -> {
                  if (used.equals(Rotations.section(step))) {
                    throw new NotReplayable("other sections");
                  }
                  return a.with(i -> axes.of(i, used));
                }));
      }
    }
  }

  private static void positions(Set<String> stages, List<Variant> variants) {
    for (double factor : RotaryFunction.FACTORS) {
      variants.add(
          Variant.dialled(
              factor,
              value ->
                  placed(
                      new OtherFunction.PositionsScaled(value),
                      stages,
                      p -> moved(p, x -> x * value))));
    }
    variants.add(neighbours(Known.POSITIONS_OF_THE_TOKEN_BEFORE, stages, -1));
    variants.add(neighbours(Known.POSITIONS_OF_THE_TOKEN_BEHIND, stages, 1));
    variants.add(placed(Known.POSITIONS_ZERO, stages, p -> moved(p, _ -> 0)));
    variants.add(
        placed(Known.HEIGHT_AND_WIDTH_SWAPPED, stages, p -> new double[][] {p[0], p[2], p[1]}));
    variants.add(
        angles(
            Known.POSITIONS_COUNTED,
            stages,
            (step, a) -> {
              double[] counted = new double[a.positions()[0].length];
              for (int t = 0; t < counted.length; t++) {
                counted[t] = t % step.sequence();
              }
              return a.at(new double[][] {counted, counted, counted});
            }));
  }

  /** By the positions of other tokens of the sequence; at its end those of the last. */
  private static Variant neighbours(Known name, Set<String> stages, int by) {
    return angles(
        name,
        stages,
        (step, a) -> {
          double[][] moved = new double[a.positions().length][];
          for (int axis = 0; axis < moved.length; axis++) {
            double[] own = a.positions()[axis];
            moved[axis] = new double[own.length];
            for (int t = 0; t < own.length; t++) {
              int first = t - t % step.sequence();
              int last = Math.min(own.length, first + step.sequence()) - 1;
              moved[axis][t] = own[Math.clamp(t + by, first, last)];
            }
          }
          return a.at(moved);
        });
  }

  private static void behindTheImage(Set<String> stages, List<Variant> variants) {
    variants.add(behind(Known.TEXT_ONE_LATE, stages, (p, _, _) -> p + 1));
    variants.add(behind(Known.TEXT_ONE_EARLY, stages, (p, _, _) -> p - 1));
    variants.add(behind(Known.TEXT_RESTARTS, stages, (p, first, _) -> p - first));
    variants.add(behind(Known.TEXT_COUNTS_TOKENS, stages, (p, first, at) -> p - first + at));
  }

  /**
   * Another position of a token, by its own, that of the first token behind the image, and where
   * that is.
   */
  @FunctionalInterface
  private interface Behind {
    double of(double position, double first, int at);
  }

  private static Variant behind(Known name, Set<String> stages, Behind change) {
    return angles(
        name,
        stages,
        (step, a) -> {
          int from = behindTheLastImage(step);
          double[][] moved = a.positions().clone();
          for (int axis = 0; axis < moved.length; axis++) {
            moved[axis] = moved[axis].clone();
            double first = a.positions()[0][from];
            for (int t = from; t < moved[axis].length; t++) {
              moved[axis][t] = change.of(moved[axis][t], first, from);
            }
          }
          return a.at(moved);
        });
  }

  private static int behindTheLastImage(Step step) {
    Tensor mask = step.given("visual_mask").orElseThrow(() -> new NotReplayable("visual_mask"));
    int tokens = step.in(0).tokens();
    int from = tokens;
    while (from > 0 && mask.elements() >= tokens && mask.get(from - 1) == 0) {
      from--;
    }
    if (from == 0 || from == tokens || step.sequence() < tokens) {
      throw new NotReplayable("text behind an image");
    }
    return from;
  }

  private static Variant placed(
      OtherFunction name, Set<String> stages, UnaryOperator<double[][]> change) {
    return angles(name, stages, (_, a) -> a.at(change.apply(a.positions())));
  }

  private static double[][] moved(double[][] positions, DoubleUnaryOperator change) {
    double[][] moved = new double[positions.length][];
    for (int axis = 0; axis < moved.length; axis++) {
      moved[axis] = Arrays.stream(positions[axis]).map(change).toArray();
    }
    return moved;
  }
}

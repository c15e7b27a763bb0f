package org.bitref.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntUnaryOperator;
import java.util.function.UnaryOperator;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.diagnose.RotaryFunction;
import org.bitref.diagnose.RotaryFunction.Axes;

/** Other rotations. */
final class RotaryVariants {
  private static final List<Integer> LATE = List.of(1, -1);
  private static final List<Double> SHARES = List.of(0.25, 0.5, 0.75);

  private RotaryVariants() {}

  /**
   * @param stages last parts of the names of the rotations to change
   */
  static List<Variant> of(Set<String> stages, double theta) {
    List<Variant> variants = new ArrayList<>();
    forms(stages, variants);
    for (double base : RotaryFunction.BASES) {
      if (base != theta) {
        variants.add(axes(stages, base, theta, Axes.INTERLEAVED, 0));
      }
    }
    variants.add(axes(stages, theta, theta, Axes.BLOCKS, 0));
    variants.add(axes(stages, theta, theta, Axes.TEMPORAL, 0));
    LATE.forEach(late -> variants.add(axes(stages, theta, theta, Axes.INTERLEAVED, late)));
    positions(stages, variants);
    return variants;
  }

  private static void forms(Set<String> stages, List<Variant> variants) {
    variants.add(new Variant(Known.NOT_ROTATED, stages, step -> step.in(0)));
    variants.add(form(Known.PAIRS, stages, Angles.Form.PAIRS));
    variants.add(form(Known.ROTATED_BACKWARDS, stages, Angles.Form.BACKWARDS));
    variants.add(form(Known.ROTATED_TWICE, stages, Angles.Form.TWICE));
    for (double share : SHARES) {
      variants.add(
          angles(
              new OtherFunction.PartlyRotated(share),
              stages,
              a -> new Angles(a.base(), a.axis(), a.positions(), a.form(), share)));
    }
  }

  private static Variant form(Known name, Set<String> stages, Angles.Form form) {
    return new Variant(name, stages, step -> Rotations.formed(step, form));
  }

  private static Variant angles(
      OtherFunction name, Set<String> stages, UnaryOperator<Angles> change) {
    return new Variant(
        name,
        stages,
        step ->
            change.apply(Rotations.model(step)).rotate(step.in(0), step.headDim(), step.stored()));
  }

  private static Variant axes(Set<String> stages, double base, double theta, Axes axes, int late) {
    return new Variant(
        new OtherFunction.Rotary(base, theta, axes, late),
        stages,
        step -> {
          Angles model = Rotations.model(step);
          IntUnaryOperator axis = Rotations.axis(step, axes);
          return new Angles(
                  base, axis, moved(model.positions(), p -> p + late), Angles.Form.HALVES, 1)
              .rotate(step.in(0), step.headDim(), step.stored());
        });
  }

  private static void positions(Set<String> stages, List<Variant> variants) {
    for (double factor : RotaryFunction.FACTORS) {
      variants.add(
          placed(
              new OtherFunction.PositionsScaled(factor), stages, p -> moved(p, x -> x * factor)));
    }
    variants.add(placed(Known.POSITIONS_ZERO, stages, p -> moved(p, _ -> 0)));
    variants.add(
        placed(Known.HEIGHT_AND_WIDTH_SWAPPED, stages, p -> new double[][] {p[0], p[2], p[1]}));
    variants.add(
        new Variant(
            Known.POSITIONS_COUNTED,
            stages,
            step -> {
              Angles model = Rotations.model(step);
              double[] counted = new double[model.positions()[0].length];
              for (int t = 0; t < counted.length; t++) {
                counted[t] = t % step.sequence();
              }
              double[][] positions = {counted, counted, counted};
              return new Angles(model.base(), model.axis(), positions, model.form(), 1)
                  .rotate(step.in(0), step.headDim(), step.stored());
            }));
  }

  private static Variant placed(
      OtherFunction name, Set<String> stages, UnaryOperator<double[][]> change) {
    return angles(
        name,
        stages,
        a -> new Angles(a.base(), a.axis(), change.apply(a.positions()), a.form(), a.share()));
  }

  private static double[][] moved(double[][] positions, DoubleUnaryOperator change) {
    double[][] moved = new double[positions.length][];
    for (int axis = 0; axis < moved.length; axis++) {
      moved[axis] = Arrays.stream(positions[axis]).map(change).toArray();
    }
    return moved;
  }
}

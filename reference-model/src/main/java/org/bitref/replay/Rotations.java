package org.bitref.replay;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import org.bitref.diagnose.RotaryFunction;
import org.bitref.kernel.row.Frequencies;
import org.bitref.kernel.row.Frequencies.Axes;

/** Rotations by the angles of a prompt. */
final class Rotations {
  private Rotations() {}

  /** By the captured tables; without them by those of the model. */
  static Rows normal(Step step) {
    return step.replay().stored(table(step)).isPresent()
        ? byTables(step, step.in(0), Angles.Form.HALVES)
        : model(step).rotate(step.in(0), step.headDim(), step.stored());
  }

  /** By the captured tables, or the model's, in another form. */
  static Rows formed(Step step, Angles.Form form) {
    if (step.replay().stored(table(step)).isPresent()) {
      return byTables(step, step.in(0), form);
    }
    return model(step).in(form).rotate(step.in(0), step.headDim(), step.stored());
  }

  private static Rows byTables(Step step, Rows x, Angles.Form form) {
    Optional<Rows> cos = step.replay().stored(table(step));
    Optional<Rows> sin = step.replay().stored(step.stage().inputs().get(2).name());
    if (cos.isEmpty() || sin.isEmpty() || cos.get().width() != step.headDim()) {
      throw new NotReplayable("rotary tables of these tokens");
    }
    return Angles.rotate(x, step.headDim(), half(cos.get()), half(sin.get()), form);
  }

  private static Rows half(Rows table) {
    int half = table.width() / 2;
    Rows left = Rows.zeros(table.tokens(), half);
    for (int t = 0; t < table.tokens(); t++) {
      System.arraycopy(table.values(), t * table.width(), left.values(), t * half, half);
    }
    return left;
  }

  private static String table(Step step) {
    return step.stage().inputs().get(1).name();
  }

  /** The angles that config and position_ids ask for. */
  static Angles model(Step step) {
    Frequencies model = step.settings().frequencies(table(step), step.headDim());
    return new Angles(
        (i, rotated, _) -> model.of(i, rotated),
        model::axis,
        positions(step),
        Angles.Form.HALVES,
        1);
  }

  static IntUnaryOperator axis(Step step, Axes axes) {
    List<Integer> section = section(step);
    return i -> axes.of(i, section);
  }

  static List<Integer> section(Step step) {
    return step.settings().frequencies(table(step), step.headDim()).section();
  }

  /** Of the tokens that are replayed. */
  private static double[][] positions(Step step) {
    Layout layout = step.replay().layout();
    long[][] ids =
        step.given("position_ids")
            .flatMap(tensor -> RotaryFunction.positions(tensor, layout.all()))
            .orElseThrow(() -> new NotReplayable("position_ids"));
    double[][] positions = new double[ids.length][];
    for (int axis = 0; axis < ids.length; axis++) {
      positions[axis] = Arrays.stream(ids[axis]).limit(layout.tokens()).asDoubleStream().toArray();
    }
    return positions;
  }
}

package org.bitref.replay;

import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import org.bitref.kernel.row.RopeTable;
import org.bitref.tensor.Tensor;

/** Rotations by the angles of a prompt. */
final class Rotations {
  private Rotations() {}

  /** By the captured tables; without them by those of the model. */
  static Rows normal(Step step) {
    return step.replay().stored("rope.cos").isPresent()
        ? byTables(step, step.in(0), Angles.Form.HALVES)
        : model(step).rotate(step.in(0), step.headDim(), step.stored());
  }

  /** By the captured tables, or the model's, in another form. */
  static Rows formed(Step step, Angles.Form form) {
    if (step.replay().stored("rope.cos").isPresent()) {
      return byTables(step, step.in(0), form);
    }
    Angles model = model(step);
    return new Angles(model.base(), model.axis(), model.positions(), form, 1)
        .rotate(step.in(0), step.headDim(), step.stored());
  }

  private static Rows byTables(Step step, Rows x, Angles.Form form) {
    Optional<Rows> cos = step.replay().stored("rope.cos");
    Optional<Rows> sin = step.replay().stored("rope.sin");
    if (cos.isEmpty() || sin.isEmpty()) {
      throw new NotReplayable("rope.sin");
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

  /** The angles that config and position_ids ask for. */
  static Angles model(Step step) {
    List<Integer> section = section(step);
    return new Angles(
        step.settings().theta(),
        i -> RopeTable.axis(i, section),
        positions(step),
        Angles.Form.HALVES,
        1);
  }

  static List<Integer> section(Step step) {
    List<Integer> section = step.settings().section();
    if (!section.isEmpty()) {
      return section;
    }
    // As Qwen3-VL shares 64 frequencies out: 24, 20 and 20.
    int d = step.headDim();
    int others = d * 20 / 128;
    return List.of(d / 2 - 2 * others, others, others);
  }

  static IntUnaryOperator blocks(List<Integer> section) {
    return i -> i < section.get(0) ? 0 : i < section.get(0) + section.get(1) ? 1 : 2;
  }

  /** [3, B, S], [4, B, S] with text positions first, or [B, S]. */
  static double[][] positions(Step step) {
    int all = step.replay().layout().all();
    Tensor ids =
        step.given("position_ids")
            .filter(tensor -> !tensor.dtype().isFloat() && tensor.elements() % all == 0)
            .orElseThrow(() -> new NotReplayable("position_ids"));
    int axes = Math.toIntExact(ids.elements() / all);
    double[][] positions = new double[3][step.replay().layout().tokens()];
    for (int axis = 0; axis < 3; axis++) {
      long from = (axes == 1 ? 0L : axes == 4 ? axis + 1 : Math.min(axis, axes - 1)) * all;
      for (int t = 0; t < positions[axis].length; t++) {
        positions[axis][t] = ids.getLong(from + t);
      }
    }
    return positions;
  }
}

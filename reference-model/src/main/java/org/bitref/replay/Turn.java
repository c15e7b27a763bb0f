package org.bitref.replay;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import org.bitref.diagnose.OtherFunction.Known;

/** Orders of heads. */
enum Turn {
  /** The last first. */
  REVERSED(Known.HEADS_REVERSED),
  /** Each in the place of the next. */
  TURNED(Known.HEADS_TURNED),
  /** Neighbours exchanged. */
  SWAPPED(Known.HEADS_SWAPPED);

  final Known name;

  Turn(Known name) {
    this.name = name;
  }

  /** Which of the heads stands in each place. */
  IntUnaryOperator order(int heads) {
    return switch (this) {
      case REVERSED -> head -> heads - 1 - head;
      case TURNED -> head -> (head + heads - 1) % heads;
      case SWAPPED -> head -> Math.min(heads - 1, head ^ 1);
    };
  }

  /** A stage's result with its heads in each of these orders. */
  static List<Variant> results(Set<String> stages) {
    return Arrays.stream(values())
        .map(turn -> new Variant(turn.name, stages, step -> turn.of(step.normal(), step.headDim())))
        .toList();
  }

  Rows of(Rows heads, int d) {
    return heads.blocks(d, order(heads.width() / d));
  }
}

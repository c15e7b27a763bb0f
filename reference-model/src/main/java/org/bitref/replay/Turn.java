package org.bitref.replay;

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
}

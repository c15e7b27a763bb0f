package org.bitref.explain;

import java.util.List;
import org.bitref.model.StageNames;
import org.bitref.tensor.Shape;

/**
 * Which token and which channel an element of a stage belongs to; head h's element i is channel h·D
 * + i.
 *
 * @param heads heads that lie outside the tokens, [B, heads, S, D]; 1 where tokens are outermost
 * @param inner elements of one token that lie together
 */
record Layout(int tokens, int channels, int heads, int sequence, int inner) {

  /** The layout of a stage's tensor, by the stage's name and the tensor's rank. */
  static Layout of(String stage, Shape shape) {
    String last = StageNames.last(stage);
    boolean perHead = List.of("q_norm", "k_norm", "q_rope", "k_rope").contains(last);
    boolean outer = stage.startsWith("kv.") || last.endsWith("_rope");
    int n = Math.toIntExact(shape.elements());
    if (outer && shape.rank() == 4) {
      int heads = shape.intDim(1);
      int d = shape.intDim(3);
      int tokens = n / Math.max(1, heads * d);
      return new Layout(tokens, heads * d, heads, shape.intDim(2), d);
    }
    int innerAxes = perHead && shape.rank() > 2 ? 2 : 1;
    int channels = 1;
    for (int i = 1; i <= Math.min(innerAxes, shape.rank()); i++) {
      channels *= shape.intDim(-i);
    }
    return new Layout(n / Math.max(1, channels), channels, 1, 1, channels);
  }

  int token(int element) {
    int row = element / inner;
    return heads == 1 ? row : row / (heads * sequence) * sequence + row % sequence;
  }

  int channel(int element) {
    int head = heads == 1 ? 0 : element / inner / sequence % heads;
    return head * inner + element % inner;
  }
}

package org.bitref.explain;

import java.util.Optional;
import org.bitref.bound.AttentionCase;
import org.bitref.diagnose.Corruption;
import org.bitref.kernel.Workers;
import org.bitref.operation.Attention;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** What went wrong in a stage whose outputs lie outside the rounding bound. */
final class Diagnosis {
  private Diagnosis() {}

  /**
   * Empty if a coarser arithmetic than the stage's own may have made these outputs.
   *
   * @param outside the same in words for stages without patterns
   */
  static Optional<String> of(Captured<?> stage, String outside, Workers workers) {
    return switch (stage.operation()) {
      case Product gemm ->
          Corruption.find(new Captured<>(gemm, stage.y()), workers).map(Corruption::text);
      case Attention attention
          when attention.q().shape().dim(0) == 1 && attention.visible().isEmpty() ->
          Corruption.find(attention(attention, stage.y()), workers).map(Corruption::text);
      default -> Optional.of(outside);
    };
  }

  private static AttentionCase attention(Attention a, Tensor y) {
    int heads = a.q().shape().intDim(1);
    int queries = a.q().shape().intDim(2);
    int d = a.q().shape().intDim(3);
    int keys = a.k().shape().intDim(2);
    Shape shape = Shape.of(heads, queries, d);
    Shape cached = Shape.of(a.k().shape().dim(1), keys, d);
    TensorBuilder out = new TensorBuilder(y.dtype(), shape);
    int[] last = new int[queries];
    for (int t = 0; t < queries; t++) {
      last[t] = keys - queries + t;
      for (int head = 0; head < heads; head++) {
        long to = ((long) head * queries + t) * d;
        out.copy(to, y, ((long) t * heads + head) * d, d);
      }
    }
    return new AttentionCase(
        a.q().reshape(shape),
        a.k().reshape(cached),
        a.v().reshape(cached),
        out.build(),
        last,
        1 / Math.sqrt(d));
  }
}

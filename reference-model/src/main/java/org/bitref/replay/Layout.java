package org.bitref.replay;

import java.util.Optional;
import org.bitref.model.Plan;
import org.bitref.model.Stage;
import org.bitref.operation.OperationKind;
import org.bitref.tensor.Tensor;

/**
 * How the tokens of a recording lie.
 *
 * @param all tokens that were captured
 * @param tokens of them that are replayed, the first ones
 * @param sequence tokens of each sequence
 */
record Layout(int all, int tokens, int sequence) {
  /** Multiply-adds of one replay of a layer. */
  private static final double MOST = 0x1p33;

  /** Empty if no captured stage tells. */
  static Optional<Layout> of(Plan plan, Recording recording) {
    for (Stage stage : plan.stages()) {
      Optional<Tensor> tensor =
          isPlain(stage.kind()) ? recording.captured(stage.id().name()) : Optional.empty();
      if (tensor.isPresent() && tensor.get().shape().rank() >= 2) {
        int all = Math.toIntExact(tensor.get().elements() / tensor.get().shape().dim(-1));
        int batch = tensor.get().shape().rank() == 3 ? tensor.get().shape().intDim(0) : 1;
        return Optional.of(new Layout(all, all, all / batch).limited(plan, recording));
      }
    }
    return Optional.empty();
  }

  private static boolean isPlain(OperationKind kind) {
    return switch (kind) {
      case EMBED, ADD_ROWS, ADD, PRODUCT, SILU, GELU, MUL -> true;
      case COSINES, SINES, NORM, ROTATE, APPEND, ATTEND, CAST -> false;
    };
  }

  /** Of a large model the first tokens, which see no others, are enough. */
  private Layout limited(Plan plan, Recording recording) {
    double perToken = 0;
    for (Stage stage : plan.stages()) {
      if (stage.id().layer() == 0 && stage.kind() == OperationKind.PRODUCT) {
        perToken += recording.weight(stage.id().name()).map(Tensor::elements).orElse(0L);
      }
    }
    boolean large = sequence == all && perToken * all > MOST;
    return large ? new Layout(all, Math.max(16, (int) (MOST / perToken)), sequence) : this;
  }
}

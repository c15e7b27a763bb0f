package org.bitref.replay;

import java.util.Optional;
import org.bitref.tensor.Tensor;

/** Rows of the embedding table, with visual tokens' embeddings in their places. */
final class Embeddings {
  private Embeddings() {}

  /**
   * @param visual false to leave the table's rows where visual tokens are
   */
  static Rows of(Step step, boolean visual) {
    Tensor ids = step.given("input_ids").orElseThrow(() -> new NotReplayable("input_ids"));
    Matrix table = step.weightOf("inputs_embeds");
    Rows out = Rows.zeros(step.replay().layout().tokens(), table.columns());
    Optional<Tensor> mask = step.given("visual_mask");
    Optional<Tensor> embeds = step.given("visual_embeds");
    double[] row = new double[table.columns()];
    long all = step.replay().layout().all();
    if (ids.elements() != all || mask.map(m -> m.elements() != all).orElse(false)) {
      throw new NotReplayable("input_ids of these tokens");
    }
    int next = 0;
    for (int t = 0; t < out.tokens(); t++) {
      boolean seen = mask.isPresent() && mask.get().get(t) != 0;
      if (seen && (embeds.isEmpty() || embeds.get().elements() < (next + 1L) * row.length)) {
        throw new NotReplayable("visual_embeds");
      }
      if (seen && visual) {
        for (int i = 0; i < row.length; i++) {
          row[i] = embeds.get().get((long) next * row.length + i);
        }
      } else {
        long id = ids.getLong(t);
        if (id < 0 || id >= table.rows()) {
          throw new NotReplayable("input_ids");
        }
        table.row((int) id, row);
      }
      next += seen ? 1 : 0;
      System.arraycopy(row, 0, out.values(), t * row.length, row.length);
    }
    return out;
  }
}

package org.bitref.replay;

import java.util.Optional;
import org.bitref.tensor.Tensor;

/**
 * Rows of the embedding table, with visual tokens' embeddings in their places.
 *
 * @param visual false to leave the table's rows where visual tokens are
 * @param later how many places after its own each visual embedding goes to, the last to the first
 * @param times what visual embeddings are multiplied by
 */
record Embeddings(boolean visual, int later, double times) {
  static final Embeddings MODEL = new Embeddings(true, 0, 1);

  Rows of(Step step) {
    Tensor ids = step.given("input_ids").orElseThrow(() -> new NotReplayable("input_ids"));
    Matrix table = step.weightOf("inputs_embeds");
    long all = step.replay().layout().all();
    Optional<Tensor> mask = step.given("visual_mask");
    if (ids.elements() != all || mask.map(m -> m.elements() != all).orElse(false)) {
      throw new NotReplayable("input_ids of these tokens");
    }
    Rows out = Rows.zeros(step.replay().layout().tokens(), table.columns());
    double[] row = new double[table.columns()];
    int next = 0;
    for (int t = 0; t < out.tokens(); t++) {
      boolean seen = mask.isPresent() && mask.get().get(t) != 0;
      if (seen && visual) {
        embedding(step, next, row);
      } else {
        long id = ids.getLong(t);
        if (id < 0 || id >= table.rows()) {
          throw new NotReplayable("input_ids");
        }
        table.row((int) id, row);
        double scale = step.settings().family().embeddingScale(row.length);
        for (int i = 0; i < row.length; i++) {
          row[i] *= scale;
        }
      }
      next += seen ? 1 : 0;
      System.arraycopy(row, 0, out.values(), t * row.length, row.length);
    }
    return out;
  }

  private void embedding(Step step, int place, double[] row) {
    Tensor embeds =
        step.given("visual_embeds").orElseThrow(() -> new NotReplayable("visual_embeds"));
    long count = embeds.elements() / row.length;
    if (place >= count) {
      throw new NotReplayable("visual_embeds");
    }
    long from = Math.floorMod(place - later, count) * row.length;
    for (int i = 0; i < row.length; i++) {
      row[i] = times * embeds.get(from + i);
    }
  }
}

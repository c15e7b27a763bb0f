package org.bitref.replay;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.diagnose.OtherFunction;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.tensor.Tensor;

/** The token ids behind captured embeddings: each token's row of the table, bit for bit. */
final class TokenIds {
  /** Elements of a table that is searched. */
  private static final long MOST = 1L << 28;

  private TokenIds() {}

  /**
   * Embeddings of other ids than the prompt's; empty if a token's row stands nowhere in the table.
   *
   * @param stored the captured embeddings
   * @param model what the prompt's ids give
   */
  static Optional<Variant> of(Step step, Rows stored, Rows model, Format format) {
    Matrix table = step.weightOf("inputs_embeds");
    Tensor ids = step.given("input_ids").orElseThrow(() -> new NotReplayable("input_ids"));
    if ((long) table.rows() * table.columns() > MOST || table.columns() != stored.width()) {
      return Optional.empty();
    }
    Map<Integer, Integer> rows = rows(table, stored, model, format);
    for (int t = 0; t < stored.tokens(); t++) {
      if (!equal(stored, model, t, format) && !rows.containsKey(t)) {
        return Optional.empty();
      }
    }
    return rows.keySet().stream()
        .min(Integer::compare)
        .map(
            first ->
                new Variant(
                    new OtherFunction.TokenIds(
                        first, rows.get(first), ids.getLong(first), rows.size()),
                    Set.of("inputs_embeds"),
                    other -> embedded(other, rows)));
  }

  private static boolean equal(Rows stored, Rows model, int token, Format format) {
    for (int i = 0; i < stored.width(); i++) {
      if (stored.get(token, i) != format.round(model.get(token, i), Rounding.RNE)) {
        return false;
      }
    }
    return true;
  }

  /** The table's row of each token that is not the model's. */
  private static Map<Integer, Integer> rows(Matrix table, Rows stored, Rows model, Format format) {
    Map<Integer, Integer> rows = new HashMap<>();
    double[] row = new double[table.columns()];
    for (int n = 0; n < table.rows(); n++) {
      table.row(n, row);
      for (int i = 0; i < row.length; i++) {
        row[i] = format.round(row[i], Rounding.RNE);
      }
      for (int t = 0; t < stored.tokens(); t++) {
        int from = t * stored.width();
        if (stored.values()[from] == row[0]
            && Arrays.equals(stored.values(), from, from + row.length, row, 0, row.length)
            && !equal(stored, model, t, format)) {
          rows.putIfAbsent(t, n);
        }
      }
    }
    return rows;
  }

  private static Rows embedded(Step step, Map<Integer, Integer> rows) {
    Rows model = Embeddings.MODEL.of(step);
    Matrix table = step.weightOf("inputs_embeds");
    double[] out = model.values().clone();
    double[] row = new double[model.width()];
    rows.forEach(
        (token, n) -> {
          table.row(n, row);
          System.arraycopy(row, 0, out, token * row.length, row.length);
        });
    return new Rows(model.tokens(), model.width(), out);
  }
}

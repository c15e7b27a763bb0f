package org.bitref.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bitref.diagnose.OtherFunction;

/**
 * Which query head and key head each head of a captured attention result comes from: those whose
 * result for the first tokens is nearest.
 *
 * @param queries by head of the result
 * @param keys the same
 */
record HeadOrder(List<Integer> queries, List<Integer> keys) {
  /** Tokens that tell heads apart. */
  private static final int TOKENS = 64;

  /** Most heads of keys times those of queries. */
  private static final int MOST = 4096;

  HeadOrder {
    queries = List.copyOf(queries);
    keys = List.copyOf(keys);
  }

  /** Attention with these heads; empty if they are the model's. */
  static Optional<Variant> of(Step step, Rows stored) {
    int d = step.headDim();
    int keyHeads = step.in(1).width() / d;
    int heads = step.in(0).width() / d;
    if (heads * keyHeads > MOST || stored.width() != step.in(0).width()) {
      return Optional.empty();
    }
    HeadOrder order = nearest(step, stored.first(tokens(step)), heads, keyHeads);
    boolean models = order.equals(of(heads, head -> head, step.attention().keyHead()::applyAsInt));
    return models ? Optional.empty() : Optional.of(order.variant());
  }

  /** What a head is or comes from. */
  @FunctionalInterface
  private interface From {
    int of(int head);
  }

  private static HeadOrder of(int heads, From query, From key) {
    List<Integer> queries = new ArrayList<>();
    List<Integer> keys = new ArrayList<>();
    for (int head = 0; head < heads; head++) {
      queries.add(query.of(head));
      keys.add(key.of(head));
    }
    return new HeadOrder(queries, keys);
  }

  private static int tokens(Step step) {
    return Math.min(TOKENS, Math.min(step.sequence(), step.in(0).tokens()));
  }

  private static HeadOrder nearest(Step step, Rows stored, int heads, int keyHeads) {
    int d = step.headDim();
    int n = stored.tokens();
    double[] least = new double[heads];
    Arrays.fill(least, Double.POSITIVE_INFINITY);
    int[] query = new int[heads];
    int[] keyHead = new int[heads];
    for (int key = 0; key < keyHeads; key++) {
      int one = key;
      Rows result =
          step.attend(
              step.attention().keyHeads(_ -> one),
              step.in(0).first(n),
              step.in(1).first(n),
              step.in(2).first(n));
      for (int head = 0; head < heads; head++) {
        for (int from = 0; from < heads; from++) {
          double distance = stored.distance(result, head * d, from * d, d);
          if (distance < least[head]) {
            least[head] = distance;
            query[head] = from;
            keyHead[head] = key;
          }
        }
      }
    }
    return of(heads, head -> query[head], head -> keyHead[head]);
  }

  private Variant variant() {
    return new Variant(
        new OtherFunction.Heads(queries, keys),
        Set.of("attn_out"),
        step ->
            step.attend(
                step.attention().keyHeads(keys::get),
                step.in(0).blocks(step.headDim(), queries::get),
                step.in(1),
                step.in(2)));
  }
}

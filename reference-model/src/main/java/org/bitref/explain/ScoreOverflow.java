package org.bitref.explain;

import java.util.List;
import java.util.Optional;
import org.bitref.explain.Overflow.Crossing;
import org.bitref.explain.Overflow.Term;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.numerics.Format;
import org.bitref.operation.Attention;

/** Finds the key whose product with a query a format cannot hold. */
final class ScoreOverflow {
  private ScoreOverflow() {}

  /**
   * The first key that the query behind an output sees and whose score, before its scale, passes
   * the limit of the format at some term; empty if no key's does.
   *
   * @param at index of the output
   */
  static Optional<Crossing.Score> first(Attention attention, long at, Format format) {
    int d = attention.q().shape().intDim(3);
    int heads = attention.q().shape().intDim(1);
    int tokens = attention.q().shape().intDim(2);
    int kvHeads = attention.k().shape().intDim(1);
    int keys = attention.k().shape().intDim(2);
    int head = (int) (at / d % heads);
    int token = (int) (at / d / heads % tokens);
    int batch = (int) (at / d / heads / tokens);
    long query = (((long) batch * heads + head) * tokens + token) * d;
    long cache = ((long) batch * kvHeads + head / (heads / kvHeads)) * keys * d;
    for (int key = 0; key < keys; key++) {
      if (sees(attention, batch, keys - tokens + token, key)) {
        List<Term> terms =
            OverflowSearch.terms(attention.q(), query, attention.k(), cache + (long) key * d, d, 0);
        Optional<Term> over = OverflowSearch.first(terms, format);
        if (over.isPresent()) {
          double score = terms.getLast().sum();
          double scale = attention.function().scale();
          return Optional.of(new Crossing.Score(format, key, score, scale, over.get()));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean sees(Attention attention, int batch, int position, int key) {
    AttentionFunction function = attention.function();
    boolean after = function.causal() && key > position;
    boolean before = key < position - function.window().orElse(Integer.MAX_VALUE) + 1;
    int at = batch * attention.k().shape().intDim(2) + key;
    return !after && !before && attention.visible().map(visible -> visible[at]).orElse(true);
  }
}

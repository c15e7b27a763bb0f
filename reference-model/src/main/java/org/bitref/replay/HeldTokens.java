package org.bitref.replay;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.bitref.diagnose.OtherFunction;

/**
 * Tokens whose values are zeros or those of other tokens, in all heads or in some: a page of a
 * cache that was lost or is stale.
 */
record HeldTokens(Rows stored, Rows model, int d) {
  /** A token that holds its own value. */
  private static final int OWN = -1;

  private static final int ZEROS = -2;

  /** How much farther it is from its own value than from that which it holds. */
  private static final double FARTHER = 256;

  /** Tokens of one sequence that are compared with each other. */
  private static final int MOST = 1024;

  /**
   * @param d channels of a head; all of them where nothing is kept by heads
   */
  static Optional<Variant> of(String last, Rows stored, Rows model, int d) {
    return new HeldTokens(stored, model, d).variant(last);
  }

  private Optional<Variant> variant(String last) {
    int heads = stored.width() / d;
    if (stored.tokens() > MOST) {
      return Optional.empty();
    }
    int[][] held = new int[heads][];
    for (int head = 0; head < heads; head++) {
      int at = head * d;
      held[head] = new int[stored.tokens()];
      Arrays.setAll(held[head], token -> held(token, at));
    }
    return name(held).map(name -> new Variant(name, Set.of(last), step -> filled(step, held)));
  }

  /** What the token holds in the channels from {@code at}. */
  private int held(int token, int at) {
    double own = distance(token, model, token, at);
    if (own == 0) {
      return OWN;
    }
    if (isZero(token, at)) {
      return ZEROS;
    }
    int nearest = OWN;
    double least = own / FARTHER;
    for (int other = 0; other < stored.tokens(); other++) {
      double distance = other == token ? own : distance(token, model, other, at);
      if (distance < least) {
        least = distance;
        nearest = other;
      }
    }
    return nearest;
  }

  private double distance(int token, Rows other, int otherToken, int at) {
    double sum = 0;
    for (int i = at; i < at + d; i++) {
      double off = stored.get(token, i) - other.get(otherToken, i);
      sum += off * off;
    }
    return sum;
  }

  private boolean isZero(int token, int at) {
    for (int i = at; i < at + d; i++) {
      if (stored.get(token, i) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Empty if no token holds another value, or most do: then it is no damage. */
  private Optional<OtherFunction> name(int[][] held) {
    int[] all = Arrays.stream(held).flatMapToInt(Arrays::stream).toArray();
    long count = Arrays.stream(all).filter(from -> from != OWN).count();
    if (count == 0 || 2 * count > all.length) {
      return Optional.empty();
    }
    int heads = (int) Arrays.stream(held).filter(HeldTokens::isDamaged).count();
    int[] first = Arrays.stream(held).filter(HeldTokens::isDamaged).findFirst().orElseThrow();
    int token = 0;
    while (first[token] == OWN) {
      token++;
    }
    int tokens = (int) Arrays.stream(first).filter(from -> from != OWN).count();
    Optional<Integer> source = first[token] == ZEROS ? Optional.empty() : Optional.of(first[token]);
    return Optional.of(new OtherFunction.Held(token, tokens, source, heads, held.length));
  }

  private static boolean isDamaged(int[] held) {
    return Arrays.stream(held).anyMatch(from -> from != OWN);
  }

  private Rows filled(Step step, int[][] held) {
    Rows right = step.normal();
    double[] out = right.values().clone();
    for (int i = 0; i < out.length; i++) {
      int channel = i % right.width();
      int from = held[channel / d][i / right.width()];
      out[i] = from == OWN ? out[i] : from == ZEROS ? 0 : right.get(from, channel);
    }
    return new Rows(right.tokens(), right.width(), out);
  }
}

package org.bitref.recipe;

/**
 * In which order the terms of a reduction along one row are added. Text: {@code exact}, {@code
 * seq}, {@code cascade(lanes)}.
 *
 * @param lanes accumulators side by side in a cascade; 1 otherwise
 */
public record SumOrder(Kind kind, int lanes) {
  /** The kinds of order. */
  public enum Kind {
    /** The exact sum, rounded once. */
    EXACT,
    /** One accumulator, terms in order. */
    SEQ,
    /**
     * PyTorch's CPU sum over a contiguous row: vectors of {@code lanes} elements, four of them in
     * flight, each column of them summed in a cascade of four levels; then the four vectors in
     * order, the leftover elements, and the lanes in order
     * (aten/src/ATen/native/cpu/SumKernel.cpp).
     */
    CASCADE
  }

  public static final SumOrder EXACT = new SumOrder(Kind.EXACT, 1);
  public static final SumOrder SEQUENTIAL = new SumOrder(Kind.SEQ, 1);

  public SumOrder {
    if (lanes < 1 || (kind != Kind.CASCADE && lanes != 1)) {
      throw new IllegalArgumentException(Part.word(kind) + " over " + lanes + " lanes");
    }
  }

  static SumOrder parse(Part outer, String text) {
    int open = text.indexOf('(');
    Kind kind = outer.constant(open < 0 ? text : text.substring(0, open).strip(), Kind.class);
    if (kind != Kind.CASCADE) {
      if (open >= 0) {
        throw outer.error("\"" + text + "\": only cascade has lanes");
      }
      return new SumOrder(kind, 1);
    }
    if (open < 0 || !text.endsWith(")")) {
      throw outer.error("\"" + text + "\": cascade needs its lanes, as in cascade(8)");
    }
    String lanes = text.substring(open + 1, text.length() - 1).strip();
    return new SumOrder(kind, outer.toInt("cascade", lanes));
  }

  @Override
  public String toString() {
    return Part.word(kind) + (kind == Kind.CASCADE ? "(" + lanes + ")" : "");
  }
}

package org.bitref.probe;

/**
 * Multiply-adds that a decoding may spend on trying orders and recipes, so that it ends. Work of
 * another kind counts as many as take about its time.
 */
final class Budget {
  private final long all;
  private long spent;

  Budget(long all) {
    this.all = all;
  }

  void spend(long multiplyAdds) {
    spent += multiplyAdds;
  }

  boolean isSpent() {
    return spent >= all;
  }

  long spent() {
    return spent;
  }

  long all() {
    return all;
  }
}

package org.bitref.probe;

/** Multiply-adds that a decoding may spend on trying recipes, so that it ends. */
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

  long all() {
    return all;
  }
}

package org.bitref.recipe;

/**
 * The sizes that a library chooses a kernel by. A product x·wᵀ has M rows of K elements and N
 * columns; attention has M queries and N keys of K elements in each head.
 *
 * @param batch products or heads that one call computes
 */
public record Sizes(long batch, long m, long n, long k) {
  /**
   * @throws IllegalArgumentException if one of them is below 1
   */
  public Sizes {
    Check.that(
        batch > 0 && m > 0 && n > 0 && k > 0, "sizes are at least 1: " + text(batch, m, n, k));
  }

  /** One product. */
  public static Sizes product(long m, long n, long k) {
    return new Sizes(1, m, n, k);
  }

  /** The same with another number of rows. */
  public Sizes rows(long m) {
    return new Sizes(batch, m, n, k);
  }

  /** The same with so many keys: for one query, for as many as keys, or for one less than keys. */
  Sizes keys(long keys) {
    long queries = m == 1 ? 1 : m < n ? Math.max(1, keys - 1) : keys;
    return new Sizes(batch, queries, keys, k);
  }

  /** {@code M=77 N=4096 K=4096}, and the batch where it is more than one. */
  public String text() {
    return text(batch, m, n, k);
  }

  private static String text(long batch, long m, long n, long k) {
    return (batch == 1 ? "" : "batch=" + batch + " ") + "M=" + m + " N=" + n + " K=" + k;
  }
}

package org.bitref.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Which k stands at which place of the sum: a permutation that repeats every {@link #period} terms.
 * Inside one fused step the order is irrelevant, so what counts is which k share a step.
 *
 * <ul>
 *   <li>{@code id}: k in order.
 *   <li>{@code pairs}: of every 32 terms first those with k mod 4 in {0, 1}, then those in {2, 3}:
 *       FP8 {@code mma.sync} on an H100, which is done by two steps of 16 (found on captures of
 *       that chip).
 *   <li>{@code v8x4}: of every 32 terms first the lower, then the upper four of each group of
 *       eight: kernels whose four threads load eight contiguous halves each (Triton, pull request
 *       11782).
 *   <li>{@code (0,2,1,3)}: an explicit permutation of 0 … n-1.
 * </ul>
 *
 * <p>Worked example: with {@code pairs} and w = 16 the first step takes k = 0 1 4 5 8 9 … 28 29.
 * With w = 1, a float16 accumulator and the terms 2048, 1, -2048, {@code id} loses the 1 to a tie
 * and gives 0, {@code (0,2,1)} gives 1 ({@code 0x3C00}).
 *
 * @param order the k at each place of one period
 */
public record KOrder(List<Integer> order) {
  /** In ascending k. */
  public static final KOrder ID = new KOrder(List.of(0));

  /** {4i, 4i+1} of 32, then {4i+2, 4i+3}. */
  public static final KOrder PAIRS = grouped(2);

  /** {8t … 8t+3} of 32, then {8t+4 … 8t+7}. */
  public static final KOrder V8X4 = grouped(4);

  private static final Map<String, KOrder> NAMED = Map.of("id", ID, "pairs", PAIRS, "v8x4", V8X4);

  /**
   * @throws IllegalArgumentException if the list is no permutation of 0 … n-1
   */
  public KOrder {
    order = List.copyOf(order);
    if (order.isEmpty() || !order.stream().sorted().toList().equals(ascending(order.size()))) {
      throw new IllegalArgumentException("no permutation of 0 ... n-1: " + order);
    }
  }

  private static KOrder grouped(int group) {
    List<Integer> order = new ArrayList<>();
    for (int half = 0; half < 2; half++) {
      for (int k = 0; k < 32; k++) {
        if (k / group % 2 == half) {
          order.add(k);
        }
      }
    }
    return new KOrder(order);
  }

  /** After how many terms the pattern repeats. */
  public int period() {
    return order.size();
  }

  /** The k at a place of the sum; it may lie past the end of the last, incomplete period. */
  public int at(int place) {
    int within = place % order.size();
    return place - within + order.get(within);
  }

  private static List<Integer> ascending(int period) {
    return IntStream.range(0, period).boxed().toList();
  }

  static KOrder parse(String text) {
    if (NAMED.containsKey(text)) {
      return NAMED.get(text);
    }
    if (!text.startsWith("(") || !text.endsWith(")")) {
      throw new RecipeSyntaxException(text, "an order is none of id v8x4 pairs (0,2,1,...)");
    }
    try {
      KOrder order =
          new KOrder(
              Part.split(text.substring(1, text.length() - 1), ',').stream()
                  .map(Integer::valueOf)
                  .toList());
      return order.isIdentity() ? ID : order;
    } catch (NumberFormatException e) {
      throw new RecipeSyntaxException(text, "an order holds something that is no whole number");
    }
  }

  String text() {
    if (isIdentity()) {
      return "id";
    }
    return NAMED.entrySet().stream()
        .filter(named -> named.getValue().equals(this))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseGet(() -> order.toString().replace('[', '(').replace(']', ')').replace(" ", ""));
  }

  /** True if k stands in ascending order. */
  public boolean isIdentity() {
    return order.equals(ascending(order.size()));
  }
}

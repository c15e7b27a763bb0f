package org.bitref.recipe;

/**
 * In which order a product takes the chunks of its K, by the tile of keys that it belongs to: the
 * layout of keys in shared memory shows in sums that round after every step.
 *
 * <p>Text: {@code chunks(16,even=(0,1,2,3,5,4,7,6),odd=(1,0,3,2,4,5,6,7))}.
 *
 * <p>Source: TensorRT 10.6's {@code _gemm_mha_v2} on an H100, head_dim 128; found by a search over
 * orders on its captured outputs.
 *
 * <p>Worked example, the order above, steps of 16 and a float16 accumulator, terms 2048 at k = 64
 * (chunk 4), -2048 at k = 96 (chunk 6) and 1 at k = 112 (chunk 7): in even tiles the 1 comes before
 * -2048, 2048 + 1 is a tie that goes to 2048, and the sum is 0; in odd tiles it comes after, and
 * the sum is 1 ({@code 0x3C00}).
 *
 * @param width terms of a chunk
 * @param even order in tiles 0, 2, ...
 * @param odd order in tiles 1, 3, ...
 */
public record ChunkOrder(int width, KOrder even, KOrder odd) {
  /** In ascending k. */
  public static final ChunkOrder ASCENDING = new ChunkOrder(1, KOrder.ID, KOrder.ID);

  /**
   * @throws IllegalArgumentException for a width below 1
   */
  public ChunkOrder {
    Check.positive("chunks", width);
  }

  /**
   * Which k stands at each place of the sum.
   *
   * @param tile index of the tile of keys
   * @param depth K
   */
  public int[] order(int tile, int depth) {
    KOrder chunks = tile % 2 == 0 ? even : odd;
    int[] order = new int[depth];
    int at = 0;
    for (int place = 0; at < depth; place++) {
      int from = chunks.at(place) * width;
      for (int k = from; k < Math.min(depth, from + width); k++) {
        order[at++] = k;
      }
    }
    return order;
  }

  static ChunkOrder keys(Keys<ChunkOrder> keys) {
    Keys<ChunkOrder> orders = keys.branch(chunks -> chunks);
    KOrder even = orders.get("even", Value.K_ORDER, ChunkOrder::even);
    KOrder odd = orders.get("odd", Value.K_ORDER, ChunkOrder::odd);
    keys.named("chunks", "expected chunks(16,even=(...),odd=(...))");
    int width = keys.bare(Value.INTEGER, ChunkOrder::width);
    keys.append(orders);
    return new ChunkOrder(width, even, odd);
  }
}

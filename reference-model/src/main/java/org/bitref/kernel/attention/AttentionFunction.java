package org.bitref.kernel.attention;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What an attention computes, before any rounding: the part of a model's definition that neither
 * the operands nor a recipe say.
 *
 * <p>The score of a query and a key is s = {@code scale} · q·k, and with a softcap c it is c ·
 * tanh(s / c) (Gemma 2). A query at position p sees no key after p if the function is causal, and
 * none before p - w + 1 if it has a window w: with both it sees w keys at most, its own included.
 * That is {@code sliding_window_overlay} of transformers ({@code kv_idx > q_idx - sliding_window},
 * masking_utils.py): Mistral, Gemma 2 and 3, gpt-oss. Without {@code causal} a window still hides
 * only what lies before it. A sink is one more term of a row's softmax, in its maximum and its
 * denominator, that has no value (gpt-oss); it is neither scaled nor capped nor hidden.
 *
 * @param scale what q·k is multiplied by, above 0
 * @param causal true if a query sees no key after its own position
 * @param window how many keys up to its position a query sees at most; empty if all
 * @param softcap c, above 0; empty for scores without a cap
 * @param sinks the logit of every query head, negative infinity for none; empty if no head has one
 */
public record AttentionFunction(
    double scale, boolean causal, OptionalInt window, OptionalDouble softcap, List<Double> sinks) {
  /**
   * The list is copied.
   *
   * @throws IllegalArgumentException for a scale or softcap that is not above 0 and finite, a
   *     window below 1, a sink that is NaN or infinity
   */
  public AttentionFunction {
    require(scale > 0 && scale <= Double.MAX_VALUE, "scale " + scale);
    require(window.orElse(1) >= 1, "window " + window);
    double cap = softcap.orElse(1);
    require(cap > 0 && cap <= Double.MAX_VALUE, "softcap " + softcap);
    require(sinks.stream().allMatch(sink -> sink <= Double.MAX_VALUE), "sinks " + sinks);
    sinks = List.copyOf(sinks);
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalArgumentException(what + " is of no attention");
    }
  }

  /** Causal, scaled by 1/sqrt(headDim), without window, softcap and sinks. */
  public static AttentionFunction of(int headDim) {
    return new AttentionFunction(
        1 / Math.sqrt(headDim), true, OptionalInt.empty(), OptionalDouble.empty(), List.of());
  }

  /** The same with another scale. */
  public AttentionFunction withScale(double other) {
    return new AttentionFunction(other, causal, window, softcap, sinks);
  }

  /** The same where a query sees so many keys at most. */
  public AttentionFunction withWindow(int keys) {
    return new AttentionFunction(scale, causal, OptionalInt.of(keys), softcap, sinks);
  }

  /** The same with capped scores. */
  public AttentionFunction withSoftcap(double cap) {
    return new AttentionFunction(scale, causal, window, OptionalDouble.of(cap), sinks);
  }

  /** The same with a sink for every query head. */
  public AttentionFunction withSinks(List<Double> logits) {
    return new AttentionFunction(scale, causal, window, softcap, logits);
  }

  /** The same where keys after a query's position are seen too. */
  public AttentionFunction notCausal() {
    return new AttentionFunction(scale, false, window, softcap, sinks);
  }

  /** The same for one query head alone. */
  public AttentionFunction ofHead(int head) {
    return withSinks(sinks.isEmpty() ? sinks : List.of(sink(head)));
  }

  /** The first key that a query at this position sees. */
  public int firstKey(int position) {
    return window.isEmpty() ? 0 : Math.max(0, position - window.getAsInt() + 1);
  }

  /** The last key that a query at this position sees, of so many. */
  public int lastKey(int position, int keys) {
    return causal ? position : keys - 1;
  }

  /** True if a query at this position does not see a key. */
  public boolean hides(int position, int key) {
    return key < firstKey(position) || (causal && key > position);
  }

  /** The score of a product q·k, computed in double. */
  public double score(double product) {
    double scaled = scale * product;
    if (softcap.isEmpty()) {
      return scaled;
    }
    double cap = softcap.getAsDouble();
    return cap * StrictMath.tanh(scaled / cap);
  }

  /** A query head's sink; negative infinity if it has none. */
  public double sink(int head) {
    return sinks.isEmpty() ? Double.NEGATIVE_INFINITY : sinks.get(head);
  }
}

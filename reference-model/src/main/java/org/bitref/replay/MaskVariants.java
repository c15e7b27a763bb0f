package org.bitref.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.tensor.Tensor;

/** Attention that sees other keys. */
final class MaskVariants {
  /** What masks add where minus infinity is due, with the other sign. */
  private static final List<Double> WEAK = List.of(10.0, 1.0, 100.0);

  /** Keys that stay in view beside a window, as attention sinks. */
  private static final int FIRST = 4;

  private MaskVariants() {}

  /**
   * @param sequence tokens of a sequence
   * @param windows sizes to try
   */
  static List<Variant> of(int sequence, List<Integer> windows) {
    List<Variant> variants = new ArrayList<>();
    List<Integer> shorter = windows.stream().filter(keys -> keys < sequence).toList();
    shorter.forEach(keys -> variants.add(Variant.counted(keys, MaskVariants::windowed)));
    shorter.forEach(tokens -> variants.add(Variant.counted(tokens, MaskVariants::chunked)));
    shorter.forEach(keys -> variants.add(Variant.counted(keys, MaskVariants::besideTheFirst)));
    masks(variants);
    for (double added : WEAK) {
      variants.add(Variant.dialled(added, MaskVariants::weak));
    }
    return variants;
  }

  private static Variant windowed(int keys) {
    return AttentionVariants.shaped(
        new OtherFunction.Window(keys),
        a ->
            a.seeing(
                (first, query, key) -> a.sees().test(first, query, key) && key > query - keys));
  }

  /** Masked keys are seen too, with lower scores. */
  private static Variant weak(double less) {
    return AttentionVariants.shaped(
        new OtherFunction.WeakMask(-less),
        a ->
            a.seeing((_, _, _) -> true)
                .biased((first, _, query, key) -> a.sees().test(first, query, key) ? 0 : -less));
  }

  private static Variant besideTheFirst(int keys) {
    return AttentionVariants.shaped(
        new OtherFunction.WindowBesideTheFirst(keys, FIRST),
        a ->
            a.seeing(
                (first, query, key) ->
                    a.sees().test(first, query, key) && (key > query - keys || key < FIRST)));
  }

  private static Variant blind(int keys) {
    return AttentionVariants.shaped(
        new OtherFunction.BlindToTheFirst(keys),
        a ->
            a.seeing(
                (first, query, key) ->
                    a.sees().test(first, query, key) && (key >= keys || query < keys)));
  }

  private static Variant chunked(int tokens) {
    return AttentionVariants.shaped(
        new OtherFunction.Chunks(tokens),
        a ->
            a.seeing(
                (first, query, key) ->
                    a.sees().test(first, query, key) && key / tokens == query / tokens));
  }

  private static void masks(List<Variant> variants) {
    variants.add(
        AttentionVariants.shaped(
            Known.NOT_CAUSAL,
            a -> a.seeing((first, _, key) -> a.sees().test(first, Integer.MAX_VALUE, key))));
    variants.add(
        AttentionVariants.shaped(
            Known.SEES_THE_NEXT_KEY,
            a -> a.seeing((first, query, key) -> a.sees().test(first, query + 1, key))));
    variants.add(
        AttentionVariants.shaped(
            Known.BLIND_TO_ITSELF,
            a ->
                a.seeing(
                    (first, query, key) ->
                        a.sees().test(first, query, key) && (key != query || query == 0))));
    variants.add(
        AttentionVariants.shaped(
            Known.BLIND_TO_THE_FIRST,
            a ->
                a.seeing(
                    (first, query, key) ->
                        a.sees().test(first, query, key) && (key > 0 || query == 0))));
    variants.add(Variant.counted(FIRST, MaskVariants::blind));
    variants.add(
        new Variant(
            Known.PADDING_SEEN,
            AttentionVariants.STAGE,
            step -> {
              if (step.given("attention_mask").isEmpty()) {
                throw new NotReplayable("attention_mask");
              }
              return step.attend(step.attention().seeing((_, query, key) -> key <= query));
            }));
    variants.add(
        visual(
            Known.VISUAL_TOKENS_SEE_EACH_OTHER,
            (image, seen, query, key) -> seen || (image.has(query) && image.has(key))));
    variants.add(
        visual(
            Known.BLIND_TO_THE_IMAGE,
            (image, seen, query, key) -> seen && !(image.has(key) && query > image.last())));
    variants.add(
        visual(
            Known.PREFIX_SEES_ITSELF,
            (image, seen, query, key) -> seen || (query <= image.last() && key <= image.last())));
  }

  /** Visual tokens of all sequences together. */
  private record Image(Tensor mask, int last) {
    Image(Tensor mask) {
      this(mask, last(mask));
    }

    boolean has(int token) {
      return mask.get(token) != 0;
    }

    private static int last(Tensor mask) {
      int last = Math.toIntExact(mask.elements()) - 1;
      while (last > 0 && mask.get(last) == 0) {
        last--;
      }
      return last;
    }
  }

  /** Whether a query sees a key, by where both are among all tokens and whether it should. */
  @FunctionalInterface
  private interface Sight {
    boolean of(Image image, boolean seen, int query, int key);
  }

  private static Variant visual(Known name, Sight sight) {
    return new Variant(
        name,
        AttentionVariants.STAGE,
        step -> {
          Optional<Tensor> mask = step.given("visual_mask");
          Image image = new Image(mask.orElseThrow(() -> new NotReplayable("visual_mask")));
          AttentionShape model = step.attention();
          return step.attend(
              model.seeing(
                  (first, query, key) ->
                      sight.of(
                          image,
                          model.sees().test(first, query, key),
                          first + query,
                          first + key)));
        });
  }
}

package org.bitref.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.tensor.Tensor;

/** Other attention. */
final class AttentionVariants {
  private static final Set<String> STAGE = Set.of("attn_out");
  private static final List<Double> CAPS = List.of(50.0, 30.0, 20.0);

  private static final int MOST_TURNS = 8;

  private AttentionVariants() {}

  /**
   * @param d elements of a head
   * @param sequence tokens of a sequence
   * @param heads of queries; 0 if not known
   * @param windows sizes to try
   */
  static List<Variant> of(int d, int sequence, int heads, List<Integer> windows) {
    List<Variant> variants = new ArrayList<>();
    scales(d, variants);
    for (double cap : CAPS) {
      variants.add(Variant.dialled(cap, AttentionVariants::capped));
    }
    for (int keys : windows) {
      if (keys < sequence) {
        variants.add(Variant.counted(keys, AttentionVariants::windowed));
      }
    }
    for (int tokens : windows) {
      if (tokens < sequence) {
        variants.add(Variant.counted(tokens, AttentionVariants::chunked));
      }
    }
    masks(variants);
    variants.add(shaped(Known.SINK, AttentionShape::withSink));
    heads(variants);
    queries(heads, variants);
    operands(variants);
    return variants;
  }

  private static void scales(int d, List<Variant> variants) {
    double model = 1 / Math.sqrt(d);
    for (double used :
        List.of(
            1.0,
            1.0 / d,
            1 / Math.sqrt(2.0 * d),
            1 / Math.sqrt(d / 2.0),
            2 * model,
            model / 2,
            model * Math.log(2),
            model / Math.log(2))) {
      variants.add(
          Variant.dialled(
              used,
              value ->
                  shaped(new OtherFunction.Scale(value, model), a -> a.scaled(value / model))));
    }
  }

  private static Variant capped(double cap) {
    return shaped(new OtherFunction.Softcap(cap), a -> a.scored(s -> cap * Math.tanh(s / cap)));
  }

  private static Variant windowed(int keys) {
    return shaped(
        new OtherFunction.Window(keys),
        a ->
            a.seeing(
                (first, query, key) -> a.sees().test(first, query, key) && key > query - keys));
  }

  private static Variant chunked(int tokens) {
    return shaped(
        new OtherFunction.Chunks(tokens),
        a ->
            a.seeing(
                (first, query, key) ->
                    a.sees().test(first, query, key) && key / tokens == query / tokens));
  }

  private static void masks(List<Variant> variants) {
    variants.add(
        shaped(
            Known.NOT_CAUSAL,
            a -> a.seeing((first, _, key) -> a.sees().test(first, Integer.MAX_VALUE, key))));
    variants.add(
        shaped(
            Known.SEES_THE_NEXT_KEY,
            a -> a.seeing((first, query, key) -> a.sees().test(first, query + 1, key))));
    variants.add(
        shaped(
            Known.BLIND_TO_ITSELF,
            a ->
                a.seeing(
                    (first, query, key) ->
                        a.sees().test(first, query, key) && (key != query || query == 0))));
    variants.add(
        shaped(
            Known.BLIND_TO_THE_FIRST,
            a ->
                a.seeing(
                    (first, query, key) ->
                        a.sees().test(first, query, key) && (key > 0 || query == 0))));
    variants.add(
        new Variant(
            Known.PADDING_SEEN,
            STAGE,
            step -> {
              if (step.given("attention_mask").isEmpty()) {
                throw new NotReplayable("attention_mask");
              }
              return step.attend(step.attention().seeing((_, query, key) -> key <= query));
            }));
    variants.add(
        new Variant(
            Known.VISUAL_TOKENS_SEE_EACH_OTHER,
            STAGE,
            step -> {
              Optional<Tensor> mask = step.given("visual_mask");
              Tensor visual = mask.orElseThrow(() -> new NotReplayable("visual_mask"));
              AttentionShape model = step.attention();
              return step.attend(
                  model.seeing(
                      (first, query, key) ->
                          model.sees().test(first, query, key)
                              || (visual.get(first + query) != 0 && visual.get(first + key) != 0)));
            }));
  }

  private static void heads(List<Variant> variants) {
    variants.add(
        new Variant(
            Known.KEY_HEADS_ALTERNATE,
            STAGE,
            step -> {
              int keyHeads = step.in(1).width() / step.headDim();
              return step.attend(step.attention().keyHeads(head -> head % keyHeads));
            }));
    variants.add(shaped(Known.FIRST_KEY_HEAD_FOR_ALL, a -> a.keyHeads(_ -> 0)));
    variants.add(
        new Variant(
            Known.KEY_HEADS_REVERSED,
            STAGE,
            step -> {
              AttentionShape model = step.attention();
              int keyHeads = step.in(1).width() / step.headDim();
              return step.attend(
                  model.keyHeads(head -> keyHeads - 1 - model.keyHead().applyAsInt(head)));
            }));
    variants.addAll(Turn.results(STAGE));
    variants.add(new Variant(Known.HEADS_NOT_TRANSPOSED, STAGE, AttentionVariants::joined));
  }

  /** Query heads in other orders, each with the key head of its new place. */
  private static void queries(int heads, List<Variant> variants) {
    for (int by = 1; by < Math.min(heads, MOST_TURNS); by++) {
      List<Integer> order = new ArrayList<>();
      for (int head = 0; head < heads; head++) {
        order.add((head + by) % heads);
      }
      variants.add(
          new Variant(
              new OtherFunction.QueryHeads(order),
              STAGE,
              step -> {
                Rows q = step.in(0);
                if (q.width() != heads * step.headDim()) {
                  throw new NotReplayable("all query heads");
                }
                Rows turned = q.blocks(step.headDim(), order::get);
                return step.attend(step.attention(), turned, step.in(1), step.in(2));
              }));
    }
  }

  /** [heads, S, D] read as if it were [S, heads, D]. */
  private static Rows joined(Step step) {
    Rows y = step.normal();
    int d = step.headDim();
    int heads = y.width() / d;
    int s = step.sequence();
    if (y.tokens() % s != 0) {
      throw new NotReplayable("whole sequences");
    }
    double[] out = new double[y.values().length];
    for (int i = 0; i < out.length; i++) {
      int batch = i / (s * y.width());
      int within = i % (s * y.width());
      int head = within / (s * d);
      int token = within / d % s;
      out[i] = y.get(batch * s + token, head * d + within % d);
    }
    return new Rows(y.tokens(), heads * d, out);
  }

  private static void operands(List<Variant> variants) {
    variants.add(
        new Variant(
            Known.KEYS_AND_VALUES_SWAPPED,
            STAGE,
            step -> step.attend(step.attention(), step.in(0), step.in(2), step.in(1))));
    variants.add(
        new Variant(
            Known.KEYS_LATE,
            STAGE,
            step ->
                step.attend(
                    step.attention(),
                    step.in(0),
                    step.in(1).later(1, step.sequence()),
                    step.in(2))));
    variants.add(
        new Variant(
            Known.VALUES_LATE,
            STAGE,
            step ->
                step.attend(
                    step.attention(),
                    step.in(0),
                    step.in(1),
                    step.in(2).later(1, step.sequence()))));
  }

  private static Variant shaped(OtherFunction name, UnaryOperator<AttentionShape> change) {
    return new Variant(name, STAGE, step -> step.attend(change.apply(step.attention())));
  }
}

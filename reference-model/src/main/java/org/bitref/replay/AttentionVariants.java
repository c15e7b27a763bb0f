package org.bitref.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;
import java.util.function.UnaryOperator;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.Grid;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.diagnose.OtherFunction.Operand;
import org.bitref.numerics.Format;

/** Other attention. */
final class AttentionVariants {
  /** The stage that attends. */
  static final Set<String> STAGE = Set.of("attn_out");

  private static final List<Double> CAPS = List.of(50.0, 30.0, 20.0, 5.0);

  /** Exponentials of 0, and of about 3 and -3. */
  private static final List<Double> SINKS = List.of(1.0, 20.0, 0.05);

  /** By how much a score is less for each token that the key is farther. */
  private static final List<Double> SLOPES = List.of(0.5, 0.0625);

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
    variants.addAll(MaskVariants.of(sequence, windows));
    for (double term : SINKS) {
      variants.add(
          Variant.dialled(
              term, value -> shaped(new OtherFunction.Sink(value), a -> a.withSink(value))));
    }
    for (double at : CAPS) {
      variants.add(
          Variant.dialled(
              at,
              value ->
                  shaped(
                      new OtherFunction.ScoresClamped(value),
                      a -> a.scored(s -> Math.clamp(s, -value, value)))));
    }
    distances(variants);
    probabilities(variants);
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

  /** Scores that are less the farther the key is, alike in all heads or as ALiBi has it. */
  private static void distances(List<Variant> variants) {
    variants.add(
        new Variant(
            Known.ALIBI,
            STAGE,
            step -> {
              double power = -8.0 * step.headDim() / step.in(0).width();
              return step.attend(
                  step.attention()
                      .biased(
                          (_, head, query, key) ->
                              -Math.pow(2, power * (head + 1)) * (query - key)));
            }));
    for (double slope : SLOPES) {
      variants.add(
          Variant.dialled(
              slope,
              value ->
                  shaped(
                      new OtherFunction.LessByDistance(value),
                      a -> a.biased((_, _, query, key) -> -value * (query - key)))));
    }
  }

  private static void probabilities(List<Variant> variants) {
    for (Grid grid : List.of(Grid.E4M3, Grid.E5M2)) {
      Format format = grid == Grid.E4M3 ? Format.E4M3 : Format.E5M2;
      variants.add(
          shaped(
              new OtherFunction.Narrowed(Operand.PROBABILITIES, grid),
              a -> a.weighed(p -> Matrix.saturated(p, format))));
    }
  }

  private static Variant capped(double cap) {
    return shaped(new OtherFunction.Softcap(cap), a -> a.scored(s -> cap * Math.tanh(s / cap)));
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
    for (Turn turn : Turn.values()) {
      variants.add(
          new Variant(
              Known.KEYS_OF_OTHER_HEADS,
              STAGE,
              step ->
                  step.attend(
                      step.attention(),
                      step.in(0),
                      turn.of(step.in(1), step.headDim()),
                      step.in(2))));
      variants.add(valuesBy(Known.VALUES_OF_OTHER_HEADS, turn::order));
    }
    variants.add(valuesBy(Known.FIRST_VALUE_HEAD_FOR_ALL, _ -> _ -> 0));
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

  /** Values of other heads, by how many heads there are. */
  private static Variant valuesBy(Known name, IntFunction<IntUnaryOperator> order) {
    return new Variant(
        name,
        STAGE,
        step -> {
          int d = step.headDim();
          Rows v = step.in(2);
          return step.attend(
              step.attention(), step.in(0), step.in(1), v.blocks(d, order.apply(v.width() / d)));
        });
  }

  static Variant shaped(OtherFunction name, UnaryOperator<AttentionShape> change) {
    return new Variant(name, STAGE, step -> step.attend(change.apply(step.attention())));
  }
}

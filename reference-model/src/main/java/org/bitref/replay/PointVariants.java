package org.bitref.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.bitref.diagnose.Activations;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.recipe.PointRecipe;

/** Other activations, sums, features and embeddings. */
final class PointVariants {
  private static final List<Double> SLOPES = List.of(0.01, 0.1);
  private static final List<Double> FACTORS = List.of(0.25, 3.0);

  private PointVariants() {}

  /**
   * @param model the model's own
   */
  static List<Variant> activations(PointRecipe.Kind model) {
    List<Variant> variants = new ArrayList<>();
    Activations.of(model)
        .forEach(one -> variants.add(point(one.name(), "mlp_act", one.function())));
    for (double slope : SLOPES) {
      variants.add(
          Variant.dialled(
              slope,
              value ->
                  point(
                      new OtherFunction.LeakyRelu(value), "mlp_act", x -> x > 0 ? x : value * x)));
    }
    for (double slope : List.of(0.5, 4.0)) {
      variants.add(
          Variant.dialled(
              slope,
              value ->
                  point(
                      new OtherFunction.Swish(value),
                      "mlp_act",
                      x -> x / (1 + Math.exp(-value * x)))));
    }
    return variants;
  }

  private static Variant point(OtherFunction name, String stage, DoubleUnaryOperator function) {
    return new Variant(name, Set.of(stage), step -> step.in(0).map(function));
  }

  static List<Variant> gated() {
    Set<String> stage = Set.of("mlp_mul");
    return List.of(
        new Variant(new OtherFunction.InputOf("mlp_act"), stage, step -> step.in(0)),
        new Variant(new OtherFunction.InputOf("up_proj"), stage, step -> step.in(1)),
        new Variant(
            new OtherFunction.InputOf("gate_proj"),
            stage,
            step -> step.of("gate_proj").times(step.in(1))),
        new Variant(
            Known.ONE_PLUS_FACTOR, stage, step -> step.in(0).times(step.in(1).map(x -> x + 1))),
        new Variant(Known.SUM_OF_FACTORS, stage, step -> step.in(0).plus(1, 1, step.in(1))));
  }

  /**
   * @param stage last part of the name of a residual sum
   */
  static List<Variant> sums(String stage) {
    Set<String> one = Set.of(stage);
    List<Variant> variants = new ArrayList<>();
    variants.add(sum(Known.NOT_ADDED, one, 1, 0));
    variants.add(sum(Known.NO_RESIDUAL, one, 0, 1));
    variants.add(sum(Known.ADDED_TWICE, one, 1, 2));
    variants.add(sum(Known.RESIDUAL_TWICE, one, 2, 1));
    variants.add(sum(Known.SUBTRACTED, one, 1, -1));
    for (double factor : FACTORS) {
      variants.add(
          Variant.dialled(
              factor, value -> sum(new OtherFunction.TermScaled(value), one, 1, value)));
    }
    for (String other :
        stage.equals("hidden")
            ? List.of("input_hidden", "post_attn_ln", "input_ln")
            : List.of("input_ln")) {
      variants.add(
          new Variant(
              new OtherFunction.InputOf(other),
              one,
              step -> step.of(other).plus(1, 1, step.in(1))));
    }
    if (stage.equals("hidden")) {
      variants.add(new Variant(Known.LAYER_SKIPPED, one, step -> step.of("input_hidden")));
    }
    return variants;
  }

  private static Variant sum(OtherFunction name, Set<String> stage, double a, double b) {
    return new Variant(name, stage, step -> step.in(0).plus(a, b, step.in(1)));
  }

  /**
   * @param model the feature that the model adds in this place
   */
  static List<Variant> features(Optional<String> model, int count) {
    Set<String> stage = Set.of("input_hidden");
    List<Variant> variants = new ArrayList<>();
    if (model.isPresent()) {
      variants.add(new Variant(Known.NOT_ADDED, stage, step -> step.in(0)));
      variants.add(
          new Variant(
              Known.ADDED_TWICE, stage, step -> Features.add(step, step.stage().given(), 2)));
      variants.add(
          new Variant(
              Known.SUBTRACTED, stage, step -> Features.add(step, step.stage().given(), -1)));
      for (double factor : FACTORS) {
        variants.add(
            Variant.dialled(
                factor,
                value ->
                    new Variant(
                        new OtherFunction.TermScaled(value),
                        stage,
                        step -> Features.add(step, step.stage().given(), value))));
      }
      variants.add(
          new Variant(
              Known.FEATURES_REVERSED,
              stage,
              step -> Features.ordered(step, (row, rows) -> rows - 1 - row)));
      variants.add(
          new Variant(
              Known.FIRST_FEATURE_FOR_ALL, stage, step -> Features.ordered(step, (_, _) -> 0)));
      for (int by : List.of(1, -1)) {
        variants.add(
            new Variant(
                Known.FEATURES_ON_OTHER_ROWS,
                stage,
                step -> Features.ordered(step, (row, rows) -> Math.floorMod(row - by, rows))));
        variants.add(
            new Variant(
                Known.FEATURES_ON_OTHER_ROWS,
                stage,
                step -> Features.add(step, step.stage().given(), 1, by)));
      }
    }
    variants.addAll(together(count));
    for (int i = 0; i < count; i++) {
      String other = "deepstack." + i;
      if (!model.equals(Optional.of(other))) {
        variants.add(
            new Variant(
                new OtherFunction.Feature(other),
                stage,
                step -> Features.add(step, Optional.of(other), 1)));
      }
    }
    return variants;
  }

  /** Several features that follow each other, all in one place. */
  private static List<Variant> together(int count) {
    List<Variant> variants = new ArrayList<>();
    for (int from = 0; from < count; from++) {
      for (int to = from + 2; to <= count; to++) {
        List<String> used = IntStream.range(from, to).mapToObj(i -> "deepstack." + i).toList();
        variants.add(
            new Variant(
                new OtherFunction.FeaturesTogether(used),
                Set.of("input_hidden"),
                step -> {
                  Rows sum = step.in(0);
                  for (String name : used) {
                    sum = Features.add(step.with(0, sum), Optional.of(name), 1);
                  }
                  return sum;
                }));
      }
    }
    return variants;
  }

  static List<Variant> embeddings() {
    Set<String> stage = Set.of("inputs_embeds");
    List<Variant> variants = new ArrayList<>();
    for (double factor : FACTORS) {
      variants.add(
          Variant.dialled(
              factor,
              value ->
                  embedding(
                      new OtherFunction.VisualScaled(value), new Embeddings(true, 0, value))));
    }
    variants.add(
        new Variant(
            Known.EMBEDDING_NORMED,
            stage,
            step -> {
              double[] ones = new double[step.weight().columns()];
              Arrays.fill(ones, 1);
              return NormFunction.model(step.settings().eps()).of(step.normal(), ones);
            }));
    variants.addAll(
        List.of(
            new Variant(
                Known.EMBEDDING_SCALED,
                stage,
                step -> {
                  Rows rows = step.normal();
                  double root = Math.sqrt(rows.width());
                  return rows.map(x -> x * root);
                }),
            embedding(Known.NO_VISUAL_EMBEDDINGS, new Embeddings(false, 0, 1)),
            embedding(Known.VISUAL_EMBEDDINGS_ON_OTHER_ROWS, new Embeddings(true, 1, 1)),
            embedding(Known.VISUAL_EMBEDDINGS_ON_OTHER_ROWS, new Embeddings(true, -1, 1))));
    return variants;
  }

  private static Variant embedding(OtherFunction name, Embeddings other) {
    return new Variant(name, Set.of("inputs_embeds"), other::of);
  }
}

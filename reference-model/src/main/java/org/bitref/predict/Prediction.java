package org.bitref.predict;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * The drift that a model of some depth and prompts of some length would have.
 *
 * @param stages of every layer
 */
public record Prediction(int layers, int tokens, List<StageDrift> stages) {
  private static final int RUNS = 2000;
  private static final double TAIL = 0.025;

  /**
   * A stage of a layer.
   *
   * @param relative root mean square of B - A over that of A, at most √2: the median of simulated
   *     models
   * @param low 2.5 % of the models have less
   * @param high 2.5 % of the models have more
   * @param meanAbs mean |B - A| for values as large as in the last measured layer
   * @param cosine of the angle between A and B of the same size, 1 - relative²/2
   */
  public record StageDrift(
      String kind,
      int layer,
      double relative,
      double low,
      double high,
      double meanAbs,
      double cosine) {}

  /**
   * Simulates models whose layers vary as the measured ones do.
   *
   * @param seed of the simulation
   */
  public static Prediction of(
      Growth growth, int measuredTokens, int layers, int tokens, long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    Map<String, double[][]> runs = new HashMap<>();
    growth.stages().keySet().forEach(kind -> runs.put(kind, new double[layers][RUNS]));
    double doublings = Math.log((double) tokens / measuredTokens);
    for (int run = 0; run < RUNS; run++) {
      simulate(growth, layers, doublings, random, run, runs);
    }
    List<StageDrift> stages = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      for (Map.Entry<String, Growth.OfStage> stage : growth.stages().entrySet()) {
        double[] values = runs.get(stage.getKey())[layer];
        Arrays.sort(values);
        double u = values[RUNS / 2];
        double r = Limit.drift(u);
        stages.add(
            new StageDrift(
                stage.getKey(),
                layer,
                r,
                Limit.drift(values[(int) (TAIL * RUNS)]),
                Limit.drift(values[(int) ((1 - TAIL) * RUNS)]),
                r * stage.getValue().meanAbs(),
                Limit.cosine(u)));
      }
    }
    return new Prediction(layers, tokens, stages);
  }

  private static void simulate(
      Growth growth,
      int layers,
      double doublings,
      RandomGenerator random,
      int run,
      Map<String, double[][]> runs) {
    double sigma = growth.sigma() * Math.sqrt(growth.freedom() / chiSquare(growth, random));
    Map<String, double[]> shared = new HashMap<>();
    growth
        .stages()
        .forEach(
            (kind, s) ->
                shared.put(
                    kind,
                    new double[] {
                      sigma * random.nextGaussian() / Math.sqrt(s.samples()),
                      sigma * random.nextGaussian() / Math.sqrt(Math.max(1, s.gains())),
                      doublings * (s.exponent() + s.exponentError() * random.nextGaussian())
                    }));
    double input = 0;
    for (int layer = 0; layer < layers; layer++) {
      double next = 0;
      for (Map.Entry<String, Growth.OfStage> stage : growth.stages().entrySet()) {
        Growth.OfStage s = stage.getValue();
        double[] common = shared.get(stage.getKey());
        double own = s.own() * Math.exp(common[0] + sigma * random.nextGaussian());
        double gain = s.gain() * Math.exp(common[1] + sigma * random.nextGaussian());
        double u = Math.hypot(own, gain * input);
        runs.get(stage.getKey())[layer][run] = u * Math.exp(common[2]);
        next = stage.getKey().equals("hidden") ? u : next;
      }
      input = next;
    }
  }

  /** A sum of as many squares as the spread rests on: how well sigma itself is known. */
  private static double chiSquare(Growth growth, RandomGenerator random) {
    double sum = 0;
    for (int i = 0; i < growth.freedom(); i++) {
      double x = random.nextGaussian();
      sum += x * x;
    }
    return Math.max(sum, Double.MIN_NORMAL);
  }

  /** How many stages of later layers, or of a longer prompt, were measured inside the range. */
  public record Check(int inside, int total) {}

  /**
   * Compares with a measurement of this length, layer by layer.
   *
   * @param from the first layer to look at
   */
  public Check check(Measurement m, int from) {
    int inside = 0;
    int total = 0;
    for (StageDrift stage : stages) {
      double square = 0;
      int n = 0;
      for (Measurement.Sample sample : m.samples()) {
        if (sample.kind().equals(stage.kind()) && sample.layer() == stage.layer()) {
          double r = m.relative(sample.drift());
          square += r * r;
          n++;
        }
      }
      if (n > 0 && stage.layer() >= from) {
        double r = Math.sqrt(square / n);
        total++;
        inside += stage.low() <= r && r <= stage.high() ? 1 : 0;
      }
    }
    return new Check(inside, total);
  }
}

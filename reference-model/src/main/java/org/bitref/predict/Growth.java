package org.bitref.predict;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.bitref.predict.Measurement.Sample;

/**
 * How drift grows. Of a stage of a layer, u² = own² + gain² U², where U is the drift of the state
 * before the layer: the error that the layer adds itself and the one that it inherits count as
 * independent. Own error and gain vary from layer to layer by a common factor of spread e^sigma.
 * Over tokens u goes as a power of their number.
 *
 * <p>u = √(-2 ln c) for states of cosine c has no limit. Relative drift r = √(2 - 2c), at most √2,
 * follows from it: u² = -2 ln(1 - r²/2), r² = 2 (1 - e^(-u²/2)). Below a drift of 0.1 they agree in
 * two digits and more.
 *
 * @param stages by kind, in the order of computation
 * @param sigma standard deviation of the logarithms of own errors and gains between layers
 * @param freedom how many differences between layers sigma rests on
 */
public record Growth(Map<String, OfStage> stages, double sigma, int freedom) {

  /**
   * The law of one kind of stage.
   *
   * @param own error u on equal inputs of the layer, root mean square over layers
   * @param gain of the drift of the layer's input, root mean square over layers
   * @param samples layers that own rests on
   * @param gains layers that gain rests on
   * @param exponent of the number of tokens
   * @param exponentError its standard error
   * @param meanAbs mean |difference| per relative drift, in the last layer
   */
  public record OfStage(
      double own,
      double gain,
      int samples,
      int gains,
      double exponent,
      double exponentError,
      double meanAbs) {}

  /**
   * Fits the law.
   *
   * @throws IllegalArgumentException for fewer than two layers, of which no spread can be seen
   */
  public static Growth of(Measurement m) {
    if (m.layers() < 2) {
      throw new IllegalArgumentException("a spread needs two layers");
    }
    Map<String, List<Sample>> byKind = new LinkedHashMap<>();
    m.samples().forEach(s -> byKind.computeIfAbsent(s.kind(), k -> new ArrayList<>()).add(s));
    Map<String, OfStage> stages = new LinkedHashMap<>();
    Spread spread = new Spread();
    byKind.forEach((kind, samples) -> stages.put(kind, fit(m, samples, spread)));
    return new Growth(stages, spread.sigma(), spread.freedom);
  }

  /** The same law as if so many layers, at least two, had shown it with the same spread. */
  Growth withLayers(int number) {
    int shown = stages.values().stream().mapToInt(OfStage::samples).max().orElse(number);
    return with(
        s -> new OfStage(s.own, s.gain, number, number - 1, s.exponent, s.exponentError, s.meanAbs),
        (int) ((long) freedom * (number - 1) / (shown - 1)));
  }

  /** The same law as if so many prompts had shown it, in place of those that were run. */
  Growth withPrompts(int number, int run) {
    double less = Math.sqrt((double) run / number);
    return with(
        s ->
            new OfStage(
                s.own, s.gain, s.samples, s.gains, s.exponent, s.exponentError * less, s.meanAbs),
        freedom);
  }

  /** That of one kind of stage alone. */
  Growth only(String kind) {
    return new Growth(Map.of(kind, stages.get(kind)), sigma, freedom);
  }

  private Growth with(UnaryOperator<OfStage> change, int ofFreedom) {
    Map<String, OfStage> changed = new LinkedHashMap<>();
    stages.forEach((kind, stage) -> changed.put(kind, change.apply(stage)));
    return new Growth(changed, sigma, ofFreedom);
  }

  private static OfStage fit(Measurement m, List<Sample> samples, Spread spread) {
    List<Double> owns = new ArrayList<>();
    List<Double> gains = new ArrayList<>();
    Set<Integer> layers = new TreeSet<>();
    samples.forEach(sample -> layers.add(sample.layer()));
    for (int layer : layers) {
      double own = 0;
      double inherited = 0;
      double input = 0;
      for (Sample sample : samples) {
        if (sample.layer() == layer) {
          double o = m.unbounded(sample.own());
          double r = m.unbounded(sample.drift());
          double before = sample.input().map(m::unbounded).orElse(0.0);
          own += o * o;
          inherited += Math.max(0, r * r - o * o);
          input += before * before;
        }
      }
      owns.add(Math.sqrt(own / m.prompts()));
      if (input > 0) {
        gains.add(Math.sqrt(inherited / input));
      }
    }
    spread.add(owns);
    spread.add(gains);
    double[] power = exponent(m, samples);
    Sample last = samples.getLast();
    double relative = m.relative(last.drift());
    return new OfStage(
        rms(owns),
        rms(gains),
        owns.size(),
        gains.size(),
        power[0],
        power[1],
        relative == 0 ? 0 : last.drift().meanAbs(m.tokens()) / relative);
  }

  private static double rms(List<Double> values) {
    return Math.sqrt(values.stream().mapToDouble(x -> x * x).average().orElse(0));
  }

  /** Differences between the logarithms of one quantity's values in several layers, pooled. */
  private static final class Spread {
    private double squares;
    private int freedom;

    void add(List<Double> values) {
      double[] logs = values.stream().filter(x -> x > 0).mapToDouble(Math::log).toArray();
      double mean = Arrays.stream(logs).average().orElse(0);
      for (double log : logs) {
        squares += (log - mean) * (log - mean);
      }
      freedom += Math.max(0, logs.length - 1);
    }

    double sigma() {
      return freedom == 0 ? 0 : Math.sqrt(squares / freedom);
    }
  }

  /**
   * Slope of log drift over log position, from the last four doublings of the length; the mean of
   * layers and prompts, and its standard error.
   */
  private static double[] exponent(Measurement m, List<Sample> samples) {
    List<Double> slopes = new ArrayList<>();
    for (Sample sample : samples) {
      double sx = 0;
      double sy = 0;
      double sxx = 0;
      double sxy = 0;
      int n = 0;
      for (int to = m.tokens(), i = 0; i < 4 && to > 1; i++, to /= 2) {
        double r = sample.drift().unbounded(to / 2, to);
        if (r > 0) {
          double x = Math.log(to);
          double y = Math.log(r);
          sx += x;
          sy += y;
          sxx += x * x;
          sxy += x * y;
          n++;
        }
      }
      if (n >= 3) {
        slopes.add((n * sxy - sx * sy) / (n * sxx - sx * sx));
      }
    }
    double mean = slopes.stream().mapToDouble(x -> x).average().orElse(0);
    double squares = slopes.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum();
    int n = slopes.size();
    return new double[] {mean, n < 2 ? 0 : Math.sqrt(squares / (n - 1) / n)};
  }
}
